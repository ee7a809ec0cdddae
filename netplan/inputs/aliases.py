"""Names that other people's files use for our columns, and how their values are read. The only such place."""

from __future__ import annotations

import numpy as np
import pandas as pd

from netplan.foreign.coordinates import joined

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
    "share": ("share", "served_share", "coverage_share", "share_served"),
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

DISTRIBUTION_WORDS = ("distribution", "minor_line", "mv", "lv", "medium voltage", "low voltage", "cable_lv")
TRANSMISSION_WORDS = ("transmission", "line", "hv", "ehv", "high voltage", "tower_line")

TRANSMISSION_FROM_KV = 60.0
"""Lines at this voltage or above stand on steel towers, not on poles."""


def find_column(frame: pd.DataFrame, standard: str) -> str | None:
    """The column of `frame` that stands for `standard`, or None."""
    known = {joined(column): str(column) for column in reversed(list(frame.columns))}
    wanted = ALIASES.get(standard, (standard,))
    return next((known[name] for name in wanted if name in known), None)


def to_number(values: pd.Series) -> pd.Series:
    """Numbers from numbers or text (`DN 90`, `12,5 m`, `1 200`, `1,500`); NaN where there is none."""
    if pd.api.types.is_bool_dtype(values):
        return pd.Series(np.nan, index=values.index, dtype=float)
    if pd.api.types.is_numeric_dtype(values):
        return values.astype(float)
    text = values.astype("string").str.strip().str.replace(r"(?<=\d)[\s\u00a0](?=\d{3}\b)", "", regex=True)
    text = text.str.replace(r"(?<=\d),(?=\d{3}\b)", "", regex=True).str.replace(",", ".", regex=False)
    number = text.str.extract(r"([-+]?\d*\.?\d+(?:[eE][-+]?\d+)?)", expand=False)
    return pd.Series(pd.to_numeric(number, errors="coerce").to_numpy(float, na_value=np.nan), index=values.index)


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


def voltage_kv(frame: pd.DataFrame) -> pd.Series:
    """Highest voltage of each line in kV (`220000;30000` and `30 kV` are both understood); NaN unknown."""
    column = find_column(frame, "voltage")
    if column is None:
        return pd.Series(np.nan, index=frame.index, dtype=float)
    parts = frame[column].astype("string").str.split(r"[;/]", regex=True).explode()
    highest = to_number(parts).groupby(level=0).max().reindex(frame.index)
    # nobody builds a line above 1,500 kV: such a number is in volts
    return highest.where(~(highest > 1500), highest / 1000)


def line_kinds(frame: pd.DataFrame) -> pd.Series:
    """`distribution`, `transmission` or '' (unknown), from a kind-like column, else from the voltage."""
    words = texts(frame, "line_kind").str.lower()
    kinds = pd.Series("", index=frame.index, dtype=object)
    voltage = voltage_kv(frame)
    kinds[voltage.notna()] = np.where(voltage[voltage.notna()] >= TRANSMISSION_FROM_KV, "transmission", "distribution")
    # an exact word beats the voltage, but OSM's loose `line` does not
    kinds[words.isin(TRANSMISSION_WORDS) & ((kinds == "") | (words == "transmission"))] = "transmission"
    kinds[words.isin(DISTRIBUTION_WORDS) & ((kinds == "") | (words == "distribution"))] = "distribution"
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
