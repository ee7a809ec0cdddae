// The panel: scenarios, the plan in short, layers with their legend, tools, sources.
function choice(name, options, chosen, onchange) {
  return make("div", { className: "choices" }, options.map(([value, text]) => make("label", {},
    make("input", { type: "radio", name, value, checked: value === chosen, onchange: () => onchange(value) }),
    " ", text)));
}

function scenarioSection() {
  const names = DATA.scenarios.map(({ name }, k) => [String(k),
    DATA.recommended.includes(k) ? say("recommended", { name }) : name]);
  const others = names.filter(([k]) => k !== String(state.left));
  return make("fieldset", { id: "scenarios" }, make("legend", {}, say(names.length > 1 ? "scenarios" : "scenario")),
    names.length > 1 ? choice("scenario", names, String(state.left), (k) => setScenario(Number(k)))
      : make("p", {}, names[0][1]),
    names.length > 1 ? make("label", { className: "row" }, make("span", {}, say("compare_with")),
      make("select", { id: "compare", onchange: (event) => setCompare(event.target.value) },
        make("option", { value: "" }, say("compare_none")),
        others.map(([k, name]) => make("option", { value: k, selected: String(state.right) === k }, name)))) : null);
}

function proofText({ summary, dropped }) {
  const { gap, bound_npv: bound, status, mode } = summary;
  if (!known(gap) || !known(bound)) return say("proof_none");
  const served = mode === "budget"; // a plan that serves fewer may cost less
  const most = `${figure(Math.ceil(gap * 1000 - 1e-6) / 10, 1)}\u00a0%`; // rounded up: it is a proof
  const text = gap <= 1e-4 && status === "optimal" ? say(served ? "proof_optimal_served" : "proof_optimal")
    : say(served ? "proof_gap_served" : "proof_gap", { bound: money(bound), gap: most });
  const left = typeof dropped === "number" ? dropped : 0;
  return left > 0 ? `${text} ${say("proof_dropped", { n: figure(left) })}` : text;
}

// The plan's own figure is of people at home; where they are served at shared places alone, the cost over those.
function costPerPerson({ summary, demand }) {
  const people = demand.people.reduce((sum, n, row) => sum + n * (demand.served[row] - demand.before[row]), 0);
  return known(summary.objective_npv) && people >= 1 ? summary.objective_npv / people : null;
}

function shortSection() {
  const plans = shownPlans();
  const line = (text, value) => [text, ...plans.map(value)];
  const perPerson = (plan) => money(plan.summary.cost_per_person_served ?? costPerPerson(plan));
  const classes = [...new Set(plans.flatMap(({ summary }) => Object.keys(summary.targets || {})))].sort();
  return make("section", { id: "short" }, make("h2", {}, say("plan_in_short")),
    table(["", ...plans.map(({ name }) => name)], [
      line(say("npv_total"), ({ summary }) => money(summary.objective_npv)),
      ...(plans.some(({ summary }) => (summary.between_operators || {}).paid_npv >= 0.5)
        ? [line(say("paid_between"), ({ summary }) => money((summary.between_operators || {}).paid_npv || 0))] : []),
      line(say("capex"), ({ summary }) => money(summary.capex_total)),
      line(say("opex_per_year"), ({ summary }) => money(summary.opex_per_year_total)),
      line(say("per_person"), perPerson),
      ...classes.map((name) => line(say("served_class", { name: kindName(name) }), ({ summary }) => {
        const entry = (summary.targets || {})[name];
        if (!entry) return "–";
        const missed = known(entry.target) && entry.achieved < entry.target - 1e-6;
        return known(entry.target) ? say(missed ? "share_missed" : "share_target", { share: percent(entry.achieved),
          target: percent(entry.target) }) : percent(entry.achieved);
      })),
    ]),
    plans.map((plan) => make("p", { className: "proof" },
      plans.length > 1 ? make("strong", {}, `${plan.name}${say("colon")}`) : null, proofText(plan))),
    make("p", { className: "small" }, moneyNote()));
}

function layerRow(layer, ...legend) {
  const box = make("input", { type: "checkbox", checked: shown[layer], id: `layer-${layer}`,
    onchange: (event) => setLayer(layer, event.target.checked) });
  return make("div", { className: "layer" }, make("label", { className: "layer-name" }, box, " ", say(`layer_${layer}`)),
    legend.length ? make("div", { className: "legend", id: `legend-${layer}` }, ...legend) : null);
}

const key = (sign, text, amount = "") => ({ sign, text, amount });

const keyRow = ({ sign, text, amount }) =>
  make("div", { className: "key" }, sign, make("span", {}, text), make("span", { className: "number" }, amount));

const shownPlans = () => [state.left, state.right].filter((k) => k !== null).map((k) => DATA.scenarios[k]);

