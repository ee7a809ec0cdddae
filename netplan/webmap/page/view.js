// One scenario drawn on the map, in panes of its own so that a swipe can cut it.
const LAYERS = ["coverage", "cells", "places", "links", "sites"];
const shown = { relief: true, ground: true, networks: false, names: true, coverage: false, cells: true, places: true, links: true,
  sites: true };
let cellQuestion = "technology", linkQuestion = "medium";

class View {
  constructor(map, side) {
    this.map = map;
    this.side = side;
    // Two roots, so that lakes and the boundary lie over the cells and under the links.
    this.roots = ["low", "high"].map((height, k) => {
      const root = map.createPane(`${height}-${side}`);
      root.dataset.side = side;
      root.style.zIndex = (k ? 460 : 410) + (side === "a" ? 0 : 10);
      return root;
    });
    this.panes = {};
    this.groups = {};
    const order = ["coverage", "cells", "touched", "places", "links", "way", "sites", "marked"];
    for (const [rank, layer] of order.entries()) {
      const pane = map.createPane(`${layer}-${side}`, this.roots[rank < 3 ? 0 : 1]);
      pane.style.zIndex = 10 + rank;
      this.panes[layer] = { pane: `${layer}-${side}`, renderer: new HatchCanvas({ pane: `${layer}-${side}`, padding: 0.25 }) };
      this.groups[layer] = L.layerGroup();
    }
    this.groups.touched.addTo(map);
    this.groups.way.addTo(map);
    this.groups.marked.addTo(map);
  }

  draw(scenario) {
    this.scenario = scenario;
    for (const group of Object.values(this.groups)) group.clearLayers();
    this.cellLayers = [];
    this.placeLayers = [];
    if (!scenario) return;
    this.drawCoverage();
    this.drawDemand();
    this.drawLinks();
    this.drawSites();
    this.show();
  }

  show() {
    for (const layer of LAYERS) {
      if (this.scenario && shown[layer]) this.groups[layer].addTo(this.map);
      else this.groups[layer].remove();
    }
  }

  drawCoverage() {
    const { coverage } = this.scenario;
    if (!coverage) return;
    const [west, south, east, north] = coverage.bounds;
    L.imageOverlay(coverage.uri, [[south, west], [north, east]], {
      pane: this.panes.coverage.pane, opacity: 0.7, className: "crisp", alt: "",
    }).addTo(this.groups.coverage);
  }

  drawDemand() {
    const { demand } = this.scenario, small = this.placeScale();
    demand.place.forEach((place, row) => {
      if (PLACES.hidden[place]) return;
      if (PLACES.shape[place]) {
        const layer = L.polygon(PLACES.shape[place], {
          ...this.panes.cells, interactive: false, stroke: true, weight: 0.4, color: "#ffffff", opacity: 0.25,
          smoothFactor: 0.5, ...cellStyle(this.scenario, row, cellQuestion),
        });
        this.cellLayers.push([layer, row]);
        layer.addTo(this.groups.cells);
      } else {
        const lost = demand.served[row] < 1 - DUST;
        const sign = new Sign(PLACES.at[place], {
          ...this.panes.places, interactive: false, sign: placeSign(PLACES.kind[place]), radius: (lost ? 5 : 3.8) * small,
          color: lost ? "#8f1220" : "#333333", weight: lost ? 1.6 : 0.9, fillColor: lost ? "#f9c6c0" : "#ffffff",
          fillOpacity: 1,
        });
        this.placeLayers.push([sign, lost ? 5 : 3.8]);
        sign.addTo(this.groups.places);
      }
    });
  }

  // Many small places grow as the reader comes nearer.
  placeScale() {
    const crowded = this.scenario.demand.pointRows.length > 150, near = this.map.getZoom() - startZoom;
    return Math.min(1.5, (crowded ? 0.75 : 1) * (1 + 0.15 * Math.max(0, near)));
  }

