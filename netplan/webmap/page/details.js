// The panel that explains one thing: a site, a place, a link or a point of presence.
const DESCRIBE = { site: describeSite, place: describePlace, link: describeLink, pop: describePop };

function describe(thing) {
  return DESCRIBE[thing.kind](thing.scenario, thing.row);
}

function shortName({ kind, row, scenario }) {
  if (kind === "site") return siteName(scenario, row);
  if (kind === "place") return placeName(scenario.demand.place[row]);
  if (kind === "pop") return popName(scenario, row);
  return `${look("media", scenario.links.medium[row]).label} ${scenario.links.id[row]}`;
}

function hoverText(thing) {
  const { kind, row, scenario } = thing, { demand, links } = scenario;
  if (kind === "site") {
    const served = servedBy(scenario, scenario.sites.options[row]);
    return [siteName(scenario, row), siteLook(scenario.sites, row).label, say("serves_people", { n: figure(served.total) })];
  }
  if (kind === "place") {
    const place = demand.place[row], people = demand.people[row];
    return [placeName(place), people ? say("n_people", { n: figure(people) }) : kindName(PLACES.kind[place]),
      say("served_now", { share: percent(demand.served[row]) })];
  }
  if (kind === "pop") return [popName(scenario, row), say("pop")];
  return [look("media", links.medium[row]).label, distance(links.length[row]), loadText(links, row)];
}

const popName = (scenario, node) => scenario.nodes.name[node] || scenario.nodes.id[node];
const loadText = (links, row) => {
  const share = loadShare(links, row);
  return share === null ? mbps(links.load[row])
    : say("load_of", { load: mbps(links.load[row]), capacity: mbps(links.capacity[row]), share: percent(share) });
};
const goTo = (thing, text) => button(text ?? shortName(thing), () => select(thing, { pan: true, focus: true }),
  { className: "link" });
const statusText = (status) => (status ? say(`status_${status}`) : "");

function amountsByClass(people) {
  return [...people.byClass].filter(([, amount]) => amount > 0.005).sort((a, b) => b[1] - a[1])
    .map(([kind, amount]) => [kindName(kind), FACILITY_KINDS.includes(kind) ? figure(amount, 1)
      : say("n_people", { n: figure(amount) })]);
}

function describeSite(scenario, row) {
  const { sites, options, nodes } = scenario, own = sites.options[row], people = servedBy(scenario, own);
  const way = sites.node[row] >= 0 ? wayOut(scenario, sites.node[row]) : { links: [], end: -1 };
  const through = sitesBehind(scenario).through.get(row) || [];
  const npv = (sites.npv[row] || 0) + own.reduce((sum, k) => sum + (options.npv[k] || 0), 0);
  const premises = own.reduce((sum, k) => sum + scenario.items.premises.of[k]
    .reduce((part, item) => part + (scenario.items.premises.npv[item] || 0), 0), 0);
  return {
    title: siteName(scenario, row),
    under: [siteLook(sites, row).label, statusText(sites.status[row]), sites.id[row]],
    body: [
      sites.assumed[row] ? make("p", { className: "note" }, say("assumed_position")) : null,
      section(say("why_here"), make("p", {}, siteReason(people, through, npv + premises)),
        facts([...amountsByClass(people),
          [say("backhaul"), sites.backhaul[row] ? say(`backhaul_${sites.backhaul[row]}`) : ""],
          [say("power"), sites.power[row] ? look("power", sites.power[row]).label : ""],
          [say("height"), known(sites.height[row]) ? `${figure(sites.height[row], 1)} m` : ""]])),
      placesServed(scenario, people),
      own.length ? section(say("equipment"), table([say("technology"), say("load"), say("used")],
        own.map((k) => [technologyLook(options.technology[k]).label, mbps(options.load[k]),
          percent(options.utilisation[k])]))) : null,
      section(say("cost"), costTable([
        { title: say("cost_site"), rows: itemRows(scenario, "sites", [row]) },
        { title: say("cost_equipment"), rows: itemRows(scenario, "options", own) },
        { title: say("cost_premises"), rows: itemRows(scenario, "premises", own) },
      ])),
      section(say("way_to_pop"), describeWay(scenario, sites.node[row], way, nodes)),
    ],
    marks: {
      rings: [sites.at[row]],
      lines: way.links.flatMap((link) => scenario.links.at[link]),
      points: way.end >= 0 ? [nodes.at[way.end]] : [],
      ...servedMarks(scenario, people),
    },
  };
}

function siteReason(people, through, npv) {
  const parts = [];
  const facilities = [...people.byClass].filter(([kind, n]) => FACILITY_KINDS.includes(kind) && n > 0.005)
    .map(([kind, n]) => `${kindName(kind)} ${figure(n, 1)}`).join(", ");
  if (people.total >= 0.5) {
    parts.push(say("reason_people", { n: figure(people.total), each: money(npv / people.total) }));
  }
  if (facilities) parts.push(say("reason_facilities", { list: facilities }));
  if (through.length) parts.push(say(through.length === 1 ? "reason_relay_one" : "reason_relay", { n: figure(through.length) }));
  if (!parts.length) parts.push(say("reason_none"));
  return parts.join(" ");
}

