// How things look: cells by the question asked, signs by what they are.
const UNSERVED = "#d6604d", PART = "#f4a582", MOST = "#fbd5bd", FULL = "#92c5de", TODAY = "#9a9a9a", NOTHING = "#bdbdbd";
const PEOPLE_COLOURS = ["#eee8f3", "#cbb9dd", "#9e86c0", "#5d3f92"];
const LOAD_COLOURS = ["#4575b4", "#fdae61", "#b2182b"];
const NETWORK_COLOURS = ["#7d7d7d", "#1f6fb2", "#8c5a14", "#b3237f", "#2f7d3b"];
const networkColour = (kind) =>
  NETWORK_COLOURS[Object.keys(DATA.ground.networks).indexOf(kind) % NETWORK_COLOURS.length];
const LOAD_BREAKS = [0.5, 0.8];
const PLACE_SIGNS = ["square", "plus", "diamond", "up", "down", "pentagon", "hexagon"];

// What the catalogue says of an id, its label in the reader's language where the catalogue has it so.
function look(section, id) {
  const found = DATA.looks[section][id];
  if (!found) return { label: id || say("not_stated"), colour: "#666666", hatch: "", marker: "circle", dash: [], kind: "" };
  return { ...found, label: found.labels?.[language] ?? found.label };
}

// Technologies that nothing but the plan of today uses are looked up under the same section.
const technologyLook = (id) => look("technologies", id);

const densities = PLACES.km2.map(() => 0);
for (const { demand } of DATA.scenarios) {
  demand.place.forEach((place, row) => {
    if (PLACES.km2[place] && !PLACES.hidden[place]) densities[place] = demand.people[row] / PLACES.km2[place];
  });
}
const densityBreaks = (() => {
  const sorted = densities.filter((value) => value > 0).sort((a, b) => a - b);
  if (sorted.length < 4) return [];
  const round = (value) => {
    const digits = 10 ** Math.floor(Math.log10(value) - 1);
    return Math.round(value / digits) * digits;
  };
  return [...new Set([0.25, 0.5, 0.75].map((q) => round(sorted[Math.floor(q * (sorted.length - 1))])))];
})();
const classOf = (value, breaks) => breaks.filter((step) => value >= step).length;
const quarter = (place) => Math.min(3, classOf(densities[place], densityBreaks));
const TINTS = [0.3, 0.45, 0.6, 0.78];
// A wilderness must not outshout the places where people are.
const LOST_TINTS = [0.12, 0.35, 0.55, 0.75];

function servedClass(demand, row) {
  const share = demand.served[row], before = demand.before[row];
  if (share <= DUST) return "none";
  if (share < 0.5) return "part";
  if (share < 1 - DUST) return "most";
  return share - before > DUST ? "full" : "today";
}
const SERVED_COLOURS = { none: UNSERVED, part: PART, most: MOST, full: FULL, today: TODAY };

// Fill colour, hatch and opacity of a demand row under one of the questions of the legend.
const cellStyle = (scenario, row, question) => ({ hatch: "", ...askedStyle(scenario, row, question) });

function askedStyle(scenario, row, question) {
  const { demand } = scenario, place = demand.place[row];
  if (question === "nothing") return { fillOpacity: 0, fillColor: "#ffffff" };
  if (question === "people") return { fillColor: PEOPLE_COLOURS[quarter(place)], fillOpacity: 0.75 };
  if (demand.served[row] <= DUST) return { fillColor: UNSERVED, hatch: LOST_HATCH, fillOpacity: LOST_TINTS[quarter(place)] };
  if (question === "served") return { fillColor: SERVED_COLOURS[servedClass(demand, row)], fillOpacity: 0.75 };
  if (question === "rate") {
    const { breaks, colours } = scenario.rateClasses;
    if (!known(demand.rate[row])) return { fillColor: TODAY, fillOpacity: 0.6 };
    return { fillColor: colours[classOf(demand.rate[row], breaks)], fillOpacity: 0.8 };
  }
  const technology = demand.technology[row];
  const { colour, hatch } = technology ? technologyLook(technology) : { colour: TODAY, hatch: "" };
  return { fillColor: colour, hatch, fillOpacity: TINTS[quarter(place)] };
}

// Classes of the rate at the premises: those of the coverage raster, else of the demand rows themselves.
const RATE_CLASSES = (() => {
  if (DATA.rate_classes.breaks.length) return DATA.rate_classes;
  const rates = DATA.scenarios.flatMap(({ demand }) => demand.rate.filter(known)).sort((a, b) => a - b);
  const breaks = [...new Set([0.33, 0.67].map((q) => rates[Math.floor(q * (rates.length - 1))]))];
  return { breaks: rates.length ? breaks : [], colours: ["#fff3b2", "#7fcdbb", "#253494"].slice(0, breaks.length + 1) };
})();
DATA.scenarios.forEach((scenario) => { scenario.rateClasses = RATE_CLASSES; });

const loadShare = (links, row) => (known(links.capacity[row]) ? links.load[row] / links.capacity[row] : null);

function linkColour(links, row, question) {
  if (question !== "load") return look("media", links.medium[row]).colour;
  const share = loadShare(links, row);
  return share === null ? "#7a7a7a" : LOAD_COLOURS[classOf(share, LOAD_BREAKS)];
}
const linkWidth = (links, row, question) =>
  question === "load" ? 1.5 + Math.min(5, Math.log10(1 + Math.max(0, links.load[row]))) * 1.6
    : links.status[row] === "existing" ? 1.8 : 3;
