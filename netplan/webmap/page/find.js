// What is at a place of the map: the canvas knows no elements, so the page looks itself.
function findAt(view, point, reach) {
  const { map, scenario } = view;
  if (!scenario) return null;
  const latlng = map.containerPointToLatLng(point), here = [latlng.lat, latlng.lng];
  const near = (rows, spot) => {
    let best = null, least = reach;
    for (const row of rows) {
      const p = map.latLngToContainerPoint(spot(row)), away = Math.hypot(p.x - point.x, p.y - point.y);
      if (away < least) [best, least] = [row, away];
    }
    return best === null ? null : { row: best, away: least };
  };
  const { demand, nodes, sites } = scenario;
  if (shown.sites) {
    const pop = near(nodes.pops, (row) => nodes.at[row]), site = near(sites.at.keys(), (row) => sites.at[row]);
    if (site && (!pop || site.away <= pop.away)) return { kind: "site", row: site.row, scenario };
    if (pop) return { kind: "pop", row: pop.row, scenario };
  }
  const place = shown.places ? near(demand.pointRows, (d) => PLACES.at[demand.place[d]]) : null;
  const link = shown.links ? linkAt(view, point, Math.min(reach, 9)) : null;
  if (place && (!link || place.away <= link.away + 2)) return { kind: "place", row: place.row, scenario };
  if (link) return { kind: "link", row: link.row, scenario };
  if (shown.cells) {
    const row = demand.place.findIndex((place) => {
      const box = PLACES.box[place], shape = PLACES.shape[place];
      if (!shape || PLACES.hidden[place]) return false;
      if (here[0] < box[0] || here[0] > box[2] || here[1] < box[1] || here[1] > box[3]) return false;
      return shape.some((rings) => insideRings(here, rings));
    });
    if (row >= 0) return { kind: "place", row, scenario };
  }
  return null;
}

function linkAt({ map, scenario }, point, reach) {
  const low = map.containerPointToLatLng([point.x - reach, point.y + reach]);
  const high = map.containerPointToLatLng([point.x + reach, point.y - reach]);
  let best = null, least = reach;
  scenario.links.at.forEach((parts, row) => {
    const [south, west, north, east] = scenario.links.box[row];
    if (north < low.lat || south > high.lat || east < low.lng || west > high.lng) return;
    for (const part of parts) {
      const pixels = part.map((place) => map.latLngToContainerPoint(place));
      for (let k = 1; k < pixels.length; k++) {
        const away = pixelsToSegment(point, pixels[k - 1], pixels[k]);
        if (away < least) [best, least] = [row, away];
      }
    }
  });
  return best === null ? null : { row: best, away: least };
}