  sizePlaces() {
    if (!this.scenario) return;
    const scale = this.placeScale();
    for (const [sign, radius] of this.placeLayers) sign.setRadius(radius * scale);
  }

  drawLinks() {
    const { links } = this.scenario, rows = links.at.map((_, row) => row);
    const style = { ...this.panes.links, interactive: false, smoothFactor: 0.8 };
    for (const row of rows) {
      const weight = linkWidth(links, row, linkQuestion) + 2.4;
      L.polyline(links.at[row], { ...style, color: "#ffffff", weight, opacity: 0.85 }).addTo(this.groups.links);
    }
    for (const row of rows) {
      const dash = linkQuestion === "load" ? [] : look("media", links.medium[row]).dash;
      L.polyline(links.at[row], {
        ...style, color: linkColour(links, row, linkQuestion), weight: linkWidth(links, row, linkQuestion), opacity: 1,
        dashArray: dash.length ? dash : null, lineCap: dash.length ? "butt" : "round",
      }).addTo(this.groups.links);
    }
  }

  drawSites() {
    const { sites, nodes } = this.scenario;
    const radius = Math.max(3.5, Math.min(7.5, 7.5 * (60 / Math.max(sites.id.length, 1)) ** 0.25));
    const style = { ...this.panes.sites, interactive: false, weight: 1.2, opacity: 1, fillOpacity: 1 };
    sites.at.forEach((point, row) => {
      const { colour, marker } = siteLook(sites, row);
      if (sites.backhaul[row] === "satellite") {
        L.circleMarker(point, { ...style, radius: radius + 4, fill: false, color: "#1a1a1a" }).addTo(this.groups.sites);
      }
      new Sign(point, { ...style, sign: marker, radius, color: "#ffffff", fillColor: colour }).addTo(this.groups.sites);
    });
    nodes.at.forEach((point, row) => {
      if (nodes.kind[row] !== "pop") return;
      new Sign(point, { ...style, sign: "star", radius: 10, color: "#ffffff", fillColor: "#000000" })
        .addTo(this.groups.sites);
    });
  }

  recolourCells() {
    for (const [layer, row] of this.cellLayers) layer.setStyle(cellStyle(this.scenario, row, cellQuestion));
  }

  recolourLinks() {
    this.groups.links.clearLayers();
    this.drawLinks();
  }

  // What is marked: {rings, lines, points} in the accent colour, over everything of this side.
  mark(marks) {
    const group = this.groups.marked, style = { ...this.panes.marked, interactive: false };
    group.clearLayers();
    this.groups.touched.clearLayers();
    this.groups.way.clearLayers();
    if (!marks) return;
    for (const [shape, share] of marks.cells || []) {
      L.polygon(shape, { ...this.panes.touched, interactive: false, color: "#6b4a00", weight: 0.6, fillColor: "#ffd000",
        fillOpacity: 0.35 + 0.5 * share }).addTo(this.groups.touched);
    }
    // All borders first: links that follow each other look like one line.
    for (const [color, weight] of [["#1a1a1a", 9], ["#ffd000", 5.5]]) {
      for (const line of marks.lines || []) {
        L.polyline(line, { ...this.panes.way, interactive: false, color, weight }).addTo(this.groups.way);
      }
    }
    for (const point of [...(marks.points || []), ...(marks.rings || [])]) {
      L.circleMarker(point, { ...style, radius: 14, color: "#1a1a1a", weight: 5, fill: false }).addTo(group);
      L.circleMarker(point, { ...style, radius: 14, color: "#ffd000", weight: 2.5, fill: false }).addTo(group);
    }
  }
}

const placeSign = (kind) => PLACE_SIGNS[FACILITY_KINDS.indexOf(kind) % PLACE_SIGNS.length];
const siteKind = (sites, row) => sites.structure[row] || sites.status[row];
const siteLook = (sites, row) => look("structures", siteKind(sites, row));
