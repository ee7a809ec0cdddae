// Hatches of the catalogue: technologies are told apart in greys, too. A tile holds each sign as often as it is written.
const TILE = 24, LOST_HATCH = "xxx", hatchTiles = new Map();

// The colour under its hatch, as a pattern of a canvas; the bare colour where there is none.
function hatched(colour, hatch) {
  if (!hatch) return colour;
  const name = `${colour} ${hatch}`;
  if (!hatchTiles.has(name)) {
    const tile = make("canvas", { width: TILE, height: TILE }), pen = tile.getContext("2d");
    pen.fillStyle = colour;
    pen.fillRect(0, 0, TILE, TILE);
    inkHatch(pen, colour, hatch);
    hatchTiles.set(name, pen.createPattern(tile, "repeat"));
  }
  return hatchTiles.get(name);
}

// Leaflet's canvas, which fills a shape that has one with its hatch.
const HatchCanvas = L.Canvas.extend({
  _fillStroke(ctx, layer) {
    const { options } = layer, { fillColor, hatch } = options;
    if (hatch) options.fillColor = hatched(fillColor, hatch);
    L.Canvas.prototype._fillStroke.call(this, ctx, layer);
    options.fillColor = fillColor;
  },
});

// The signs alone, in the colour with half of its light.
function inkHatch(pen, colour, hatch) {
  pen.strokeStyle = pen.fillStyle = darker(colour);
  for (const sign of new Set(hatch)) drawHatch(pen, sign, [...hatch].filter((each) => each === sign).length);
}

function darker(colour) {
  const parts = [1, 3, 5].map((at) => Math.round(0.5 * parseInt(colour.slice(at, at + 2), 16)));
  return `rgb(${parts.join(",")})`;
}

function drawHatch(pen, sign, times) {
  const step = TILE / times, middles = Array.from({ length: times }, (_, k) => (k + 0.5) * step);
  pen.lineWidth = 1;
  pen.beginPath();
  for (const at of middles) {
    if ("|+".includes(sign)) pen.rect(Math.floor(at) + 0.5, 0, 0, TILE);
    if ("-+".includes(sign)) pen.rect(0, Math.floor(at) + 0.5, TILE, 0);
    for (const turn of [-TILE, 0]) {
      if ("\\x".includes(sign)) { pen.moveTo(at + turn, 0); pen.lineTo(at + turn + TILE, TILE); }
      if (sign === "x") { pen.moveTo(at + turn, TILE); pen.lineTo(at + turn + TILE, 0); }
    }
    if ("oO*".includes(sign)) {
      const radius = (sign === "O" ? 0.38 : 0.24) * step;
      for (const down of middles) {
        pen.moveTo(at + radius, down);
        pen.arc(at, down, radius, 0, 2 * Math.PI);
      }
    }
  }
  if (sign === "*") pen.fill(); else pen.stroke();
}

// A legend's patch of a hatched area.
function hatchSwatch(colour, hatch, opacity) {
  const box = fillSwatch(colour, opacity);
  if (!hatch) return box;
  const picture = make("canvas", { width: 52, height: 24 }), pen = picture.getContext("2d");
  pen.scale(2, 2);
  for (const right of [0, TILE]) {
    pen.translate(right, 0);
    inkHatch(pen, colour, hatch);
  }
  box.append(svg("image", { x: 1, y: 2, width: 26, height: 12, href: picture.toDataURL() }));
  return box;
}
