// The page comes to life: map, views, panel, and what a reader does with them.
const state = { left: DATA.recommended[0] ?? 0, right: null, selected: null, origin: null };
const current = () => DATA.scenarios[state.left];
const touch = window.matchMedia("(pointer: coarse)").matches;

const map = L.map("map", {
  zoomControl: false, attributionControl: false, zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 90,
  maxZoom: 19, minZoom: 3, worldCopyJump: false, maxBoundsViscosity: 0.6,
});
const [WEST, SOUTH, EAST, NORTH] = DATA.ground.bounds;
const EVERYTHING = L.latLngBounds([SOUTH, WEST], [NORTH, EAST]);
map.fitBounds(EVERYTHING, { animate: false });
const startZoom = map.getZoom();
map.setMaxBounds(EVERYTHING.pad(1.5));

for (const [name, zIndex] of [["relief", 290], ["closed", 300], ["ground", 440], ["networks", 445]]) {
  map.createPane(name).style.zIndex = zIndex;
}
const groundStyle = (pane) => ({ pane, renderer: L.canvas({ pane, padding: 0.25 }), interactive: false });
const groundGroups = { relief: L.layerGroup(), ground: L.layerGroup(), networks: L.layerGroup() };
const views = [new View(map, "a"), new View(map, "b")];
const swipe = new Swipe(map, ...views);
document.getElementById("stage").append(make("p", { id: "ruler", hidden: true, ariaHidden: "true" }));
const measure = new Measure(map);
const labels = new Labels(map);
let zoomControl = null, scaleControl = null;

function drawGround() {
  const style = groundStyle("ground"), under = groundStyle("closed");
  const { relief, water, closed, area } = DATA.ground;
  if (relief) {
    const [west, south, east, north] = relief.bounds;
    L.imageOverlay(relief.uri, [[south, west], [north, east]], { pane: "relief", alt: "" }).addTo(groundGroups.relief);
  }
  for (const rings of unpackArea(closed || [])) {
    L.polygon(rings, { ...under, weight: 0.8, color: "#5f7a59", fillColor: "#8aa684", fillOpacity: 0.3 })
      .addTo(groundGroups.ground);
  }
  for (const rings of unpackArea(water || [])) {
    L.polygon(rings, { ...style, weight: 0.7, color: "#7fa8c9", fillColor: "#c6ddee", fillOpacity: 1 })
      .addTo(groundGroups.ground);
  }
  const thin = groundStyle("networks");
  for (const [kind, lines] of Object.entries(DATA.ground.networks || {})) {
    for (const line of lines) {
      L.polyline(unpack(line), { ...thin, color: networkColour(kind), weight: 0.9, opacity: 0.8 })
        .addTo(groundGroups.networks);
    }
  }
  if (area) {
    L.polygon(unpackArea(area), { ...style, weight: 4, color: "#ffffff", fill: false }).addTo(groundGroups.ground);
    L.polygon(unpackArea(area), { ...style, weight: 1.6, color: "#333333", dashArray: [8, 3, 2, 3], fill: false })
      .addTo(groundGroups.ground);
  }
}

function showGround() {
  for (const [name, group] of Object.entries(groundGroups)) {
    if (shown[name]) group.addTo(map);
    else group.remove();
  }
}

function draw() {
  views[0].draw(DATA.scenarios[state.left]);
  views[1].draw(state.right === null ? null : DATA.scenarios[state.right]);
  swipe.set(state.right === null ? null : [DATA.scenarios[state.left].name, DATA.scenarios[state.right].name]);
  drawPanel();
  labels.draw();
  document.getElementById("subtitle").textContent = subtitle();
}

function subtitle() {
  const one = ({ name, summary }) => `${name}${say("colon")}${known(summary.objective_npv) ? money(summary.objective_npv) : "–"}`;
  return shownPlans().map(one).join(" · ");
}

