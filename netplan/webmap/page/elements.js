// Page elements from text only: nothing of the data is ever read as HTML.
function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (/^aria[A-Z]/.test(key)) node.setAttribute(`aria-${key.slice(4).toLowerCase()}`, value);
    else if (key in node && !key.includes("-") && key !== "list") node[key] = value;
    else node.setAttribute(key, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const button = (text, onclick, properties = {}) => make("button", { type: "button", onclick, ...properties }, text);

function table(heads, rows, properties = {}) {
  const cell = (tag, value, k) => {
    const head = tag === "th" && value !== ""; // a head without words is no head
    return make(head ? "th" : "td", { className: k ? "number" : "", ...(head ? { scope: "col" } : {}) }, value);
  };
  return make("div", { className: "scroll" }, make("table", properties,
    heads && make("thead", {}, make("tr", {}, heads.map((head, k) => cell("th", head, k)))),
    make("tbody", {}, rows.map((row) => make("tr", { className: row.className || "" },
      (row.cells || row).map((value, k) => cell("td", value, k)))))));
}

function facts(pairs) {
  return make("dl", {}, pairs.filter((pair) => pair && pair[1] !== "" && pair[1] !== null)
    .map(([term, value]) => make("div", {}, make("dt", {}, term), make("dd", {}, value))));
}

function section(title, ...children) {
  return make("section", {}, make("h3", {}, title), ...children);
}

function spoken(text) {
  document.getElementById("spoken").textContent = text;
}