function servedMarks(scenario, people) {
  const cells = [], points = [];
  for (const [d, share] of people.cells) {
    const place = scenario.demand.place[d];
    if (PLACES.shape[place] && !PLACES.hidden[place]) cells.push([PLACES.shape[place], Math.min(1, share)]);
  }
  return { cells, served: points };
}

function placesServed(scenario, people) {
  const { demand } = scenario, byName = new Map();
  for (const [d, share] of people.cells) {
    const place = demand.place[d], name = placeName(place);
    if (PLACES.hidden[place]) continue;
    if (!byName.has(name)) byName.set(name, { amount: 0, row: d, facility: !PLACES.shape[place] && !demand.people[d] });
    byName.get(name).amount += share * demand.people[d];
  }
  const list = [...byName].sort((a, b) => b[1].amount - a[1].amount);
  if (!list.length) return null;
  const lines = list.map(([name, { amount, row, facility }]) => [
    goTo({ kind: "place", row, scenario }, name), facility ? kindName(PLACES.kind[demand.place[row]]) : figure(amount)]);
  return section(say("who_it_serves"), longTable([say("place"), say("people")], lines));
}

// The first lines at once, the rest on request.
function longTable(heads, lines, first = 6) {
  if (lines.length <= first + 2) return table(heads, lines);
  return make("div", {}, table(heads, lines.slice(0, first)),
    make("details", {}, make("summary", {}, say("more", { n: figure(lines.length - first) })),
      table(null, lines.slice(first))));
}

function describeWay(scenario, node, way, nodes) {
  const { links } = scenario;
  if (node === -1) return make("p", {}, say("way_not_needed"));
  if (way.end < 0) return make("p", {}, say("way_none"));
  if (!way.links.length) return make("p", {}, say("way_at_pop"));
  const gateway = nodes.kind[way.end] === "gateway";
  const total = way.links.reduce((sum, link) => sum + links.length[link], 0);
  const fullest = way.links.filter((link) => known(links.capacity[link]) && links.capacity[link] > 0)
    .sort((a, b) => loadShare(links, b) - loadShare(links, a))[0];
  const hops = new Set();
  let here = node;
  for (const link of way.links) {
    here = links.from[link] === here ? links.to[link] : links.from[link];
    if (nodes.site[here] >= 0) hops.add(nodes.site[here]);
  }
  return make("div", {},
    make("p", {}, gateway ? say("way_satellite") : [say("way_length", { km: distance(total) }), " ",
      goTo({ kind: "pop", row: way.end, scenario })]),
    gateway ? null : table([say("medium"), say("length")],
      lengthByMedium(scenario, way.links).map(([medium, metres]) => [
        make("span", {}, lineSwatch(look("media", medium).colour, look("media", medium).dash), ` ${look("media", medium).label}`),
        distance(metres)])),
    facts([
      [say("way_over_sites"), hops.size ? make("span", {}, [...hops].flatMap((site, k) => [k ? ", " : "",
        goTo({ kind: "site", row: site, scenario })])) : ""],
      [say("fullest_link"), fullest === undefined ? "" : goTo({ kind: "link", row: fullest, scenario },
        loadText(links, fullest))],
    ]),
    gateway ? null : make("p", { className: "small" }, say("way_note")));
}

function describePlace(scenario, row) {
  const { demand, service, options, sites, before } = scenario, place = demand.place[row];
  const people = demand.people[row], cell = Boolean(PLACES.shape[place]);
  const served = demand.services[row].map((k) => {
    const option = service.o[k], site = option >= 0 ? options.site[option] : -1;
    return { k, option, site, technology: option >= 0 ? technologyLook(options.technology[option]).label : "–" };
  }).sort((a, b) => service.share[b.k] - service.share[a.k]);
  const sum = (column) => served.reduce((all, { k }) => all + (column[k] || 0), 0);
  const siteRows = [...new Set(served.map(({ site }) => site).filter((site) => site >= 0))];
  const ways = siteRows.filter((site) => sites.node[site] >= 0).map((site) => wayOut(scenario, sites.node[site]));
  return {
    title: placeName(place),
    under: [cell ? say("cell") : "", kindName(PLACES.kind[place]), PLACES.id[place]],
    body: [
      facts([
        people ? [say("people"), figure(people)] : null,
        demand.households[row] ? [say("households"), figure(demand.households[row])] : null,
        [say("busy_hour"), mbps(demand.mbps[row])],
        [say("served_before"), DATA.today_unknown ? say("not_known") : percent(demand.before[row])],
        [say("served_after"), percent(demand.served[row])],
      ]),
      served.length ? section(say("served_by"), ...served.map(({ k, site, technology }) => facts([
        [say("technology"), technology],
        [say("site"), site >= 0 ? goTo({ kind: "site", row: site, scenario }) : say("no_site")],
        [say("share"), percent(service.share[k])],
        [say("rate"), mbps(service.rate[k])],
      ]))) : make("p", { className: "note" }, demand.before[row] > DUST ? say("nothing_new") : say("not_served")),
      demand.earlier[row].length ? section(say("served_today_by"), table([say("by"), say("technology"), say("share")],
        demand.earlier[row].map((k) => [before.by[k] || "–", technologyLook(before.technology[k]).label,
          percent(before.share[k] * demand.before[row])]))) : null,
      served.length ? section(say("cost_premises"), table(["", say("capex"), say("opex_per_year"), say("npv")],
        [[say("premises_n", { n: figure(sum(service.premises), 1) }), figure(sum(service.capex)),
          figure(sum(service.opex)), figure(sum(service.npv))]])) : null,
      DATA.scenarios.length > 1 ? section(say("in_every_scenario"), inEveryScenario(place)) : null,
    ],
    marks: {
      cells: cell ? [[PLACES.shape[place], 1]] : [],
      rings: [cell ? null : PLACES.at[place], ...siteRows.map((site) => sites.at[site])].filter(Boolean),
      lines: [...new Set(ways.flatMap((way) => way.links))].flatMap((link) => scenario.links.at[link]),
      points: ways.filter((way) => way.end >= 0).map((way) => scenario.nodes.at[way.end]),
    },
  };
}

