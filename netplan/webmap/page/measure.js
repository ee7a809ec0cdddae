// The measure tool: a line over the map, its length along the ellipsoid.
class Measure {
  constructor(map) {
    this.map = map;
    this.on = false;
    this.points = [];
    this.pane = map.createPane("measure");
    this.pane.style.zIndex = 520;
    this.renderer = L.canvas({ pane: "measure" });
    this.group = L.layerGroup().addTo(map);
  }

  toggle() {
    this.on = !this.on;
    this.points = [];
    document.getElementById("measure").setAttribute("aria-pressed", String(this.on));
    document.getElementById("map").classList.toggle("measuring", this.on);
    this.map.doubleClickZoom[this.on ? "disable" : "enable"]();
    if (this.on) {
      select(null);
      closePanel();
    }
    this.draw();
  }

  add(latlng) {
    this.points.push([latlng.lat, latlng.lng]);
    this.draw();
  }

  undo() {
    this.points.pop();
    this.draw();
  }

  length() {
    return this.points.slice(1).reduce((sum, point, k) => sum + geodesic(this.points[k], point), 0);
  }

  draw() {
    const style = { pane: "measure", renderer: this.renderer, interactive: false };
    this.group.clearLayers();
    if (this.points.length > 1) {
      L.polyline(this.points, { ...style, color: "#ffffff", weight: 6 }).addTo(this.group);
      L.polyline(this.points, { ...style, color: "#6a0dad", weight: 3 }).addTo(this.group);
    }
    for (const point of this.points) {
      L.circleMarker(point, { ...style, radius: 4, color: "#ffffff", weight: 1.5, fillColor: "#6a0dad", fillOpacity: 1 })
        .addTo(this.group);
    }
    this.tell();
  }

  tell() {
    const text = !this.on ? "" : this.points.length < 2 ? say("measure_hint")
      : say("measure_length", { length: distance(this.length()) });
    for (const node of [document.getElementById("measured"), document.getElementById("ruler")]) {
      if (node) node.textContent = text;
    }
    document.getElementById("ruler").hidden = !this.on;
    if (this.on) spoken(text);
  }
}
