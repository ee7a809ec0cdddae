// Search: a site, a settlement, a facility or a PoP by name or id; accents and case do not matter.
const bare = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function searchIndex(scenario) {
  if (scenario.index_of_names) return scenario.index_of_names;
  const { sites, nodes, demand } = scenario, list = [];
  sites.id.forEach((id, row) => list.push({ thing: { kind: "site", row, scenario }, name: siteName(scenario, row),
    what: () => siteLook(sites, row).label, text: bare(`${sites.name[row]} ${id}`) }));
  nodes.id.forEach((id, row) => {
    if (nodes.kind[row] !== "pop") return;
    list.push({ thing: { kind: "pop", row, scenario }, name: popName(scenario, row), what: () => say("pop"),
      text: bare(`${nodes.name[row]} ${id} pop`) });
  });
  const settlements = new Set();
  for (const entry of SETTLEMENTS) {
    const place = DATA.scenarios[0].demand.place[entry.row], row = scenario.rowOfPlace.get(place);
    if (row === undefined) continue;
    settlements.add(row);
    list.push({ thing: { kind: "place", row, scenario }, name: entry.name, settlement: entry,
      what: () => say(entry.rows.length > 1 ? "n_people_in_cells" : "n_people",
        { n: figure(entry.people), cells: figure(entry.rows.length) }), text: bare(entry.name) });
  }
  demand.place.forEach((place, row) => {
    if (PLACES.hidden[place] || settlements.has(row)) return;
    const cell = Boolean(PLACES.shape[place]);
    list.push({ thing: { kind: "place", row, scenario }, name: cell ? PLACES.id[place] : placeName(place),
      what: () => kindName(PLACES.kind[place]), text: bare(cell ? PLACES.id[place] : `${PLACES.name[place]} ${PLACES.id[place]}`) });
  });
  scenario.index_of_names = list;
  return list;
}

function searchFor(text, most = 12) {
  const wanted = bare(text.trim());
  if (!wanted) return [];
  const rank = (entry) => (entry.text.startsWith(wanted) ? 0 : entry.text.includes(` ${wanted}`) ? 1 : 2);
  const orients = ({ thing, settlement }) => (thing.kind === "pop" ? 0 : settlement ? 1 : thing.kind === "site" ? 2 : 3);
  return searchIndex(current()).filter(({ text: held }) => held.includes(wanted))
    .sort((a, b) => rank(a) - rank(b) || orients(a) - orients(b) || a.name.length - b.name.length || (a.name < b.name ? -1 : 1)).slice(0, most);
}

function searchSection() {
  const list = make("ul", { id: "found", role: "listbox", ariaLabel: say("search_found"), hidden: true });
  const input = make("input", { id: "search", type: "search", autocomplete: "off", role: "combobox",
    placeholder: say("search_hint"), spellcheck: false });
  for (const [name, value] of [["aria-label", say("search")], ["aria-controls", "found"], ["aria-expanded", "false"],
    ["aria-autocomplete", "list"]]) input.setAttribute(name, value);
  let entries = [], active = -1;

  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (entry) => {
    close();
    input.value = entry.name;
    select(entry.thing, { pan: true, focus: true });
  };
  const light = (k) => {
    active = k;
    [...list.children].forEach((node, row) => node.setAttribute("aria-selected", String(row === k)));
    if (k >= 0) {
      input.setAttribute("aria-activedescendant", `found-${k}`);
      list.children[k].scrollIntoView({ block: "nearest" });
    }
  };
  input.addEventListener("input", () => {
    entries = searchFor(input.value);
    list.replaceChildren(...entries.map((entry, k) => make("li", { id: `found-${k}`, role: "option",
      onmousedown: (event) => { event.preventDefault(); choose(entry); } },
    make("span", {}, entry.name), make("span", { className: "small" }, ` ${entry.what()}`))));
    if (!entries.length && input.value.trim()) list.replaceChildren(make("li", { className: "small" }, say("search_nothing")));
    list.hidden = !input.value.trim();
    input.setAttribute("aria-expanded", String(!list.hidden));
    light(entries.length ? 0 : -1);
    spoken(say("search_count", { n: entries.length }));
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (entries.length) light((active + (event.key === "ArrowDown" ? 1 : -1) + entries.length) % entries.length);
      event.preventDefault();
    } else if (event.key === "Enter" && entries[active] && !list.hidden) choose(entries[active]);
    else if (event.key === "Escape" && !list.hidden) { close(); event.stopPropagation(); }
  });
  input.addEventListener("blur", close);
  return make("div", { id: "searching", role: "search" }, input, list);
}