function inEveryScenario(place) {
  return table([say("scenario"), say("served"), say("technology")], DATA.scenarios.map((other) => {
    const row = other.rowOfPlace.get(place);
    if (row === undefined) return [other.name, "–", "–"];
    const technology = other.demand.technology[row];
    return [other.name, percent(other.demand.served[row]), technology ? technologyLook(technology).label : "–"];
  }));
}

function describeLink(scenario, row) {
  const { links, nodes, sites } = scenario, behind = sitesBehind(scenario).of(row);
  const people = servedBy(scenario, optionsOf(scenario, behind));
  const end = (node) => (node < 0 ? "–" : nodes.site[node] >= 0 ? goTo({ kind: "site", row: nodes.site[node], scenario })
    : nodes.kind[node] === "pop" ? goTo({ kind: "pop", row: node, scenario }) : say(`node_${nodes.kind[node]}`));
  return {
    title: look("media", links.medium[row]).label,
    under: [statusText(links.status[row]), links.id[row]],
    body: [
      facts([
        [say("length"), distance(links.length[row])],
        [say("load"), mbps(links.load[row])],
        [say("capacity"), known(links.capacity[row]) ? mbps(links.capacity[row]) : say("no_limit")],
        known(links.capacity[row]) ? [say("used"), percent(loadShare(links, row))] : null,
        [say("from"), end(links.from[row])],
        [say("to"), end(links.to[row])],
      ]),
      section(say("behind_link"), make("p", {}, behind.length
        ? say(behind.length === 1 ? "behind_one" : "behind_text", { sites: figure(behind.length), people: figure(people.total) }) : say("behind_none")),
      facts(amountsByClass(people)),
      behind.length ? longTable([say("site"), say("load")], behind.map((site) => [
        goTo({ kind: "site", row: site, scenario }), mbps(trafficOf(scenario, sites.options[site]))])) : null),
      section(say("cost"), costTable([{ title: say("cost_link"), rows: itemRows(scenario, "links", [row]) }])),
    ],
    marks: { lines: links.at[row], rings: behind.map((site) => sites.at[site]), ...servedMarks(scenario, people) },
  };
}

function describePop(scenario, row) {
  const hanging = sitesBehind(scenario).end.get(row) || [], options = optionsOf(scenario, hanging);
  const people = servedBy(scenario, options), { sites } = scenario;
  const ways = hanging.flatMap((site) => wayOut(scenario, sites.node[site]).links);
  return {
    title: popName(scenario, row),
    under: [say("pop"), scenario.nodes.id[row]],
    body: [
      DATA.pops_assumed ? make("p", { className: "note" }, say("assumed_position")) : null,
      make("p", {}, hanging.length ? say(hanging.length === 1 ? "pop_one" : "pop_text", { sites: figure(hanging.length),
        people: figure(people.total), load: mbps(trafficOf(scenario, options)) }) : say("pop_none")),
      hanging.length ? section(say("sites"), longTable([say("site"), say("load")], hanging.map((site) => [
        goTo({ kind: "site", row: site, scenario }), mbps(trafficOf(scenario, sites.options[site]))]))) : null,
    ],
    marks: { rings: [scenario.nodes.at[row]], lines: [...new Set(ways)].flatMap((link) => scenario.links.at[link]) },
  };
}

function showDetails(thing) {
  const box = document.getElementById("details");
  box.hidden = !thing;
  document.body.classList.toggle("explaining", Boolean(thing));
  if (!thing) return null;
  const { title, under, body, marks } = describe(thing);
  const scenario = DATA.scenarios.length > 1 ? thing.scenario.name : "";
  box.replaceChildren(
    make("div", { className: "details-head" },
      make("h2", { id: "details-title" }, title),
      button("×", () => select(null), { className: "close", ariaLabel: say("close"), title: `${say("close")} (Esc)` })),
    make("p", { className: "under" }, [...under, scenario].filter(Boolean).join(" · ")),
    ...body.filter(Boolean));
  box.scrollTop = 0;
  return marks;
}
