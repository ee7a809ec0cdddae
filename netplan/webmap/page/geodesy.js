// Distances on the WGS 84 ellipsoid (Vincenty's inverse formula, Survey Review 1975), to a millimetre;
// for nearly antipodal points, where it does not settle, on a sphere.
const WGS84_A = 6378137, WGS84_F = 1 / 298.257223563;

function geodesic([lat1, lng1], [lat2, lng2]) {
  const rad = Math.PI / 180, b = WGS84_A * (1 - WGS84_F);
  const u1 = Math.atan((1 - WGS84_F) * Math.tan(lat1 * rad)), u2 = Math.atan((1 - WGS84_F) * Math.tan(lat2 * rad));
  const s1 = Math.sin(u1), c1 = Math.cos(u1), s2 = Math.sin(u2), c2 = Math.cos(u2);
  const apart = (((lng2 - lng1 + 540) % 360) - 180) * rad;
  let lambda = apart;
  for (let turn = 0; turn < 100; turn++) {
    const sl = Math.sin(lambda), cl = Math.cos(lambda);
    const sinSigma = Math.hypot(c2 * sl, c1 * s2 - s1 * c2 * cl);
    if (sinSigma === 0) return 0;
    const cosSigma = s1 * s2 + c1 * c2 * cl, sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (c1 * c2 * sl) / sinSigma, cos2Alpha = 1 - sinAlpha * sinAlpha;
    const cos2Mid = cos2Alpha > 1e-15 ? cosSigma - (2 * s1 * s2) / cos2Alpha : 0;
    const C = (WGS84_F / 16) * cos2Alpha * (4 + WGS84_F * (4 - 3 * cos2Alpha));
    const next = apart + (1 - C) * WGS84_F * sinAlpha *
      (sigma + C * sinSigma * (cos2Mid + C * cosSigma * (2 * cos2Mid * cos2Mid - 1)));
    if (Math.abs(next - lambda) < 1e-12) {
      const k = (cos2Alpha * (WGS84_A * WGS84_A - b * b)) / (b * b);
      const A = 1 + (k / 16384) * (4096 + k * (-768 + k * (320 - 175 * k)));
      const B = (k / 1024) * (256 + k * (-128 + k * (74 - 47 * k)));
      const last = (B / 6) * cos2Mid * (4 * sinSigma * sinSigma - 3) * (4 * cos2Mid * cos2Mid - 3);
      const delta = B * sinSigma * (cos2Mid + (B / 4) * (cosSigma * (2 * cos2Mid * cos2Mid - 1) - last));
      return b * A * (sigma - delta);
    }
    lambda = next;
  }
  const h = Math.sin(((lat2 - lat1) * rad) / 2) ** 2 +
    Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(apart / 2) ** 2;
  return 2 * 6371008.8 * Math.asin(Math.min(1, Math.sqrt(h)));
}

function insideRings([lat, lng], rings) {
  let inside = false;
  for (const ring of rings) {
    for (let k = 0, j = ring.length - 1; k < ring.length; j = k++) {
      const [y1, x1] = ring[k], [y2, x2] = ring[j];
      if (y1 > lat !== y2 > lat && lng < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) inside = !inside;
    }
  }
  return inside;
}

function pixelsToSegment(p, a, b) {
  const dx = b.x - a.x, dy = b.y - a.y, size = dx * dx + dy * dy;
  const t = size ? Math.max(0, Math.min(1, ((p.x - a.x) * dx + (p.y - a.y) * dy) / size)) : 0;
  return Math.hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}
