"""The layers of `plan.gpkg`: columns, what stands in them, and all that is not so."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely
from geopandas.array import GeometryDtype

from netplan.verify.finding import Finding

MONEY = "capex opex_per_year npv"
COLUMNS = {
    "demand": "demand_id class level weight population households demand_mbps served_share baseline_share served_by"
    " technology rate_mbps geometry",
    "sites": f"site_id status node_id backhaul structure power height_m systems_limit systems_added"
    f" systems_left {MONEY} geometry",
    "equipment": f"option_id site_id technology capacity capacity_unit utilisation load_mbps {MONEY} geometry",
    "service": f"demand_id option_id share reach_share reach rate_mbps capacity_used premises {MONEY}",
    "existing": "existing_id technology capacity capacity_unit utilisation geometry",
    "baseline": "demand_id existing_id technology rate_mbps share reach_share reach capacity_used",
    "links": f"link_id from_node to_node medium status length_m capacity_mbps load_mbps {MONEY} geometry",
    "nodes": "node_id kind geometry",
    "other_costs": f"item {MONEY}",
    "costs": f"layer row_id item category quantity unit life_years {MONEY}",
    "refused": "asset_id medium reason found owner length_m geometry",
    "viability": "demand_id class name verdict affordable people premises arpu_per_month revenue_npv cost_npv gap_npv"
    " subsidy_npv subsidy_per_premises break_even_arpu price_share_of_income geometry",
}
MAY_BE_ABSENT = {"nodes": "capacity_mbps", "links": "owner", "demand": "name"}
"""Columns that not every plan has, which are audited where they are."""
TEXT_COLUMNS = (
    "demand_id class level served_by existing_id technology site_id status node_id backhaul structure power option_id"
    " reach capacity_unit link_id from_node to_node medium kind item layer row_id category unit name verdict affordable"
    " asset_id reason found owner"
)
TEXT = set(TEXT_COLUMNS.split())
EMPTY_COLUMNS = (
    "capacity capacity_mbps systems_limit systems_left life_years rate_mbps subsidy_per_premises break_even_arpu"
    " price_share_of_income"
)
MAY_BE_EMPTY = set(EMPTY_COLUMNS.split())
"""Columns of numbers that say by nothing that there is no limit, no end or no such figure."""
KEYS = {
    "demand": ["demand_id"],
    "sites": ["site_id"],
    "equipment": ["option_id"],
    "service": ["demand_id", "option_id"],
    "existing": ["existing_id"],
    "baseline": ["demand_id", "existing_id", "technology"],
    "links": ["link_id"],
    "nodes": ["node_id"],
    "other_costs": ["item"],
    "viability": ["demand_id"],
}
SPATIAL = [name for name, columns in COLUMNS.items() if "geometry" in columns.split()]
SHAPES = {
    **dict.fromkeys(("sites", "equipment", "existing", "nodes"), ("Point",)),
    **dict.fromkeys(("links", "refused"), ("LineString", "MultiLineString")),
}
"""Layer -> kinds of geometry that it may hold; those of places may be of any."""
APART = "_share_alike"
"""Rows under share-alike licences stand in a layer of this name's end beside the one that they belong to."""
LARGEST = 1e300
UNREADABLE = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.GeometryError,
    shapely.errors.ShapelyError,
    sqlite3.Error,
)
"""What reading a package that is none may raise."""


def read_layers(path: Path) -> tuple[dict[str, Any], list[Finding]]:
    """Every layer with its columns, text as text ('' for missing) and numbers as numbers (NaN for missing).

    Findings tell of missing layers and columns, repeated or empty ids, text in place of numbers and missing geometry.

    Raises:
        one of UNREADABLE: the file is no package of layers.
    """
    layers: dict[str, Any] = {}
    findings: list[Finding] = []
    listed = {str(name) for name in pyogrio.list_layers(path)[:, 0]}
    for name in COLUMNS:
        if name not in listed:
            findings.append(Finding("layers", name, "", "no such layer", "the layer"))
            continue
        parts = [name, *([name + APART] if name + APART in listed else [])]
        frame = pd.concat([pyogrio.read_dataframe(path, layer=part) for part in parts], ignore_index=True)
        rows = _rows(path, parts)
        if rows != len(frame):  # GDAL reads as many as the package says that there are
            findings.append(Finding("layers", name, "", f"{len(frame)} rows that programs read", f"all {rows}"))
        layers[name], more = typed(name, frame)
        findings += more
    return layers, findings


def _rows(path: Path, layers: list[str]) -> int:
    """Rows in the tables of layers, whatever the package says of their number."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as package:
        quoted = (layer.replace('"', '""') for layer in layers)
        return sum(int(package.execute(f'SELECT COUNT(*) FROM "{layer}"').fetchone()[0]) for layer in quoted)


def typed(name: str, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """The layer with the types of its columns, and the columns that it lacks or else the cells that are not of them."""
    absent = [column for column in COLUMNS[name].split() if column not in frame]
    if absent:
        return frame, [Finding("layers", name, column, "no such column", "the column") for column in absent]
    if name in SPATIAL and not isinstance(frame["geometry"].dtype, GeometryDtype):
        return frame, [Finding("layers", name, "geometry", "a column that is no geometry", "the layer's geometry")]
    columns = [*COLUMNS[name].split(), *(c for c in MAY_BE_ABSENT.get(name, "").split() if c in frame)]
    cells = {column: frame[column].to_numpy(dtype=object) for column in columns if column != "geometry"}
    given = {column: ~pd.isna(values) for column, values in cells.items()}
    findings: list[Finding] = []
    made: dict[str, Any] = {
        column: np.array(
            [str(value) if there else "" for value, there in zip(cells[column], given[column], strict=True)], object
        )
        for column in cells
        if column in TEXT
    }
    rows = made[columns[0]]

    def tell(wrong: npt.NDArray[np.bool_], found: str, expected: str) -> None:
        findings.extend(Finding("layers", name, row, found, expected) for row in rows[wrong])

    for column in (c for c in cells if c not in TEXT):
        numbers = np.asarray(pd.to_numeric(frame[column], errors="coerce"), float)
        made[column] = numbers
        words = given[column] & np.isnan(numbers)
        tell(words, f"text in {column}", "a number")
        if column not in MAY_BE_EMPTY:
            tell(~words & ~(np.abs(numbers) <= LARGEST), f"no number in {column}", "a number")
    table = frame.assign(**{c: pd.Series(v, frame.index, dtype=v.dtype) for c, v in made.items()})
    if name in KEYS:
        tell(rows == "", f"nothing in {KEYS[name][0]}", "an id")
        again = table.duplicated(KEYS[name])
        for row in table.loc[again, KEYS[name]].itertuples(index=False, name=None) if again.any() else ():
            findings.append(Finding("layers", name, "|".join(map(str, row)), "the id twice", "each id once"))
    if name in SPATIAL:
        shapes = frame["geometry"].to_numpy()
        bare = shapely.is_missing(shapes) | shapely.is_empty(shapes)
        tell(bare, "no geometry", "a geometry")
        if name in SHAPES:
            kinds = [getattr(shapely.GeometryType, kind.upper()) for kind in SHAPES[name]]
            other = ~bare & ~np.isin(shapely.get_type_id(shapes), kinds)
            tell(other, "another kind of geometry", f"a {' or a '.join(SHAPES[name])}")
    return table, findings
