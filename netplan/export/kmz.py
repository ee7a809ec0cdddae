"""The plan for Google Earth: one `.kmz` with its own icons, legend and coverage, that needs no network."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import geopandas as gpd

from netplan.export import kml
from netplan.export.files import whole
from netplan.export.pictures import Key, coverage_picture, icon, legend
from netplan.export.written import WrittenPlan, stated

POP, SERVED, PART, UNSERVED = "#C00000", "#1A9850", "#FEE08B", "#BDBDBD"
SERVICE_BANDS = (("served", 0.95, SERVED), ("partly served", 0.05, PART), ("not served", -1.0, UNSERVED))
"""Word, share above which it holds, colour."""
MOST_PLACES = 20_000
"""More places of demand than this are left out: no laptop draws them, and `plan.gpkg` has them."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every part of the archive: the same plan gives the same bytes."""


def write_kmz(plan: WrittenPlan, path: Path) -> Path:
    """Writes the plan as KML 2.2 with folders (backhaul by medium, sites by kind, PoPs, who is served, coverage).

    Each thing has a balloon in words and its row of `plan.gpkg` as extended data. Demand and coverage are there but
    not drawn until ticked, so that the file opens quickly.

    Raises:
        OSError: the disk refuses.
    """
    credits = "".join(f"<br/>{credit}" for credit in map(_escaped, plan.credits()))
    words = f"Plan of {plan.written_on}, scenario {plan.scenario}. Contains information from:{credits}"
    root, document = kml.document(f"{plan.name}: {plan.scenario}", words)
    pictures: dict[str, bytes] = {}
    keys = [*_links(plan, document), *_sites(plan, document, pictures), *_pops(plan, document, pictures)]
    _demand(plan, document)
    _coverage(plan, document, pictures)
    if keys:
        pictures["files/legend.png"] = legend(plan.name, plan.scenario, keys)
        kml.overlay_screen(document, "Legend", "files/legend.png")
    _styles_first(document)
    body = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    with whole(path) as made, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        # Google Earth takes the first .kml of the archive.
        for name, content in {"doc.kml": body, **dict(sorted(pictures.items()))}.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return path


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _styles_first(document: ET.Element) -> None:
    """The schema wants shared styles before features."""
    styles = [child for child in document if child.tag in ("Style", "StyleMap")]
    for style in styles:
        document.remove(style)
    for number, style in enumerate(styles):
        document.insert(3 + number, style)


def _money(plan: WrittenPlan, row: Any) -> dict[str, str]:
    currency = plan.economics.get("currency", "")
    return {
        "To build": f"{row.capex:,.0f} {currency}",
        "To run": f"{row.opex_per_year:,.0f} {currency} a year",
        "Present value": f"{row.npv:,.0f} {currency}",
    }


def _data(row: Any) -> dict[str, object]:
    return {key: value for key, value in row._asdict().items() if key != "geometry"}


