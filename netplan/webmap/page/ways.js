// How traffic reaches a PoP, and what hangs on a node or a link.
function wayOut(scenario, node) {
  const { nodes, links } = scenario, walked = [];
  let here = node;
  while (here >= 0 && nodes.next[here] >= 0 && walked.length <= nodes.id.length) {
    const link = nodes.next[here];
    walked.push(link);
    here = links.from[link] === here ? links.to[link] : links.from[link];
  }
  const end = here >= 0 && ["pop", "gateway"].includes(nodes.kind[here]) ? here : -1;
  return { links: walked, end };
}

// Sites whose way out goes over each link; links side by side between the same nodes carry the same sites.
function sitesBehind(scenario) {
  if (scenario.behind) return scenario.behind;
  const { links, sites, nodes } = scenario;
  scenario.behind = { link: new Map(), end: new Map(), through: new Map() };
  const pair = (link) => [links.from[link], links.to[link]].sort((a, b) => a - b).join("-");
  const add = (map, key, site) => (map.has(key) ? map.get(key).push(site) : map.set(key, [site]));
  sites.node.forEach((node, site) => {
    if (node < 0) return;
    const way = wayOut(scenario, node);
    if (way.end >= 0) add(scenario.behind.end, way.end, site);
    let here = node;
    for (const link of way.links) {
      add(scenario.behind.link, pair(link), site);
      here = links.from[link] === here ? links.to[link] : links.from[link];
      if (nodes.site[here] >= 0) add(scenario.behind.through, nodes.site[here], site);
    }
  });
  scenario.behind.of = (link) => scenario.behind.link.get(pair(link)) || [];
  return scenario.behind;
}

function lengthByMedium(scenario, rows) {
  const sums = new Map();
  for (const row of rows) {
    const medium = scenario.links.medium[row];
    sums.set(medium, (sums.get(medium) || 0) + scenario.links.length[row]);
  }
  return [...sums].sort((a, b) => b[1] - a[1]);
}

// People and facilities that options serve, by class; people of a second level are not counted again.
function servedBy(scenario, optionRows) {
  const { demand, service, options } = scenario, people = { total: 0, byClass: new Map(), cells: new Map() };
  for (const option of optionRows) {
    for (const row of options.services[option]) {
      const d = service.d[row];
      if (d < 0) continue;
      const place = demand.place[d], kind = PLACES.kind[place], amount = service.share[row] * demand.weight[d];
      people.byClass.set(kind, (people.byClass.get(kind) || 0) + amount);
      if (!PLACES.hidden[place]) people.total += service.share[row] * demand.people[d];
      people.cells.set(d, (people.cells.get(d) || 0) + service.share[row]);
    }
  }
  return people;
}

const optionsOf = (scenario, siteRows) => siteRows.flatMap((site) => scenario.sites.options[site]);
const trafficOf = (scenario, optionRows) => optionRows.reduce((sum, row) => sum + (scenario.options.load[row] || 0), 0);
