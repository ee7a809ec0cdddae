"""Layers and columns of a written plan, with their units."""

from __future__ import annotations

from netplan.netted import KEY, MEANINGS
from netplan.plans.model import LAYER_COLUMNS, SPATIAL_LAYERS
from netplan.plans.summary import PROBLEM
from netplan.reference.markdown import code, page, table

INTRO = """What a plan writes into `OUT/<scenario>/plan.gpkg`. Money is in the project's currency and price year; `npv`
is the present value over the horizon. An empty number in a capacity column means no limit, in `life_years` that the
item outlives the horizon; an empty text means none.

Rows whose places come from a layer under a share-alike licence (ODbL, CC BY-SA; as `attributions` of the project says)
stand in a layer of their own beside it, `links_share_alike` beside `links`, with the same columns and style; the two
together are the layer. What is left without them need not be shared alike; its other licences still ask for credit.
The metadata of each layer say where it comes from (`SOURCE`), under which licence (`LICENCE`), and what of it must be
shared alike (`SHARE_ALIKE`). Tables without geometry hold sums and lengths and are not parted."""

LAYERS = {
    "demand": "Planning cells and facilities: who asks for what, and who is served.",
    "sites": "Masts, hubs and cabinets in use.",
    "equipment": "Access configurations switched on; one row a beam or area where there is no site.",
    "service": "Which equipment serves which demand, with the premises' cost.",
    "existing": "Equipment that serves people today, worked out from the towers that stand.",
    "baseline": "Whom it serves.",
    "links": "Backhaul links built or used.",
    "nodes": "Ends of links.",
    "other_costs": "Items of the whole project.",
    "costs": "Every priced item behind every row.",
    "refused": "Pipes, pole lines and ducts that cannot take cable.",
}
COLUMNS = {
    "demand_id": "id of the demand row",
    "class": "target class: urban, rural, a class of facilities, sensors, community service",
    "level": "household, community, facility or iot: which service counts",
    "weight": "what the target counts: people, or 1 a facility",
    "population": "people",
    "households": "households (0 for facilities)",
    "demand_mbps": "busy-hour traffic if wholly served, Mbit/s",
    "served_share": "share served, new and today's together, 0–1",
    "baseline_share": "share served today, 0–1",
    "served_by": "equipment with the largest share",
    "technology": "catalogue id",
    "rate_mbps": "rate offered at the premises, Mbit/s",
    "name": "name from the planner's layers",
    "site_id": "id of the site; empty for service direct to premises",
    "status": "existing (the planner's own or open to all), shared (another owner's) or new",
    "node_id": "node of the backhaul",
    "backhaul": "fibre, microwave, satellite or none",
    "structure": "catalogue id of the mast, roof or cabinet",
    "power": "catalogue id of the supply",
    "height_m": "antenna above ground, m",
    "standing": "what stands on the mast today, in the words of its layer",
    "systems_limit": "radio systems that the mast takes of a tenant; empty: nothing limits them",
    "systems_added": "radio systems that the plan mounts there",
    "systems_left": "limit less what the plan adds; empty where there is no limit",
    "option_id": "id of the access configuration",
    "capacity": "in the unit beside it",
    "capacity_unit": "unit of capacity",
    "utilisation": "share of the capacity in use, 0–1",
    "load_mbps": "traffic carried in the busy hour, downlink, both directions of a link together, Mbit/s",
    "share": "share of the demand row, 0–1",
    "reach_share": "share reached, 0–1; of what serves today, at any rate",
    "reach": "aim points of the row that are reached at the required rate, a 1 or 0 each: the middle of the cell, then "
    "its south-western, north-western, south-eastern and north-eastern quarter, those inside the cell; empty where the "
    "share is spread evenly over the row",
    "capacity_used": "in the equipment's unit",
    "premises": "premises connected",
    "existing_id": "id of the standing equipment",
    "link_id": "id of the link",
    "from_node": "node at one end",
    "to_node": "node at the other end",
    "medium": "catalogue id",
    "length_m": "geodesic length, m",
    "capacity_mbps": "most that it carries, Mbit/s",
    "kind": "pop, gateway, site, junction or access-point",
    "capex": "spent at once, currency",
    "opex_per_year": "spent every year, currency a year",
    "npv": "present value over the horizon, currency",
    "layer": "layer of the row that the item belongs to",
    "row_id": "id of that row",
    "item": "what is bought",
    "category": "category of cost",
    "quantity": "how much of the unit",
    "unit": "unit of the quantity",
    "life_years": "years until it is replaced",
    "owner": "owner of the pipe, poles or duct that the link uses",
    "asset_id": "id of the pipe, line or duct",
    "reason": "first rule that it fails",
    "found": "what was found there",
}


PROBLEM_INTRO = """`summary.json` says under `problem` how large the problem was that was solved, and what was left out
of it."""


BETWEEN_INTRO = """Where operators of one scenario could pay each other (perspective `operator`), `summary.json` of the
scenario says how much they do. Its other sums, the plans of operators, the choice among offers and the saving by lever
count such payments; comparisons, reports and maps show scenarios net of them. Sums are present values."""


def outputs_page() -> str:
    """The page: a section for each layer, one for the size of the problem, one for payments between operators."""
    parts = []
    for layer, columns in LAYER_COLUMNS.items():
        kind = "" if layer in SPATIAL_LAYERS else " No geometry."
        rows = [(code(name), "text" if dtype == "str" else "number", COLUMNS[name]) for name, dtype in columns.items()]
        parts.append(f"## {layer}\n\n{LAYERS[layer]}{kind}\n\n{table(('column', 'type', 'meaning'), rows)}")
    sizes = table(("key", "meaning"), [(code(key), meaning) for key, meaning in PROBLEM.items()])
    parts.append(f"## problem in summary.json\n\n{PROBLEM_INTRO}\n\n{sizes}")
    between = table(("key", "meaning"), [(code(key), meaning) for key, meaning in MEANINGS.items()])
    parts.append(f"## {KEY} in summary.json\n\n{BETWEEN_INTRO}\n\n{between}")
    return page("Layers of a written plan", INTRO, parts)