// The same site, place or link in another scenario, if it is there too.
function counterpart(thing, scenario) {
  if (!thing || thing.scenario === scenario) return thing;
  const { kind, row } = thing, from = thing.scenario;
  if (kind === "place") {
    const found = scenario.rowOfPlace.get(from.demand.place[row]);
    return found === undefined ? null : { kind, row: found, scenario };
  }
  const table = { site: "sites", pop: "nodes", link: "links" }[kind];
  const found = scenario[table].id.indexOf(from[table].id[row]);
  return found < 0 ? null : { kind, row: found, scenario };
}

function setScenario(index) {
  if (state.right === index) state.right = state.left;
  state.left = index;
  draw();
  select(counterpart(state.selected, current()));
  spoken(say("now_shown", { name: current().name }));
}

function setCompare(value) {
  state.right = value === "" ? null : Number(value);
  draw();
  const seen = [state.left, state.right].map((k) => DATA.scenarios[k]);
  select(state.selected && seen.includes(state.selected.scenario) ? state.selected : counterpart(state.selected, current()));
  spoken(state.right === null ? say("now_shown", { name: current().name })
    : say("now_compared", { left: seen[0].name, right: seen[1].name }));
}

function setLayer(layer, on) {
  shown[layer] = on;
  views.forEach((view) => view.show());
  showGround();
  labels.draw();
}

function setCellQuestion(value) {
  cellQuestion = value;
  views.filter((view) => view.scenario).forEach((view) => view.recolourCells());
  drawPanel();
}

function setLinkQuestion(value) {
  linkQuestion = value;
  views.filter((view) => view.scenario).forEach((view) => view.recolourLinks());
  drawPanel();
}

// Explain a thing and mark it; null: nothing. `pan` brings it into sight, `focus` takes the keyboard to the panel.
function select(thing, { pan = false, focus = false } = {}) {
  const box = document.getElementById("details");
  if (thing && focus && !box.contains(document.activeElement)) state.origin = document.activeElement;
  const hadFocus = box.contains(document.activeElement);
  state.selected = thing;
  const marks = showDetails(thing);
  for (const view of views) view.mark(thing && view.scenario === thing.scenario ? marks : null);
  if (!thing) {
    if (hadFocus) (state.origin?.isConnected ? state.origin : document.getElementById("map")).focus({ preventScroll: true });
    return;
  }
  closePanel();
  if (pan || covered(thing)) bringIntoSight(thing, pan);
  if (focus || hadFocus) box.focus({ preventScroll: true });
  spoken(hoverText(thing).join(", "));
}

function spotOf({ kind, row, scenario }) {
  if (kind === "site") return scenario.sites.at[row];
  if (kind === "pop") return scenario.nodes.at[row];
  if (kind === "place") return PLACES.at[scenario.demand.place[row]];
  const line = scenario.links.at[row][0];
  return line[Math.floor(line.length / 2)];
}

function covered(thing) {
  const box = document.getElementById("details").getBoundingClientRect();
  const stage = document.getElementById("stage").getBoundingClientRect(), p = map.latLngToContainerPoint(spotOf(thing));
  return p.x + stage.left > box.left - 20 && p.y + stage.top > box.top - 20;
}

function bringIntoSight(thing, closer) {
  const box = document.getElementById("details").getBoundingClientRect(), size = map.getSize();
  const wide = box.width < size.x * 0.7;
  const zoom = closer ? Math.max(map.getZoom(), Math.min(map.getBoundsZoom(EVERYTHING) + 1.5, 14)) : map.getZoom();
  const pixel = map.project(spotOf(thing), zoom).add(wide ? [box.width / 2, 0] : [0, box.height / 2]);
  map.setView(map.unproject(pixel, zoom), zoom, { animate: false });
  if (swipe.on) {
    const x = map.latLngToContainerPoint(spotOf(thing)).x, left = thing.scenario === views[0].scenario;
    if (left === x > size.x * swipe.share) swipe.move((x + (left ? 60 : -60)) / size.x);
  }
}

function fitAll() {
  map.fitBounds(EVERYTHING, { animate: false });
}

