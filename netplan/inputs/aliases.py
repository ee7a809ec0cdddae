"""Names that other people's files use for our columns, and how their values are read. The only such place."""

from __future__ import annotations

import numpy as np
import pandas as pd

from netplan.foreign.coordinates import joined
from netplan.foreign.numbers import first_number, number

ALIASES: dict[str, tuple[str, ...]] = {
    "name": ("name", "nom", "nombre", "nome", "site_name", "village", "facility", "facility_name", "place", "label"),
    "population": ("population", "pop", "people", "inhabitants", "poblacion", "populacao", "pop_total", "total_pop"),
    "height_m": (
        "height_m",
        "height",
        "hauteur",
        "altura",
        "tower_height",
        "mast_height",
        "tower_height_m",
        "hauteur_m",
        "altura_m",
    ),
    "operator": ("operator", "owner", "operateur", "operador", "company", "network"),
    "owner": ("owner", "operator", "proprietaire", "propietario", "proprietario", "utility"),
    "max_systems": ("max_systems", "free_systems", "free_positions", "free_slots", "tenant_capacity"),
    "capacity_mbps": ("capacity_mbps", "capacity_mbit_s", "bandwidth_mbps", "mbps"),
    "rate_mbps": ("rate_mbps", "speed_mbps", "download_mbps", "downlink_mbps", "mbps"),
    "technologies": ("technologies", "technology", "tech", "techs", "generation", "generations"),
    "share": ("share", "served_share", "coverage_share", "share_served", "share_percent"),
    "diameter_mm": (
        "diameter_mm",
        "diameter",
        "dn",
        "diam",
        "diam_mm",
        "nominal_diameter",
        "diametre",
        "diametro",
        "diametre_mm",
        "diametro_mm",
    ),
    "material": ("material", "mat", "pipe_mat", "pipe_material", "materiau", "mater"),
    "lining": ("lining", "internal_lining", "coating", "revetement", "revestimiento"),
    "pressure_class_bar": ("pressure_class_bar", "pressure_class", "pn", "pressure_rating", "rated_pressure_bar"),
    "year": ("construction_year", "year", "year_built", "install_year", "installation_year", "year_installed", "annee"),
    "water": ("water", "water_type", "water_kind", "water_quality"),
    "free_bores": ("free_bores", "bores_free", "free_ducts", "spare_ducts", "free_subducts", "free"),
    "make_ready_share": ("make_ready_share", "make_ready"),
    "status": ("status", "state", "condition", "etat", "estado"),
    "kind": ("kind", "type", "class", "category"),
    "line_kind": ("kind", "type", "power", "class", "category", "line_type"),
    "voltage": ("voltage", "voltage_kv", "kv", "tension", "tensao", "voltage_v", "tension_kv"),
}
"""standard name -> accepted column names, best first; case, accents, spaces, dashes and brackets do not matter."""

DISTRIBUTION_WORDS = (
    "distribution",
    "minor line",
    "minor cable",
    "mv",
    "lv",
    "medium voltage",
    "low voltage",
    "cable lv",
)
TRANSMISSION_WORDS = ("transmission", "ehv", "extra high voltage", "tower line")
LOOSE_WORDS = ("line", "hv", "high voltage")
"""Said of lines of either kind (OSM's `line`; to an engineer all above 1 kV is high voltage): a voltage says more."""

OSM_WORDS = ("minor line", "minor cable")
OSM_COLUMNS = ("osm_id", "osm_type", "full_id")
"""What only OpenStreetMap's layers have, whose voltages are in volts."""
LOW_VOLTAGE_PAIR = r"(?:380|400|415|433)\s*/\s*(?:220|230|240|250)"
"""How low voltage is written: between two phases, and from a phase to neutral."""

NOT_STANDING = ("planned", "proposed", "construction", "abandon", "disused", "decommission", "dismantl", "demolish",
                "removed", "inactive", "non functional")  # fmt: skip
"""In the status (small letters) of what does not stand or work today."""

TRANSMISSION_FROM_KV = 60.0
"""Lines at this voltage or above stand on steel towers, not on poles."""


def find_column(frame: pd.DataFrame, standard: str) -> str | None:
    """The column of `frame` that stands for `standard`, or None."""
    known = {joined(column): str(column) for column in reversed(list(frame.columns))}
    wanted = ALIASES.get(standard, (standard,))
    return next((known[name] for name in wanted if name in known), None)


