"""Rules of service: targets, shares, rates, equipment, utilisation, premises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from netplan.verify.finding import Finding, differs, number, where
from netplan.verify.reading import Written

TOLERANCE = 1e-6


def check_service(written: Written) -> list[Finding]:
    """Everything that can be said from demand, service and equipment."""
    return [
        *_names(written),
        *_demand(written),
        *_shares(written),
        *_rates(written),
        *_premises(written),
        *_utilisation(written),
        *_targets(written),
        *_served_by(written),
    ]


def class_rules(written: Written) -> pd.DataFrame:
    """Per class: required rate, busy-hour load and adoption, and whether it is a facility class."""
    rules: dict[str, dict[str, Any]] = {}
    for name, level in written.project["service"].items():
        rules[name] = {**{k: level[k] for k in ("rate_mbps", "busy_hour_mbps", "adoption")}, "facility": False}
    for name, kind in written.project["demand"].get("facilities", {}).items():
        rules[name] = {
            "rate_mbps": kind["rate_mbps"],
            "busy_hour_mbps": kind["busy_hour_mbps"],
            "adoption": 1.0,
            "facility": True,
        }
    columns = ["rate_mbps", "busy_hour_mbps", "adoption", "facility"]
    return pd.DataFrame.from_dict(rules, orient="index", columns=columns)


def _by_class(written: Written) -> pd.DataFrame:
    """The rules of each demand row's class, by demand id."""
    demand = written.demand.drop_duplicates("demand_id")
    return class_rules(written).reindex(demand["class"]).set_axis(demand["demand_id"], axis=0)


def _premises_of(written: Written) -> pd.Series:
    """Premises of each demand row if wholly served: households × adoption, or one for a facility."""
    demand, rules = written.demand.drop_duplicates("demand_id"), _by_class(written)
    facility = rules["facility"].fillna(False).to_numpy(bool)
    homes = demand["households"].to_numpy(float) * rules["adoption"].to_numpy(float)
    return pd.Series(np.where(facility, 1.0, homes), index=rules.index)


def _service_id(written: Written) -> pd.Series:
    return written.service["demand_id"] + "|" + written.service["option_id"]


def _names(written: Written) -> list[Finding]:
    """Every name in one layer is a row of the other."""
    service, equipment = written.service, written.equipment
    ids = _service_id(written)
    sited = equipment["site_id"] != ""
    technologies = set(written.catalogue.get("technologies", {}))
    return [
        *where(~service["option_id"].isin(equipment["option_id"]), "equipment", "service", ids, service["option_id"],
               "an option of the layer equipment"),
        *where(~service["demand_id"].isin(written.demand["demand_id"]), "demand", "service", ids,
               service["demand_id"], "a row of the layer demand"),
        *where(sited & ~equipment["site_id"].isin(written.sites["site_id"]), "equipment-site", "equipment",
               equipment["option_id"], equipment["site_id"], "a site of the layer sites"),
        *where(~equipment["technology"].isin(technologies), "catalogue", "equipment", equipment["option_id"],
               equipment["technology"], "a technology of resolved.yaml"),
        *where(~written.demand["class"].isin(class_rules(written).index), "demand", "demand",
               written.demand["demand_id"], written.demand["class"], "a class of the project"),
    ]  # fmt: skip


def _demand(written: Written) -> list[Finding]:
    """Weights, households and load follow from people and the project's figures."""
    demand = written.demand.drop_duplicates("demand_id")
    rules = _by_class(written)
    facility = rules["facility"].fillna(False).to_numpy(bool)
    size = float(written.project["demand"]["household_size"])
    weight = np.where(facility, 1.0, demand["population"].to_numpy(float))
    homes = np.where(facility, 0.0, demand["population"].to_numpy(float) / size)
    load = _premises_of(written).to_numpy() * rules["busy_hour_mbps"].to_numpy(float)
    ids = demand["demand_id"]
    return [
        *where(differs(demand["weight"], weight), "demand", "demand", ids, demand["weight"], weight),
        *where(differs(demand["households"], homes), "demand", "demand", ids, demand["households"], homes),
        *where(differs(demand["demand_mbps"], load), "demand", "demand", ids, demand["demand_mbps"], load),
    ]


def _shares(written: Written) -> list[Finding]:
    """Shares lie in [0, 1]; with the baseline a row is served at most once; served_share is the sum."""
    demand, service = written.demand.drop_duplicates("demand_id"), written.service
    ids, name = _service_id(written), demand["demand_id"]
    new = service.groupby("demand_id")["share"].sum().reindex(name).fillna(0.0).to_numpy(float)
    whole = demand["baseline_share"].to_numpy(float) + new
    outside = (service["share"] < 0) | (service["share"] > 1 + TOLERANCE)
    bad_base = (demand["baseline_share"] < 0) | (demand["baseline_share"] > 1 + TOLERANCE)
    served = demand["served_share"]
    return [
        *where(outside, "share", "service", ids, service["share"], "a share in [0, 1]"),
        *where(bad_base, "share", "demand", name, demand["baseline_share"], "a share in [0, 1]"),
        *where(whole > 1 + TOLERANCE, "share", "demand", name, whole, "at most 1, baseline included"),
        *where(differs(served, np.minimum(whole, 1)), "served-share", "demand", name, served, np.minimum(whole, 1)),
    ]