def _degrees(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    kept = frame[frame.geometry.notna() & ~frame.geometry.is_empty]
    return gpd.GeoDataFrame(kept.to_crs(4326))


def _links(plan: WrittenPlan, document: ET.Element) -> list[Key]:
    links = _degrees(plan.layers["links"]).sort_values("link_id")
    keys = []
    home = kml.folder(document, "Backhaul", opened=True) if len(links) else None
    for medium, rows in links.groupby("medium", sort=True):
        entry, label = plan.entry("media", medium), plan.label("media", medium)
        ink = str(entry.get("colour") or "#333333")
        kml.line_style(document, f"medium-{medium}", ink, 3)
        km = rows["length_m"].sum() / 1000
        assert home is not None
        place = kml.folder(home, f"{label} ({len(rows)}; {km:,.1f} km)")
        keys.append(Key(label, ink, None, str(entry.get("dash") or "solid")))
        for row in rows.itertuples(index=False):
            limit = f"{row.capacity_mbps:,.0f} Mbit/s" if row.capacity_mbps == row.capacity_mbps else "no limit"
            told = {
                "Medium": label,
                "Status": row.status,
                "Length": f"{row.length_m:,.0f} m",
                "Load in the busy hour": f"{row.load_mbps:,.1f} Mbit/s of {limit}",
            }
            kml.placemark(place, row.link_id, f"medium-{medium}", row.geometry, told | _money(plan, row), _data(row))
    return keys


def _sites(plan: WrittenPlan, document: ET.Element, pictures: dict[str, bytes]) -> list[Key]:
    sites = _degrees(plan.layers["sites"]).sort_values("site_id")
    radios = plan.layers["equipment"].groupby("site_id")["technology"].agg(lambda each: sorted(set(each)))
    load = plan.layers["equipment"].groupby("site_id")["load_mbps"].sum()
    people = _people(plan)
    keys = []
    home = kml.folder(document, "Sites", opened=True) if len(sites) else None
    for structure, rows in sites.groupby("structure", sort=True, dropna=False):
        entry, label = plan.entry("structures", structure), plan.label("structures", structure)
        ink, marker = str(entry.get("colour") or "#333333"), str(entry.get("marker") or "o")
        file = f"files/site-{structure}.png"
        pictures[file] = icon(ink, marker)
        kml.icon_style(document, f"site-{structure}", file, 0.7)
        assert home is not None
        place = kml.folder(home, f"{label} ({len(rows)})")
        keys.append(Key(label, ink, marker, "solid"))
        for row in rows.itertuples(index=False):
            on_air = ", ".join(plan.label("technologies", each) for each in radios.get(row.site_id, []))
            told = {
                "Site": row.site_id,
                "Kind": f"{label} ({row.status})",
                "Serves by": on_air or "nothing: it relays",
                "People newly served": f"{people.get(row.site_id, 0.0):,.0f}",
                "Load in the busy hour": f"{load.get(row.site_id, 0.0):,.1f} Mbit/s",
                "Backhaul": row.backhaul,
                "Power": plan.label("power", row.power),
            }
            name = stated(row.name) or row.site_id
            kml.placemark(place, name, f"site-{structure}", row.geometry, told | _money(plan, row), _data(row))
    return keys


def _people(plan: WrittenPlan) -> dict[str, float]:
    """Site -> people that its equipment newly serves."""
    demand = plan.layers["demand"].set_index("demand_id")["population"]
    site = plan.layers["equipment"].set_index("option_id")["site_id"]
    service = plan.tables["service"]
    people = service["share"] * demand.reindex(service["demand_id"]).to_numpy(float)
    sums = people.groupby(site.reindex(service["option_id"]).to_numpy(object)).sum()
    return {str(key): float(value) for key, value in sums.items()}


def _pops(plan: WrittenPlan, document: ET.Element, pictures: dict[str, bytes]) -> list[Key]:
    nodes = _degrees(plan.layers["nodes"])
    pops = nodes[nodes["kind"] == "pop"].sort_values("node_id")
    if pops.empty:
        return []
    pictures["files/pop.png"] = icon(POP, "*")
    kml.icon_style(document, "pop", "files/pop.png", 1.0)
    assumed = bool((plan.project.get("existing") or {}).get("pops_assumed"))
    place = kml.folder(document, f"Points of presence ({len(pops)})")
    for row in pops.itertuples(index=False):
        limit = f"{row.capacity_mbps:,.0f} Mbit/s" if row.capacity_mbps == row.capacity_mbps else "no limit"
        told = {"Traffic is handed over here, up to": limit} | ({"Position": "an assumption"} if assumed else {})
        kml.placemark(place, row.node_id, "pop", row.geometry, told, _data(row))
    return [Key("Point of presence", POP, "*", "solid")]


def _demand(plan: WrittenPlan, document: ET.Element) -> None:
    demand = _degrees(plan.layers["demand"]).sort_values("demand_id")
    for word, _, ink in SERVICE_BANDS:
        kml.area_style(document, f"demand-{word.replace(' ', '-')}", ink, 0.55)
    if len(demand) > MOST_PLACES:
        kml.folder(document, f"Who is served: {len(demand):,} places, too many to draw here; see plan.gpkg")
        return
    home = kml.folder(document, "Who is served (tick to draw)", visible=False)
    for kind, rows in demand.groupby("class", sort=True):
        total, served = rows["weight"].sum(), (rows["weight"] * rows["served_share"]).sum()
        share = served / total if total else 0.0
        place = kml.folder(home, f"{kind} ({share:.0%} of {total:,.0f})", visible=False)
        for row in rows.itertuples(index=False):
            told = {
                "People": f"{row.population:,.0f}",
                "Served": f"{row.served_share:.0%} (today {row.baseline_share:.0%})",
                "By": plan.label("technologies", row.technology) if stated(row.technology) else "nothing new",
                "Rate offered": f"{row.rate_mbps:,.0f} Mbit/s" if row.rate_mbps == row.rate_mbps else "none",
            }
            word = next(word for word, above, _ in SERVICE_BANDS if row.served_share > above)
            name = stated(row.name) or row.demand_id
            style = f"demand-{word.replace(' ', '-')}"
            kml.placemark(place, name, style, row.geometry, told, _data(row), visible=False)


def _coverage(plan: WrittenPlan, document: ET.Element, pictures: dict[str, bytes]) -> None:
    raster = plan.folder / "coverage.tif"
    made = coverage_picture(raster) if raster.is_file() else None
    if made is not None:
        pictures["files/coverage.png"] = made.png
        name = f"Coverage: best downlink rate, dark low, yellow {made.top_mbps:,.0f} Mbit/s and above (tick to draw)"
        kml.overlay_ground(document, name, "files/coverage.png", made.bounds, visible=False)