// Keys of the scenarios shown, each sign once; with two, the amounts of the left and of the right.
function legendOf(keysOf) {
  const lists = shownPlans().map(keysOf), longestFirst = [...lists].sort((a, b) => b.length - a.length);
  const texts = [...new Set(longestFirst.flat().map(({ text }) => text))];
  return texts.map((text) => {
    const found = lists.map((list) => list.find((entry) => entry.text === text));
    const amounts = found.map((entry) => entry?.amount ?? "–");
    const told = found.some((entry) => entry?.amount);
    return keyRow({ sign: found.find(Boolean).sign, text, amount: told ? amounts.join(" · ") : "" });
  });
}

function menu(id, label, options, chosen, onchange) {
  return make("label", { className: "row" }, make("span", {}, label),
    make("select", { id, onchange: (event) => onchange(event.target.value) },
      options.map((value) => make("option", { value, selected: value === chosen }, say(`${id}_${value}`)))));
}

function classKeys(breaks, unit, colours, opacity) {
  const text = (k) => (k === 0 ? `< ${figure(breaks[0])} ${unit}` : k === breaks.length
    ? `≥ ${figure(breaks[k - 1])} ${unit}` : `${figure(breaks[k - 1])} – ${figure(breaks[k])} ${unit}`);
  return colours.slice(0, breaks.length + 1).map((colour, k) => key(fillSwatch(colour, opacity), text(k)));
}

function cellLegend(scenario) {
  const { demand, options } = scenario;
  const peopleWhere = (test) => demand.place.reduce((sum, place, row) =>
    (PLACES.hidden[place] || !test(row) ? sum : sum + demand.people[row]), 0);
  if (cellQuestion === "nothing") return [];
  if (cellQuestion === "people") {
    return densityBreaks.length ? classKeys(densityBreaks, say("per_km2"), PEOPLE_COLOURS, 0.75) : [];
  }
  if (cellQuestion === "served") {
    return Object.entries(SERVED_COLOURS).map(([name, colour]) => [name, colour,
      peopleWhere((row) => servedClass(demand, row) === name)])
      .filter(([name, , people]) => people > 0 || name === "full" || name === "none")
      .map(([name, colour, people]) => key(hatchSwatch(colour, name === "none" ? LOST_HATCH : "", 0.7), say(`class_${name}`), figure(people)));
  }
  const none = key(hatchSwatch(UNSERVED, LOST_HATCH, 0.7), say("class_none"), figure(peopleWhere((row) => demand.served[row] <= DUST)));
  if (cellQuestion === "rate") {
    return RATE_CLASSES.breaks.length ? [...classKeys(RATE_CLASSES.breaks, "Mbit/s", RATE_CLASSES.colours, 0.8), none] : [none];
  }
  const today = peopleWhere((row) => !demand.technology[row] && demand.served[row] > DUST);
  return [...new Set(options.technology)].sort().map((id) => {
    const rows = options.technology.flatMap((other, row) => (other === id ? [row] : []));
    return key(hatchSwatch(technologyLook(id).colour, technologyLook(id).hatch, 0.7), technologyLook(id).label,
      figure(servedBy(scenario, rows).total));
  }).concat(today > 0 ? [key(fillSwatch(TODAY, 0.7), say("class_today"), figure(today))] : [], none);
}

function linkLegend({ links }) {
  if (linkQuestion === "load") {
    return [key(lineSwatch(LOAD_COLOURS[0], []), say("load_low")), key(lineSwatch(LOAD_COLOURS[1], []), say("load_middle")),
      key(lineSwatch(LOAD_COLOURS[2], []), say("load_high")), key(lineSwatch("#7a7a7a", []), say("no_limit"))];
  }
  const scenario = { links };
  return lengthByMedium(scenario, links.id.map((_, row) => row)).map(([medium, metres]) =>
    key(lineSwatch(look("media", medium).colour, look("media", medium).dash), look("media", medium).label,
      `${figure(metres / 1000, metres < 1e5 ? 1 : 0)} km`));
}

function siteLegend({ sites, nodes }) {
  const counts = new Map();
  sites.id.forEach((_, row) => counts.set(siteKind(sites, row), (counts.get(siteKind(sites, row)) || 0) + 1));
  const pops = nodes.kind.filter((kind) => kind === "pop").length;
  return [...[...counts].sort((a, b) => b[1] - a[1]).map(([kind, n]) => {
    const { colour, marker, label } = look("structures", kind);
    return key(signSwatch(marker, colour, "#555555"), label, figure(n));
  }),
  sites.backhaul.includes("satellite") ? key(ringSwatch(), say("legend_satellite"),
    figure(sites.backhaul.filter((word) => word === "satellite").length)) : null,
  pops ? key(signSwatch("star", "#000000", "#ffffff", 7), say("pop"), figure(pops)) : null].filter(Boolean);
}

function ringSwatch() {
  const box = swatch();
  box.append(svg("circle", { cx: 14, cy: 8, r: 6, fill: "none", stroke: "#1a1a1a", "stroke-width": 1.4 }));
  return box;
}

