// What things cost, item by item: the rows of the plan's own list of costs.
function itemRows(scenario, layer, owners) {
  const items = scenario.items[layer], sums = new Map();
  for (const owner of owners) {
    for (const row of items.of[owner]) {
      const name = items.names[items.item[row]];
      const sum = sums.get(name) || [0, 0, 0];
      [items.capex, items.opex, items.npv].forEach((column, k) => { sum[k] += column[row] || 0; });
      sums.set(name, sum);
    }
  }
  return [...sums].map(([name, sum]) => ({ name: itemName(name), sum })).sort((a, b) => b.sum[2] - a.sum[2]);
}

// What an item of a price list is called in the reader's language; as the plan has it where that is not known.
function itemName(name) {
  const names = DATA.item_names[language] ?? {};
  return Object.hasOwn(names, name) ? names[name] : name;
}

// Groups of {title, rows: [{name, sum}]} with subtotals and a total. Sums are present values over the years planned.
function costTable(groups) {
  const kept = groups.filter(({ rows }) => rows.length), total = [0, 0, 0], lines = [];
  for (const { title, rows } of kept) {
    const sub = [0, 1, 2].map((k) => rows.reduce((sum, row) => sum + row.sum[k], 0));
    sub.forEach((value, k) => { total[k] += value; });
    lines.push({ className: "group", cells: [title, ...sub.map((value) => figure(value))] });
    for (const row of rows) lines.push([row.name, ...row.sum.map((value) => figure(value))]);
  }
  if (!kept.length) return make("p", {}, say("no_cost"));
  lines.push({ className: "total", cells: [say("total"), ...total.map((value) => figure(value))] });
  return make("div", {},
    table(["", say("capex"), say("opex_per_year"), say("npv")], lines, { className: "costs" }),
    make("p", { className: "small" }, moneyNote()));
}

function moneyNote() {
  return say("money_note", {
    currency: DATA.currency, year: DATA.price_year ?? "–",
    years: say(DATA.years === 1 ? "years_one" : "years_many", { n: DATA.years ?? "–" }),
    rate: known(DATA.discount_rate) ? percent(DATA.discount_rate) : "–",
  });
}
