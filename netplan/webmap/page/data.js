// The plan's columns made ready: coordinates unpacked, and who belongs to whom.
const SCALE = 1e5;
const DUST = 1e-3; // solvers leave shares this far from nought and one

function at(xy) {
  return [xy[1] / SCALE, xy[0] / SCALE];
}

function unpack(steps) {
  const points = [];
  let x = 0, y = 0;
  for (let k = 0; k < steps.length; k += 2) {
    x += steps[k];
    y += steps[k + 1];
    points.push([y / SCALE, x / SCALE]);
  }
  return points;
}

const unpackArea = (polygons) => polygons.map((rings) => rings.map(unpack));

function boxOf(points) {
  const box = [Infinity, Infinity, -Infinity, -Infinity]; // south, west, north, east
  for (const [lat, lng] of points) {
    box[0] = Math.min(box[0], lat);
    box[1] = Math.min(box[1], lng);
    box[2] = Math.max(box[2], lat);
    box[3] = Math.max(box[3], lng);
  }
  return box;
}

function grouped(keys, count) {
  const groups = Array.from({ length: count }, () => []);
  keys.forEach((key, row) => { if (key >= 0) groups[key].push(row); });
  return groups;
}

const PLACES = DATA.places;
PLACES.count = PLACES.id.length;
PLACES.at = PLACES.xy.map(at);
PLACES.shape = PLACES.area.map((area) => (area ? unpackArea(area) : null));
PLACES.box = PLACES.shape.map((shape, k) => boxOf(shape ? shape.flat(2) : [PLACES.at[k]]));
// People are counted once: cells of a second level lie over the first and are not drawn.
// Where a project serves people at shared places alone, they are counted there, and cells of homes give way.
const peopled = (level) => DATA.scenarios.some(({ demand }) =>
  demand.place.some((place, row) => PLACES.area[place] && PLACES.level[place] === level && demand.people[row] > 0));
const SECOND_LEVEL = peopled("community") && !peopled("household") ? "household" : "community";
PLACES.hidden = PLACES.area.map((area, k) => Boolean(area) && PLACES.level[k] === SECOND_LEVEL);
const FACILITY_KINDS = [...new Set(PLACES.kind.filter((kind, k) => !PLACES.area[k]))].sort();

function prepare(scenario, index) {
  const { demand, service, options, sites, links, nodes, before } = scenario;
  scenario.index = index;
  scenario.rowOfPlace = new Map(demand.place.map((place, row) => [place, row]));
  demand.services = grouped(service.d, demand.place.length);
  demand.pointRows = demand.place.flatMap((place, row) => (PLACES.shape[place] ? [] : [row]));
  demand.earlier = grouped(before.d, demand.place.length);
  options.services = grouped(service.o, options.id.length);
  sites.options = grouped(options.site, sites.id.length);
  sites.at = sites.xy.map(at);
  options.at = options.xy.map(at);
  nodes.at = nodes.xy.map(at);
  nodes.pops = nodes.kind.flatMap((kind, row) => (kind === "pop" ? [row] : []));
  nodes.site = nodes.id.map(() => -1);
  sites.node.forEach((node, site) => { if (node >= 0) nodes.site[node] = site; });
  links.at = links.lines.map((parts) => parts.map(unpack));
  links.box = links.at.map((parts) => boxOf(parts.flat()));
  for (const [layer, owner] of [["sites", sites], ["options", options], ["links", links], ["premises", options]]) {
    scenario.items[layer].of = grouped(scenario.items[layer].row, owner.id.length);
  }
}
DATA.scenarios.forEach(prepare);

const siteName = (scenario, site) => scenario.sites.name[site] || scenario.sites.id[site];
const placeName = (place) => PLACES.name[place] || PLACES.id[place];