function placeLegend({ demand }) {
  const rows = FACILITY_KINDS.map((kind) => [kind, demand.place.filter((place) => PLACES.kind[place] === kind
    && !PLACES.shape[place]).length]).filter(([, n]) => n);
  return [...rows.map(([kind, n]) => key(signSwatch(placeSign(kind), "#ffffff", "#333333", 5), kindName(kind), figure(n))),
    rows.length ? key(signSwatch(placeSign(rows[0][0]), "#f9c6c0", "#8f1220", 6), say("place_not_served")) : null]
    .filter(Boolean);
}

// Layers that the words do not know keep the project's own name for them.
function networkName(kind) {
  return DATA.words[language][`network_${kind}`] ?? kind.replaceAll("_", " ");
}

function groundLegend() {
  const { water, closed, area } = DATA.ground;
  return [area ? key(lineSwatch("#333333", [8, 3, 2, 3], 1.6), say("area")) : null,
    water?.length ? key(fillSwatch("#c6ddee", 1, "#7fa8c9"), say("water")) : null,
    closed?.length ? key(fillSwatch("#8aa684", 0.3, "#5f7a59"), say("closed")) : null].filter(Boolean);
}

function layersSection() {
  const { breaks, colours } = DATA.rate_classes;
  const hasPoints = PLACES.shape.some((shape) => !shape);
  return make("section", { id: "layers" }, make("h2", {}, say("layers")),
    state.right === null ? null : make("p", { className: "small" }, say("legend_two", {
      left: DATA.scenarios[state.left].name, right: DATA.scenarios[state.right].name })),
    layerRow("sites", ...legendOf(siteLegend)),
    layerRow("links", menu("links", say("coloured_by"), ["medium", "load"], linkQuestion, setLinkQuestion),
      ...legendOf(linkLegend)),
    hasPoints ? layerRow("places", ...legendOf(placeLegend)) : null,
    layerRow("cells", menu("cells", say("coloured_by"), ["technology", "served", "rate", "people"], cellQuestion,
      setCellQuestion), ...legendOf(cellLegend),
    cellQuestion === "technology" ? make("p", { className: "small" }, say("tint_note")) : null),
    DATA.scenarios.some(({ coverage }) => coverage) ? layerRow("coverage", make("p", { className: "small" },
      say("coverage_note")), ...classKeys(breaks, "Mbit/s", colours, 0.8).map(keyRow)) : null,
    layerRow("names"),
    Object.keys(DATA.ground.networks || {}).length ? layerRow("networks", ...Object.keys(DATA.ground.networks)
      .map((kind) => keyRow(key(lineSwatch(networkColour(kind), [], 2), networkName(kind))))) : null,
    groundLegend().length ? layerRow("ground", ...groundLegend().map(keyRow)) : null,
    DATA.ground.relief ? layerRow("relief") : null);
}

function toolsSection() {
  return make("section", { id: "tools" }, make("h2", {}, say("tools")), make("div", { className: "buttons" },
    button(say("measure"), () => measure.toggle(), { id: "measure", ariaPressed: String(measure.on) }),
    button(say("whole_map"), fitAll, { id: "whole" }),
    button(say("print"), printMap, { id: "print" })),
  make("p", { id: "measured", className: "measured" }),
  make("label", { className: "row" }, make("span", {}, say("language")),
    make("select", { id: "language", onchange: (event) => setLanguage(event.target.value) },
      Object.keys(DATA.words).map((code) => make("option", { value: code, selected: code === language, lang: code },
        DATA.words[code].language_name)))),
  make("p", { className: "small" }, say("keys_help")));
}

function sourcesSection() {
  return make("section", { id: "sources" }, make("h2", {}, say("sources")),
    make("ul", { className: "small" }, DATA.licences.map((text) => make("li", {}, text))),
    DATA.assumptions.length ? make("details", {}, make("summary", {}, say("assumed")),
      make("ul", { className: "small" }, DATA.assumptions.map((text) => make("li", {}, text)))) : null,
    make("details", {}, make("summary", {}, say("software", { library: DATA.library.name })),
      make("pre", {}, DATA.library.licence)));
}

function drawPanel() {
  const panel = document.getElementById("panel"), open = panel.querySelector("#sources details")?.open;
  const focused = document.activeElement && panel.contains(document.activeElement)
    ? [document.activeElement.id, document.activeElement.name, document.activeElement.value] : null;
  panel.replaceChildren(searchSection(), scenarioSection(), shortSection(), layersSection(), toolsSection(),
    sourcesSection());
  if (open) panel.querySelector("#sources details").open = true;
  measure.tell();
  if (focused) {
    const [id, name, value] = focused;
    const again = id ? document.getElementById(id) : panel.querySelector(`input[name="${name}"][value="${value}"]`);
    again?.focus({ preventScroll: true });
  }
}