function controls() {
  zoomControl?.remove();
  scaleControl?.remove();
  zoomControl = L.control.zoom({ position: "topleft", zoomInTitle: say("zoom_in"), zoomOutTitle: say("zoom_out") });
  scaleControl = L.control.scale({ position: "bottomleft", imperial: false, maxWidth: 140 });
  zoomControl.addTo(map);
  scaleControl.addTo(map);
}

function setLanguage(code) {
  language = code;
  document.documentElement.lang = code;
  document.getElementById("skip").textContent = say("skip");
  const button = document.getElementById("menu");
  button.textContent = say("menu");
  document.getElementById("map").setAttribute("aria-label", say("map_label"));
  document.getElementById("panel").setAttribute("aria-label", say("panel_label"));
  document.getElementById("foot").textContent = [say("north_up"), say("drawn_by", { version: DATA.netplan, date: DATA.written }),
    [...DATA.licences].join(" · ")].filter(Boolean).join(" · ");
  controls();
  draw();
  select(state.selected);
}

function closePanel() {
  document.body.classList.remove("menu-open");
  document.getElementById("menu").setAttribute("aria-expanded", "false");
}

function togglePanel() {
  const open = document.body.classList.toggle("menu-open");
  document.getElementById("menu").setAttribute("aria-expanded", String(open));
  if (open) document.getElementById("search").focus();
}

let waiting = null;
function hover(event) {
  if (waiting || measure.on) return;
  waiting = requestAnimationFrame(() => {
    waiting = null;
    const tip = document.getElementById("hover"), point = event.containerPoint;
    const thing = findAt(swipe.viewAt(point), point, 8);
    tip.hidden = !thing;
    document.getElementById("map").classList.toggle("over", Boolean(thing));
    if (!thing) return;
    const [first, ...rest] = hoverText(thing);
    tip.replaceChildren(make("strong", {}, first), ...rest.filter(Boolean).map((text) => make("span", {}, text)));
    const size = map.getSize(), right = point.x > size.x - tip.offsetWidth - 24;
    tip.style.left = `${right ? point.x - tip.offsetWidth - 12 : point.x + 14}px`;
    tip.style.top = `${Math.min(point.y + 14, size.y - tip.offsetHeight - 6)}px`;
  });
}

function act(point, keyboard) {
  if (measure.on) {
    measure.add(map.containerPointToLatLng(point));
    return;
  }
  select(findAt(swipe.viewAt(point), point, keyboard || touch ? 16 : 9), { focus: keyboard });
}

function keys(event) {
  const onMap = document.activeElement === document.getElementById("map");
  if (event.key === "Escape") {
    if (state.selected) select(null);
    else if (measure.on) measure.toggle();
    else closePanel();
  } else if (onMap && event.key === "Enter") {
    act(map.getSize().divideBy(2).round(), true);
    event.preventDefault();
  } else if (onMap && measure.on && event.key === "Backspace") {
    measure.undo();
  }
}

map.on("click", (event) => {
  cancelAnimationFrame(waiting);
  waiting = null;
  document.getElementById("hover").hidden = true;
  act(event.containerPoint, false);
});
// The cross is for those who come by keyboard.
document.addEventListener("pointerdown", () => document.body.classList.remove("by-key"), true);
document.addEventListener("keydown", () => document.body.classList.add("by-key"), true);
map.on("mousemove", hover);
map.on("zoomend", () => views.forEach((view) => view.sizePlaces()));
map.on("mouseout movestart", () => { document.getElementById("hover").hidden = true; });
document.addEventListener("keydown", keys);
document.getElementById("menu").addEventListener("click", togglePanel);
window.addEventListener("beforeprint", intoPrint);
window.addEventListener("afterprint", outOfPrint);
drawGround();
showGround();
setLanguage(language);
window.netplanMap = { map, state, swipe, measure, views, shown, geodesic, unsaid, scenarios: DATA.scenarios };
document.body.dataset.ready = "yes";
