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
        *_levels(written),
        *_premises(written),
        *_utilisation(written),
        *_targets(written),
        *_served_by(written),
    ]


def class_rules(written: Written) -> pd.DataFrame:
    """Per class: required rate, busy-hour load, adoption, `kind` (people, community, facility, sensors) and `level`."""
    project = written.project
    columns = ["rate_mbps", "busy_hour_mbps", "adoption", "kind", "level"]

    def rule(spec: dict[str, Any], kind: str, level: str) -> dict[str, Any]:
        return {**{k: spec.get(k, 1.0) for k in columns[:3]}, "kind": kind, "level": level}

    rules = {name: rule(spec, "people", "household") for name, spec in project["service"].items()}
    if project.get("community"):
        shared = {f"community_{name}": rule(project["community"], "community", "community") for name in rules}
        rules |= shared
    for name, spec in (project["demand"].get("facilities") or {}).items():
        rules[name] = rule({k: spec[k] for k in columns[:2]}, "facility", "community")
    sensors = project["demand"].get("sensors")
    if sensors:
        rules["sensors"] = rule({k: sensors[k] for k in columns[:2]}, "sensors", "iot")
    return pd.DataFrame.from_dict(rules, orient="index", columns=columns)


def _by_class(written: Written) -> pd.DataFrame:
    """The rules of each demand row's class, by demand id."""
    demand = written.distinct("demand")
    return class_rules(written).reindex(demand["class"]).set_axis(demand["demand_id"], axis=0)


def _premises_of(written: Written) -> pd.Series:
    """Premises of each demand row if wholly served: households × adoption; one for a facility; the sensors."""
    demand, rules = written.distinct("demand"), _by_class(written)
    kind, adoption = rules["kind"].to_numpy(object), rules["adoption"].to_numpy(float)
    size = float(written.project["demand"]["household_size"])
    weight = demand["weight"].to_numpy(float)
    homes = demand["households"].to_numpy(float) * adoption
    users = weight / size * adoption
    found = np.select([kind == "facility", kind == "sensors", kind == "community"], [1.0, weight, users], homes)
    # a party plans for its share of the subscribers
    return pd.Series(found * float(written.project.get("market_share") or 1.0), index=rules.index)


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
    """Weights, households, load and level follow from people and the project's figures."""
    demand = written.distinct("demand")
    rules = _by_class(written)
    kind = rules["kind"].fillna("").to_numpy(object)
    size = float(written.project["demand"]["household_size"])
    people = demand["population"].to_numpy(float)
    twin = demand["demand_id"].str.replace("community-", "cell-", n=1, regex=False)
    cells = demand.set_index("demand_id")
    shared = cells["population"].reindex(twin).to_numpy(float)
    twin_class = "community_" + cells["class"].reindex(twin).fillna("").to_numpy(object)
    weight = np.select([kind == "facility", kind == "community"], [1.0, shared], people)
    weight = np.where(kind == "sensors", np.maximum(np.round(demand["weight"].to_numpy(float)), 1.0), weight)
    homes = np.where(kind == "people", people / size, 0.0)
    load = _premises_of(written).to_numpy() * rules["busy_hour_mbps"].to_numpy(float)
    level = rules["level"].fillna("").to_numpy(object)
    ids = demand["demand_id"]
    odd = (kind == "community") & (demand["class"].to_numpy(object) != twin_class)
    counted = (kind != "people") & (people != 0)
    return [
        *where(differs(demand["weight"], weight), "demand", "demand", ids, demand["weight"], weight),
        *where(differs(demand["households"], homes), "demand", "demand", ids, demand["households"], homes),
        *where(differs(demand["demand_mbps"], load), "demand", "demand", ids, demand["demand_mbps"], load),
        *where(demand["level"].to_numpy(object) != level, "demand", "demand", ids, demand["level"], level),
        *where(odd, "demand", "demand", ids, demand["class"], twin_class),
        *where(counted, "demand", "demand", ids, people, "people in cells of people only: nobody counts twice"),
    ]


def _shares(written: Written) -> list[Finding]:
    """Shares lie in [0, 1]; with the baseline a row is served at most once; served_share is the sum."""
    demand, service = written.distinct("demand"), written.service
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


def serves(written: Written, technology: str) -> list[str]:
    """Levels of service that a technology counts for, as the catalogue entry in the settings says."""
    return list(written.entry("technologies", technology).get("serves", ()))


def _levels(written: Written) -> list[Finding]:
    """Household targets count household service only, sensors are served by what serves sensors."""
    service = written.service
    technology = written.by_id("equipment")["technology"]
    of = technology.reindex(service["option_id"]).fillna("").to_numpy(object)
    level = _by_class(written)["level"].reindex(service["demand_id"]).fillna("").to_numpy(object)
    wrong = [bool(t) and a not in serves(written, t) for a, t in zip(level, of, strict=True)]
    want = [f"a technology that serves {a}" for a in level]
    return where(wrong, "level", "service", _service_id(written), of, want)


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
    mbps = written.by_id("demand")["demand_mbps"]
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
    """Every target is met; a lexicographic plan within a budget may fall short by what it declares, no more."""
    sums = achieved(written)
    # The settings must state the budget: the summary's word alone would excuse any shortfall.
    may_fall_short = written.summary["mode"] == "lexicographic" and written.project.get("budget") is not None
    declared = written.summary.get("shortfall") or {}
    findings = []
    for name, target in sorted(written.project["targets"].items()):
        total, served = (sums.loc[name, ["total", "served"]]) if name in sums.index else (0.0, 0.0)
        missing = target * total - served
        if missing <= TOLERANCE * max(1.0, total):
            continue
        told = abs(declared.get(name, 0.0) - missing) <= 1e-4 * max(1.0, missing)
        if may_fall_short and told:
            continue
        found, want = f"{number(served)} of {number(total)} served", f"{number(target * total)} ({target:.6g} of all)"
        findings.append(Finding("target", "demand", str(name), found, f"at least {want}"))
    return findings


def _served_by(written: Written) -> list[Finding]:
    """`served_by`, `technology` and `rate_mbps` are those of the largest share; empty where nothing new serves."""
    demand = written.distinct("demand")
    service = written.distinct("service")
    largest = service.groupby("demand_id")["share"].max().reindex(demand["demand_id"]).to_numpy(float)
    pair = pd.MultiIndex.from_frame(demand[["demand_id", "served_by"]])
    row = service.set_index(["demand_id", "option_id"]).reindex(pair)
    technology = written.by_id("equipment")["technology"]
    of = technology.reindex(demand["served_by"]).fillna("").to_numpy(object)
    wrong = differs(row["share"], largest) | (of != demand["technology"].to_numpy(object))
    wrong |= differs(row["rate_mbps"], demand["rate_mbps"])
    wrong |= np.isnan(largest) & (demand["served_by"] != "").to_numpy()
    want = "the option of the largest share"
    return where(wrong, "served-by", "demand", demand["demand_id"], demand["served_by"], want)
