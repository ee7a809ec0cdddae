// The print view: a sheet with map, legend, figures and sources, at the size of A4 landscape.
let before = null;

function intoPrint() {
  if (before) return;
  before = { centre: map.getCenter(), zoom: map.getZoom(), bounds: map.getBounds() };
  document.body.classList.add("printing");
  for (const node of document.querySelectorAll("#sources details:first-of-type")) node.open = true;
  map.invalidateSize({ animate: false, pan: false });
  map.fitBounds(before.bounds, { animate: false });
  redrawNow();
}

// Leaflet draws at the next frame; paper does not wait for it.
function redrawNow() {
  map.eachLayer((layer) => { if (layer instanceof L.Canvas) layer._redraw(); });
  swipe.cut();
  labels.draw();
}

function outOfPrint() {
  if (!before) return;
  document.body.classList.remove("printing");
  map.invalidateSize({ animate: false, pan: false });
  map.setView(before.centre, before.zoom, { animate: false });
  before = null;
}

function printMap() {
  intoPrint();
  requestAnimationFrame(() => requestAnimationFrame(() => {
    window.print();
    outOfPrint();
  }));
}
