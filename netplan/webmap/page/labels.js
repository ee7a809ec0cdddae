// Names on the map: PoPs, then settlements by people, as many as fit without touching.
const SETTLEMENTS = (() => {
  const found = new Map();
  const { demand } = DATA.scenarios[0];
  demand.place.forEach((place, row) => {
    const name = PLACES.name[place];
    if (!name || PLACES.hidden[place] || !demand.people[row]) return;
    if (!found.has(name)) found.set(name, { name, people: 0, lat: 0, lng: 0, rows: [] });
    const entry = found.get(name), weight = demand.people[row];
    entry.people += weight;
    entry.lat += weight * PLACES.at[place][0];
    entry.lng += weight * PLACES.at[place][1];
    entry.rows.push(row);
  });
  const list = [...found.values()].map((entry) => {
    const middle = [entry.lat / entry.people, entry.lng / entry.people];
    // Settlements of one name far apart would have their label in neither: it goes to the cell next to the middle.
    const away = (row) => geodesic(PLACES.at[demand.place[row]], middle);
    entry.row = entry.rows.reduce((best, row) => (away(row) < away(best) ? row : best));
    entry.at = away(entry.row) < 3000 ? middle : PLACES.at[demand.place[entry.row]];
    return entry;
  });
  return list.sort((a, b) => b.people - a.people || (a.name < b.name ? -1 : 1));
})();

class Labels {
  constructor(map) {
    this.map = map;
    this.pane = map.createPane("names");
    this.pane.style.zIndex = 500;
    this.pen = document.createElement("canvas").getContext("2d");
    map.on("moveend zoomend viewreset resize", () => this.draw());
    map.on("zoomstart", () => this.pane.replaceChildren());
  }

  draw() {
    this.pane.replaceChildren();
    const map = this.map, size = map.getSize(), taken = [], scenario = current();
    if (!shown.names || !scenario) return;
    const room = Math.max(6, Math.round((size.x * size.y) / 26000));
    const pops = scenario.nodes.at.map((point, k) => ({ at: point, name: scenario.nodes.name[k], k }))
      .filter(({ name, k }) => name && scenario.nodes.kind[k] === "pop");
    const busy = [...scenario.sites.at, ...pops.map((pop) => pop.at)].map((point) => {
      const p = map.latLngToContainerPoint(point);
      return [p.x - 7, p.y - 7, p.x + 7, p.y + 7];
    });
    let placed = 0;
    for (const { at: point, name, k } of [...pops, ...SETTLEMENTS.slice(0, 400)]) {
      if (placed >= room) break;
      const p = map.latLngToContainerPoint(point);
      if (p.x < 4 || p.y < 4 || p.x > size.x - 4 || p.y > size.y - 4) continue;
      const strong = k !== undefined;
      this.pen.font = strong ? "bold 13px sans-serif" : "12px sans-serif";
      const text = name.length > 34 ? `${name.slice(0, 33)}…` : name, width = this.pen.measureText(text).width + 6;
      const spots = strong ? [[12, -9], [-width - 12, -9], [-width / 2, 12], [-width / 2, -28]]
        : [[-width / 2, -9], [-width / 2, -24], [-width / 2, 8]];
      for (const [dx, dy] of spots) {
        const box = [p.x + dx, p.y + dy, p.x + dx + width, p.y + dy + 18];
        if (box[0] < 2 || box[2] > size.x - 2 || box[1] < 2 || box[3] > size.y - 2) continue;
        const hits = (other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1];
        if (taken.some(hits) || (!strong && busy.some(hits))) continue;
        taken.push(box);
        placed += 1;
        this.write(text, L.point(box[0], box[1]), strong);
        break;
      }
    }
  }

  write(text, corner, strong) {
    const node = document.createElement("span");
    node.className = strong ? "name strong" : "name";
    node.textContent = text;
    L.DomUtil.setPosition(node, this.map.containerPointToLayerPoint(corner));
    this.pane.append(node);
  }
}