def to_number(values: pd.Series, unit: str | None = None) -> pd.Series:
    """Numbers from numbers or text (`DN 90`, `12,5 m`, `1 200`, `1,500`); NaN where there is none.

    With `unit`, a pattern: only from text that is a number with or without it, and nothing else.
    """
    if pd.api.types.is_bool_dtype(values):
        return pd.Series(np.nan, index=values.index, dtype=float)
    if pd.api.types.is_numeric_dtype(values):
        return values.astype(float)
    text = values.astype("string").fillna("")
    if unit is None:
        return pd.Series([first_number(cell) for cell in text], index=values.index, dtype=float)
    bare = text.str.replace(rf"(?i)(?<=\d)\s*(?:{unit})\s*$", "", regex=True)
    return pd.Series([number(cell) for cell in bare], index=values.index, dtype=float)


def numbers(frame: pd.DataFrame, standard: str, default: float = np.nan) -> pd.Series:
    """The standard numeric column, `default` where absent or unreadable."""
    column = find_column(frame, standard)
    if column is None:
        return pd.Series(default, index=frame.index, dtype=float)
    return to_number(frame[column]).fillna(default)


def texts(frame: pd.DataFrame, standard: str) -> pd.Series:
    """The standard text column, '' where absent."""
    column = find_column(frame, standard)
    if column is None:
        return pd.Series("", index=frame.index, dtype=object)
    return frame[column].astype("string").fillna("").str.strip().astype(object)


def stands_today(status: pd.Series) -> pd.Series:
    """Whether a status (small letters) says nothing against it: not planned, disused, removed …"""
    plain = status.str.replace(r"[\s_-]+", " ", regex=True)
    return ~plain.str.contains("|".join(NOT_STANDING), regex=True).astype(bool)


def voltage_kv(frame: pd.DataFrame) -> pd.Series:
    """Highest voltage of each line in kV (`220000;30000`, `30 kV`, `415/240 V` are all understood); NaN unknown.

    What states no unit, in its cell or the column's name, is in volts above 1,500; and from 100 on where others in the
    column are and none is below, or where the layer is OpenStreetMap's and others are or none is below.
    """
    column = find_column(frame, "voltage")
    if column is None:
        return pd.Series(np.nan, index=frame.index, dtype=float)
    cells = frame[column].astype("string").str.strip()
    parts = cells.str.split(r"[;/]", regex=True).explode()
    value = to_number(parts)
    # `415/240 V` states the unit of both
    unit = parts.str.extract(r"(?i)\d\s*((?:kilo|k)?v)", expand=False).str.lower().groupby(level=0).bfill().fillna("")
    bare, pair = unit == "", parts.index.isin(cells.index[cells.str.fullmatch(LOW_VOLTAGE_PAIR).fillna(False)])
    name = joined(column)
    # nobody builds a line above 1,500 kV, nor one of less than 100 V; 0 says nothing
    high, low = bool((bare & (value > 1500)).any()), bool((bare & (value > 0) & (value < 100)).any())
    in_volts = (high and not low) or (_of_osm(frame) and (high or not low))
    least = 99.0 if in_volts and not name.endswith("kv") else 1500.0
    volts = (unit == "v") | (bare & ((value > least) | name.endswith("_v") | pair))
    return value.where(~volts.to_numpy(bool), value / 1000).groupby(level=0).max().reindex(frame.index)


def _of_osm(frame: pd.DataFrame) -> bool:
    named = any(joined(column) in OSM_COLUMNS for column in frame.columns)
    return named or bool(_line_words(frame).isin(OSM_WORDS).any())


def _line_words(frame: pd.DataFrame) -> pd.Series:
    return texts(frame, "line_kind").str.lower().str.replace(r"[\s_-]+", " ", regex=True)


def line_kinds(frame: pd.DataFrame) -> pd.Series:
    """`distribution`, `transmission` or '' (unknown): from a clear word of a kind-like column, else from the voltage,
    else from a loose word."""
    words = _line_words(frame)
    voltage = voltage_kv(frame)
    kinds = pd.Series(np.where(words.isin(LOOSE_WORDS), "transmission", ""), index=frame.index, dtype=object)
    known = voltage.notna()
    kinds[known] = np.where(voltage[known] >= TRANSMISSION_FROM_KV, "transmission", "distribution")
    kinds[words.isin(TRANSMISSION_WORDS)] = "transmission"
    kinds[words.isin(DISTRIBUTION_WORDS)] = "distribution"
    return kinds


def access_kinds(frame: pd.DataFrame, stem: str) -> pd.Series:
    """What an access point is, in lower case: from a type-like column, else the file's name."""
    column = find_column(frame, "kind")
    if column is not None:
        found = texts(frame, "kind").str.lower()
        return found.where(found != "", stem)
    typed = sorted(str(c) for c in frame.columns if joined(c).endswith("_type"))
    if not typed:
        return pd.Series(stem, index=frame.index, dtype=object)
    thing = joined(typed[0]).removesuffix("_type")
    found = frame[typed[0]].astype("string").fillna("").str.strip().str.lower().astype(object)
    named = found.where(found.str.contains(thing, regex=False), found + f" {thing}").str.strip()
    return named.where(found != "", thing)
