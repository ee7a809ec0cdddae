// The print view: a sheet with map, legend, figures and sources, at the size of A4 landscape.
let before = null;
const screenIsFine = L.Browser.retina;

function intoPrint() {
  if (before) return;
  const seen = map.getBounds();
  before = { centre: map.getCenter(), zoom: map.getZoom() };
  closePanel();
  document.body.classList.add("printing");
  const panel = document.getElementById("panel");
  panel.scrollTop = 0;
  panel.style.zoom = Math.min(1, panel.clientHeight / panel.scrollHeight); // a long legend is set smaller, never cut
  L.Browser.retina = true; // paper is finer than a screen
  map.invalidateSize({ animate: false, pan: false });
  map.fitBounds(seen.contains(EVERYTHING) ? EVERYTHING : seen, { animate: false });
  // Leaflet draws at the next frame; paper does not wait for it.
  map.eachLayer((layer) => { if (layer instanceof L.Canvas) layer._redraw(); });
  swipe.cut();
  labels.draw();
  flatten();
}

function outOfPrint() {
  if (!before) return;
  document.getElementById("flat").remove();
  document.body.classList.remove("printing");
  document.getElementById("panel").style.zoom = "";
  L.Browser.retina = screenIsFine;
  map.invalidateSize({ animate: false, pan: false });
  map.setView(before.centre, before.zoom, { animate: false });
  before = null;
}

// All canvases as one picture: some printers lose what shines through the upper of two.
function flatten() {
  const box = document.getElementById("map").getBoundingClientRect(), fine = 2;
  const flat = make("canvas", { id: "flat", width: Math.round(box.width * fine), height: Math.round(box.height * fine) });
  const pen = flat.getContext("2d"), middle = swipe.on ? swipe.share * box.width : null;
  pen.scale(fine, fine);
  pen.fillStyle = getComputedStyle(document.getElementById("map")).backgroundColor;
  pen.fillRect(0, 0, box.width, box.height);
  for (const picture of inOrder()) {
    const at = picture.getBoundingClientRect(), side = picture.closest("[data-side]")?.dataset.side;
    pen.save();
    pen.beginPath();
    if (middle !== null && side === "a") pen.rect(0, 0, middle, box.height);
    else if (middle !== null && side === "b") pen.rect(middle, 0, box.width - middle, box.height);
    else pen.rect(0, 0, box.width, box.height);
    pen.clip();
    pen.globalAlpha = Number(getComputedStyle(picture).opacity);
    pen.imageSmoothingEnabled = !picture.classList.contains("crisp");
    pen.drawImage(picture, at.left - box.left, at.top - box.top, at.width, at.height);
    pen.restore();
  }
  if (middle !== null) {
    pen.fillStyle = "#1a1a1a";
    pen.fillRect(middle - 0.75, 0, 1.5, box.height);
  }
  document.getElementById("map").append(flat);
}

// Pictures of the map from the lowest to the uppermost.
function inOrder() {
  const depth = (picture) => {
    const levels = [];
    for (let node = picture; node.id !== "map"; node = node.parentElement) {
      if (node.classList.contains("leaflet-pane")) levels.unshift(Number(getComputedStyle(node).zIndex) || 0);
    }
    return levels.slice(1); // the first is the pane that holds all others
  };
  const found = [...document.querySelectorAll("#map canvas, #map .leaflet-image-layer")].map((node) => [depth(node), node]);
  return found.sort(([a], [b]) => (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0)).map(([, node]) => node);
}

function printMap() {
  intoPrint();
  requestAnimationFrame(() => requestAnimationFrame(() => {
    window.print();
    outOfPrint();
  }));
}
