// Signs on the map and in the legend: one outline for each, drawn on a canvas or as SVG.
const regular = (corners, turn = -90) =>
  Array.from({ length: corners }, (_, k) => {
    const angle = ((turn + (360 * k) / corners) * Math.PI) / 180;
    return [Math.cos(angle), Math.sin(angle)];
  });

const SIGN_SHAPES = {
  square: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
  up: regular(3), down: regular(3, 90), left: regular(3, 180), right: regular(3, 0),
  diamond: regular(4), pentagon: regular(5), hexagon: regular(6),
  plus: [[-0.35, -1], [0.35, -1], [0.35, -0.35], [1, -0.35], [1, 0.35], [0.35, 0.35], [0.35, 1], [-0.35, 1],
    [-0.35, 0.35], [-1, 0.35], [-1, -0.35], [-0.35, -0.35]],
  star: Array.from({ length: 10 }, (_, k) => {
    const angle = ((-90 + 36 * k) * Math.PI) / 180, r = k % 2 ? 0.45 : 1.15;
    return [r * Math.cos(angle), r * Math.sin(angle)];
  }),
};
SIGN_SHAPES.cross = SIGN_SHAPES.plus.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2]);

// A point drawn with a shape of ours; Leaflet's canvas calls `_updatePath` for every path it draws.
const Sign = L.CircleMarker.extend({
  _updatePath() {
    const renderer = this._renderer, outline = SIGN_SHAPES[this.options.sign];
    if (!outline) return renderer._updateCircle(this);
    if (!renderer._drawing || this._empty()) return undefined;
    const ctx = renderer._ctx, p = this._point, r = this._radius;
    ctx.beginPath();
    outline.forEach(([x, y], k) => ctx[k ? "lineTo" : "moveTo"](p.x + r * x, p.y + r * y));
    ctx.closePath();
    return renderer._fillStroke(ctx, this);
  },
});

function svg(name, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

function swatch() {
  return svg("svg", { viewBox: "0 0 28 16", width: 28, height: 16, "aria-hidden": "true", class: "swatch" });
}

function signSwatch(sign, fill, stroke = "#ffffff", radius = 6) {
  const box = swatch(), outline = SIGN_SHAPES[sign];
  const common = { fill, stroke, "stroke-width": 1 };
  if (outline) {
    const points = outline.map(([x, y]) => `${(14 + radius * x).toFixed(2)},${(8 + radius * y).toFixed(2)}`).join(" ");
    box.append(svg("polygon", { points, ...common }));
  } else box.append(svg("circle", { cx: 14, cy: 8, r: radius, ...common }));
  return box;
}

function lineSwatch(colour, dash, width = 3) {
  const box = swatch();
  box.append(svg("line", { x1: 0, y1: 8, x2: 28, y2: 8, stroke: colour, "stroke-width": width,
    "stroke-dasharray": dash.join(" ") }));
  return box;
}

function fillSwatch(colour, opacity = 0.75, stroke = "#8a8a8a") {
  const box = swatch();
  box.append(svg("rect", { x: 1, y: 2, width: 26, height: 12, fill: colour, "fill-opacity": opacity, stroke,
    "stroke-width": 0.7 }));
  return box;
}
