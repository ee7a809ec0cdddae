"""Rules of the layer `refused`: what takes no cable, for a reason that the catalogue gives and the layer bears out."""

from __future__ import annotations

import re
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from netplan.verify.finding import Finding, differs, where
from netplan.verify.pipes import fit_pipes
from netplan.verify.place import planning_area
from netplan.verify.reading import Written
from netplan.verify.water import read_pipes

LAYER = "refused"
NEAR_M = 1.0
LEFT_OUT_M = 2.0
"""Length of pipe that may go missing where lines are cut and coordinates rounded."""
Entry = dict[str, Any]
FORMS = {"diameter_mm": "{:g} mm", "pressure_class_bar": "{:g} bar", "year": "built {:.0f}"}
"""Column of pipes -> how what was found in it is written."""
STARTS = {
    "narrower than": "diameter_mm", "diameter": "diameter_mm", "pressure class": "pressure_class_bar",
    "older than": "year", "year": "year", "material": "material", "lining": "lining", "no medium for": "water",
}  # fmt: skip
"""How a reason begins -> the column that it speaks of."""


def check_refused(written: Written) -> list[Finding]:
    """Each row has the length of its line, and a reason that is one of its medium's rules for what was found.

    Of water pipes, what was found and the owner are what the layer says there, and every pipe inside the planning area
    that may not take cable is told. The settings hold the entries of media that the plan builds, so the reasons of
    others are not audited; nor are the reader's own numbers of assets.
    """
    frame = written.refused
    ids = frame["medium"] + ": " + frame["asset_id"]
    length = shapely.length(frame.geometry.to_numpy())
    wrong = differs(frame["length_m"], length, 1e-6, 1e-3)
    findings = where(wrong, "refused", LAYER, ids + ": length_m", frame["length_m"], length)
    again = frame.duplicated(["medium", "asset_id"])
    findings += where(again, "refused", LAYER, ids, ["the asset twice"] * len(frame), "each once for a medium")
    for medium, rows in frame.groupby("medium"):
        entry = written.entry("media", str(medium))
        if not entry:
            continue
        holds = [_holds(written, entry, why, what) for why, what in zip(rows["reason"], rows["found"], strict=True)]
        said = rows["reason"] + ", " + rows["found"]
        names = rows["medium"] + ": " + rows["asset_id"]
        findings += where(np.logical_not(holds), "refused", LAYER, names, said, "a rule of the medium that it breaks")
        if entry.get("kind") == "pipe":
            findings += _pipes(written, entry, rows)
    return [*findings, *_untold(written, frame)]


