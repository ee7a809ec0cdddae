// Text and numbers in the reader's language.
const DATA = JSON.parse(document.getElementById("data").textContent);
let language = DATA.words[DATA.language] ? DATA.language : "en";

const unsaid = new Set(); // keys without words: a fault of ours, never of the reader

function say(key, values = {}) {
  if (!(key in DATA.words[language])) unsaid.add(key);
  const text = DATA.words[language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

function known(value) {
  return value !== null && value !== undefined && Number.isFinite(value);
}

// A class of demand: the usual ones in the reader's language, others as the project calls them.
function kindName(kind) {
  return DATA.words[language][`demand_${kind}`] ?? kind;
}

function figure(value, digits = 0, least = 0) {
  if (!known(value)) return "–";
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: least }).format(value);
}

// Enough figures to be read at a glance: 0.42, 4.2, 42, 4,200.
function brief(value) {
  if (!known(value)) return "–";
  const size = Math.abs(value);
  return figure(value, size >= 100 ? 0 : size >= 1 ? 1 : 2);
}

function money(value) {
  if (!known(value)) return "–";
  if (Math.abs(value) >= 1e6) return sumOf(`${figure(value / 1e6, 2, 2)} ${say("million")}`);
  const cents = Math.abs(value) < 100 && value !== Math.round(value) ? 2 : 0; // 16.00 beside 15.93, as in the report
  return sumOf(figure(value, cents, cents));
}

// Currency and size as the language sets them: the French after the number, and on its line.
function sumOf(size) {
  if (language !== "fr") return `${DATA.currency} ${size}`;
  return `${size} ${DATA.currency}`.replaceAll(" ", "\u00a0");
}

// A share never rounds up to a target that it misses.
function percent(share) {
  return known(share) ? `${figure(Math.floor(share * 1000 + 1e-6) / 10, 1)}\u00a0%` : "–";
}

function distance(metres) {
  if (metres < 1000) return `${figure(metres)} m`;
  return `${figure(metres / 1000, metres < 100000 ? 2 : 1)} km`;
}

function mbps(value) {
  return known(value) ? `${brief(value)} Mbit/s` : "–";
}