def _rates(written: Written) -> list[Finding]:
    """Who is served gets at least the rate of the class."""
    service = written.service
    need = _by_class(written)["rate_mbps"].reindex(service["demand_id"]).to_numpy(float)
    short = ~(service["rate_mbps"].to_numpy(float) >= need * (1 - TOLERANCE))
    return where(short, "rate", "service", _service_id(written), service["rate_mbps"], need)


def _premises(written: Written) -> list[Finding]:
    """Premises connected are share × premises of the row, and premises costs are for as many."""
    service, costs = written.service, written.costs
    ids = _service_id(written)
    due = service["share"].to_numpy(float) * _premises_of(written).reindex(service["demand_id"]).to_numpy(float)
    paid = costs[costs["layer"] == "service"]
    premises = pd.Series(service["premises"].to_numpy(), index=ids).groupby(level=0).first().reindex(paid["row_id"])
    return [
        *where(differs(service["premises"], due), "premises", "service", ids, service["premises"], due),
        *where(differs(paid["quantity"], premises), "premises", "costs", paid["row_id"], paid["quantity"], premises),
    ]


def _utilisation(written: Written) -> list[Finding]:
    """Equipment is as full as its service rows make it, at most full, and carries their load."""
    equipment, service = written.equipment, written.service
    ids = equipment["option_id"]
    mbps = written.demand.drop_duplicates("demand_id").set_index("demand_id")["demand_mbps"]
    load = service["share"] * mbps.reindex(service["demand_id"]).to_numpy(float)
    sums = service.assign(load=load).groupby("option_id")[["capacity_used", "load"]].sum().reindex(ids).fillna(0.0)
    capacity = equipment["capacity"].to_numpy(float)
    used = sums["capacity_used"].to_numpy(float)
    full = np.where(np.isfinite(capacity), np.divide(used, capacity, out=np.zeros(len(ids)), where=capacity > 0), 0.0)
    full = np.where((capacity <= 0) & (used > 0), np.inf, full)
    negative = service["capacity_used"] < 0
    found, carried = equipment["utilisation"], equipment["load_mbps"]
    return [
        *where(differs(found, full), "utilisation", "equipment", ids, found, full),
        *where(full > 1 + TOLERANCE, "capacity", "equipment", ids, full, "utilisation of at most 1"),
        *where(differs(carried, sums["load"]), "load", "equipment", ids, carried, sums["load"]),
        *where(negative, "capacity", "service", _service_id(written), service["capacity_used"], "at least 0"),
    ]


def achieved(written: Written) -> pd.DataFrame:
    """Per class: total weight, weight served (baseline included) and weight of the baseline, re-added."""
    demand, service = written.demand, written.service
    new = service.groupby("demand_id")["share"].sum().reindex(demand["demand_id"]).fillna(0.0).to_numpy(float)
    base = demand["baseline_share"].to_numpy(float)
    weight = demand["weight"].to_numpy(float)
    frame = pd.DataFrame(
        {"class": demand["class"], "total": weight, "served": weight * np.minimum(1, base + new), "base": weight * base}
    )
    return frame.groupby("class").sum()


def _targets(written: Written) -> list[Finding]:
    """Every target is met; a lexicographic plan may fall short by what it declares, no more."""
    sums = achieved(written)
    declared = written.summary.get("shortfall") or {}
    findings = []
    for name, target in sorted(written.project["targets"].items()):
        total, served = (sums.loc[name, ["total", "served"]]) if name in sums.index else (0.0, 0.0)
        missing = target * total - served
        if missing <= TOLERANCE * max(1.0, total):
            continue
        told = abs(declared.get(name, 0.0) - missing) <= 1e-4 * max(1.0, missing)
        if written.summary["mode"] == "lexicographic" and told:
            continue
        findings.append(Finding("target", "demand", str(name), f"{number(served)} of {number(total)}", f"{target:.6g}"))
    return findings


def _served_by(written: Written) -> list[Finding]:
    """`served_by`, `technology` and `rate_mbps` are those of the largest share; empty where nothing new serves."""
    demand = written.demand.drop_duplicates("demand_id")
    service = written.service.drop_duplicates(["demand_id", "option_id"])
    largest = service.groupby("demand_id")["share"].max().reindex(demand["demand_id"]).to_numpy(float)
    pair = pd.MultiIndex.from_frame(demand[["demand_id", "served_by"]])
    row = service.set_index(["demand_id", "option_id"]).reindex(pair)
    technology = written.equipment.drop_duplicates("option_id").set_index("option_id")["technology"]
    of = technology.reindex(demand["served_by"]).fillna("").to_numpy(object)
    wrong = differs(row["share"], largest) | (of != demand["technology"].to_numpy(object))
    wrong |= differs(row["rate_mbps"], demand["rate_mbps"])
    wrong |= np.isnan(largest) & (demand["served_by"] != "").to_numpy()
    want = "the option of the largest share"
    return where(wrong, "served-by", "demand", demand["demand_id"], demand["served_by"], want)