def _holds(written: Written, entry: Entry, reason: str, found: str) -> bool:
    """Whether what was found breaks the rule that the reason names."""
    limits: Entry = entry.get("eligibility") or {}
    figure = re.search(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", found)
    value = float(figure[0]) if figure else np.nan
    least = {
        "narrower than {:g} mm": entry.get("min_diameter_mm"),
        "pressure class below {:g} bar": limits.get("min_pressure_class_bar"),
        "fewer than {:g} free bores": limits.get("min_free_bores"),
    }
    for form, limit in least.items():
        if limit is not None and reason == form.format(float(limit["value"])):
            return value < float(limit["value"])
    age = limits.get("max_age_years")
    if age is not None and reason == f"older than {float(age['value']):g} years":
        return value < float(written.economics["price_year"]) - float(age["value"])
    return _unstated(entry, reason, found) or _worded(entry, reason, found)


def _unstated(entry: Entry, reason: str, found: str) -> bool:
    """Whether the reason is that the layer does not say what the medium's rules ask."""
    limits: Entry = entry.get("eligibility") or {}
    asked = {
        "diameter unknown": ("diameter", entry.get("min_diameter_mm")),
        "material unknown": ("material", entry.get("materials")),
        "lining unknown": ("lining", limits.get("refused_linings")),
        "pressure class unknown": ("pressure", limits.get("min_pressure_class_bar")),
        "year of construction unknown": ("year", limits.get("max_age_years")),
        "free bores unknown": ("bores", limits.get("min_free_bores")),
    }
    criterion, rule = asked.get(reason, ("", None))
    usual = "refuse" if criterion in ("diameter", "material") else "accept"
    return bool(rule) and not found and (limits.get("unstated") or {}).get(criterion, usual) == "refuse"


def _worded(entry: Entry, reason: str, found: str) -> bool:
    """Whether a word that was found is one that the rules refuse for this reason."""
    limits: Entry = entry.get("eligibility") or {}
    if reason == "material not suited":
        return bool(found) and found.upper() not in [str(name).upper() for name in entry.get("materials") or ()]
    if reason == "no medium for this water":
        return found not in (limits.get("water") or ("potable", "raw"))
    inside = {**(limits.get("refused_status") or {}), **(limits.get("refused_linings") or {})}
    refused = {str(name).upper(): why for name, why in (limits.get("refused_materials") or {}).items()}
    return refused.get(found.upper()) == reason or any(
        why == reason and str(word).casefold() in found.casefold() for word, why in inside.items()
    )


def _pipes(written: Written, entry: Entry, rows: gpd.GeoDataFrame) -> list[Finding]:
    """What was found, where the reason says, and the owner are those of one pipe there."""
    pipes, unread = read_pipes(written)
    if unread or pipes.empty:
        return []  # told by the rules of pipes
    spots = shapely.line_interpolate_point(_longest(rows.geometry.to_numpy()), 0.5, normalized=True)
    row, pipe = shapely.STRtree(pipes.geometry.to_numpy()).query(spots, predicate="dwithin", distance=NEAR_M)
    found = rows["found"].str.casefold().to_numpy(object)
    where_found = np.array([_column(entry, reason) for reason in rows["reason"]], dtype=object)
    reads = {name: _cells(pipes, name) for name in {*where_found} if name}
    owner, whose = rows["owner"].to_numpy(object), pipes["owner"].to_numpy(object)
    true = np.zeros(len(rows), bool)
    for at, near in zip(row, pipe, strict=True):
        same = where_found[at] != "" and reads[where_found[at]][near] == found[at] and whose[near] == owner[at]
        true[at] = true[at] or same
    said = rows["reason"] + ", " + rows["found"] + ", owner " + rows["owner"]
    ids = rows["medium"] + ": " + rows["asset_id"]
    return where(~true, "refused", LAYER, ids, said, "what the layer says of a pipe there")


def _untold(written: Written, frame: gpd.GeoDataFrame) -> list[Finding]:
    """No pipe inside the area that may take no cable is kept quiet, by any medium that the plan pulls through pipes."""
    findings: list[Finding] = []
    for medium in sorted(set(written.links["medium"])):
        entry = written.entry("media", str(medium))
        pipes, unread = read_pipes(written) if entry.get("kind") == "pipe" else (None, [])
        if pipes is None or unread:
            continue
        unfit = ~fit_pipes(entry, pipes, int(written.economics["price_year"]))
        # pipes of other water may be meant for another medium, which is then the one to refuse them
        waters = (entry.get("eligibility") or {}).get("water") or ("potable", "raw")
        unfit &= pipes["water"].isin(waters).to_numpy(bool)
        inside = shapely.intersection(pipes.geometry.to_numpy()[unfit], planning_area(written)[0])
        told = shapely.buffer(shapely.union_all(frame.geometry[frame["medium"] == medium].to_numpy()), NEAR_M)
        shapely.prepare(told)
        lost = [0.0 if shapely.covers(told, line) else float(shapely.difference(line, told).length) for line in inside]
        ids = [f"{medium}: pipe {number + 1} of the layer" for number in np.flatnonzero(unfit)]
        findings += where(np.array(lost) > LEFT_OUT_M, "refused", LAYER, ids, lost, "no metre that is not told")
    return findings


def _longest(lines: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """The longest part of each line."""
    parts = (shapely.get_parts([line]) for line in lines)
    return np.array([of[int(np.argmax(shapely.length(of)))] for of in parts], dtype=object)


def _column(entry: Entry, reason: str) -> str:
    """The column of pipes that a reason speaks of; '' for a reason that is none."""
    limits: Entry = entry.get("eligibility") or {}
    for start, column in STARTS.items():
        if reason.startswith(start):
            return column
    for key, column in (("refused_status", "status"), ("refused_linings", "lining"), ("refused_materials", "material")):
        if reason in (limits.get(key) or {}).values():
            return column
    return ""


def _cells(pipes: gpd.GeoDataFrame, column: str) -> npt.NDArray[np.object_]:
    """What the refusals would say that they found in a column, in small letters; '' where it is not stated."""
    if column not in FORMS:
        return np.asarray(pipes[column].astype(str).str.strip().str.casefold().to_numpy(object), dtype=object)
    values = pipes[column].to_numpy(float)
    return np.array(["" if np.isnan(value) else FORMS[column].format(value) for value in values], dtype=object)
