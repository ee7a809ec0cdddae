"""Rules of operators: shares, multiplied prices, agreements of one plan; and the sum of the plans of a scenario."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from netplan.verify.between import check_between
from netplan.verify.finding import Finding, number
from netplan.verify.reading import Written
from netplan.verify.settings_shape import Settings
from netplan.verify.shape import Table, misshapen
from netplan.verify.summary_shape import Summary
from netplan.verify.sums import check_sums
from netplan.yamltext import YAMLError, load_yaml

RELATIVE = 1e-5
OWN_COSTS = ("premises", "coordination")
TIMES = re.compile(r"([\d.e+-]+) × ([\d.]+): \d+ operators")


def check_party(written: Written) -> list[Finding]:
    """The plan of a party: its share, the multiplied prices of its catalogue, the agreements that it pays."""
    if written.party is None:
        return []
    names = {each["name"]: float(each["share"]) for each in written.project.get("operators") or []}
    mine = [str(name) for name in written.party["operators"]]
    findings = [
        Finding("party", "resolved.yaml", "party.operators", name, "an operator of the project")
        for name in mine
        if name not in names
    ]
    if findings:
        return findings
    due = min(1.0, sum(names[name] for name in mine))
    if _multiplied_alone(written.project) and len(mine) == 1:
        due = sum(names.values()) / len(names)
    stated = float(written.project.get("market_share") or 0.0)
    if not np.isclose(stated, due, rtol=1e-9):
        findings.append(Finding("party", "resolved.yaml", "project.market_share", number(stated), number(due)))
    opened = {*written.project.get("sharing", []), *written.project.get("impose", [])}
    findings += [
        Finding("lever", "resolved.yaml", "party.levers", str(key), "a lever that the scenario opens")
        for key in written.party["levers"]
        if key not in opened
    ]
    shares = [names[name] for name in mine]
    findings += _multiplied(written, len(mine) - 1)
    return [*findings, *_agreements(written, shares), *_joined(written, shares)]


def _multiplied_alone(project: Mapping[str, Any]) -> bool:
    """One plan stands for those of all operators alone, each at the mean of their shares."""
    return project.get("operators_alone") == "multiplied" and len(project.get("operators") or []) > 1


def _models(written: Written) -> list[dict[str, Any]]:
    return [written.entry("levers", key).get("tenancy") or {} for key in (written.party or {})["levers"]]


def _multiplied(written: Written, further: int) -> Iterator[Finding]:
    """Each cost line costs 1 + increment × further operators times what its note says it cost for one.

    Technologies that stand today and that the plan switches on nowhere keep the price of one operator.
    """
    built = set(written.equipment["technology"])
    lowest: dict[str, float] = {}
    for model in _models(written):
        for category, quantity in (model.get("increments") or {}).items():
            lowest[category] = min(lowest.get(category, 1.0), float(quantity["value"]))
    for group in ("structures", "power", "media", "technologies"):
        for key, entry in written.catalogue.get(group, {}).items():
            if group == "technologies" and key not in built:
                continue
            for line in entry.get("costs") or []:
                if line["category"] in OWN_COSTS:
                    continue
                factor = 1.0 + lowest.get(line["category"], 1.0) * further
                for field in ("capex", "opex_per_year"):
                    yield from _one_price(line.get(field), factor, f"{group}.{key}: {line['item']}: {field}")


def _one_price(quantity: dict[str, Any] | None, factor: float, place: str) -> Iterator[Finding]:
    if quantity is None:
        return
    told = TIMES.search(quantity.get("note") or "")
    base, by = (float(told[1]), float(told[2])) if told else (float(quantity["value"]), 1.0)
    if not np.isclose(by, factor, rtol=RELATIVE) or not np.isclose(float(quantity["value"]), base * by, rtol=RELATIVE):
        yield Finding("party", "resolved.yaml", place, f"{quantity['value']:g}", f"{base:g} × {factor:g}")


def _times_due(model: Mapping[str, Any], per: str, shares: list[float]) -> float:
    """How often a coordination line falls due: for each operator that joins a network which is not its own.

    Where a company builds that is no operator these are all, else all but the first; of premises, all but those of the
    operator with the most subscribers.
    """
    if len(shares) < 2:
        return 0.0
    joining = len(shares) if model.get("builder") == "company" else len(shares) - 1
    if per != "premises":
        return float(joining)
    return 1.0 if joining == len(shares) else 1.0 - max(shares) / sum(shares)


def _joined(written: Written, shares: list[float]) -> Iterator[Finding]:
    """What sharing costs on each site and premises is among the cost lines of what is built, as often as it is due."""
    used = {"structures": written.sites["structure"], "technologies": written.equipment["technology"]}
    for model in _models(written):
        for line in model.get("coordination") or []:
            due = _times_due(model, str(line["per"]), shares)
            if line["per"] == "agreement" or not due:
                continue
            group, field = ("technologies", "premises") if line["per"] == "premises" else ("structures", "costs")
            for key in sorted(set(used[group])):
                lines = (written.entry(group, str(key)).get(field)) or []
                mine: dict[str, Any] = next((each for each in lines if each["item"] == line["item"]), {})
                for name in ("capex", "opex_per_year"):
                    want = float((line.get(name) or {}).get("value", 0.0)) * due
                    have = float((mine.get(name) or {}).get("value", 0.0))
                    if not np.isclose(have, want, rtol=RELATIVE):
                        place = f"{group}.{key}: {line['item']}: {name}"
                        yield Finding("party", "resolved.yaml", place, f"{have:g}", f"{want:g}")


def _agreements(written: Written, shares: list[float]) -> Iterator[Finding]:
    """Every agreement is paid once for each operator that joins."""
    economics = written.economics
    for model in _models(written):
        times = _times_due(model, "agreement", shares)
        for line in model.get("coordination") or []:
            if line["per"] != "agreement" or not times:
                continue
            if line.get("transfer") and economics["perspective"] != "operator":
                continue
            paid = written.costs[(written.costs["layer"] == "other_costs") & (written.costs["item"] == line["item"])]
            for field in ("capex", "opex_per_year"):
                quantity = line.get(field)
                due = 0.0
                if quantity is not None:
                    older = int(economics["price_year"]) - int(quantity.get("year") or economics["price_year"])
                    due = float(quantity["value"]) * float(economics["units_per_usd"]) * times
                    due *= (1.0 + float(economics["escalation_per_year"])) ** older
                have = float(paid[field].sum())
                if not np.isclose(have, due, rtol=RELATIVE, atol=0.01):
                    yield Finding("party", "other_costs", f"{line['item']}: {field}", number(have), number(due))


def check_market(folder: Path) -> list[Finding]:
    """The summary of a scenario whose operators plan alone: the sum of the plans inside, no bound above a cost.

    Args:
        folder: a scenario folder; nothing is found where its summary names no plans of operators.
    """
    if not (folder / "summary.json").is_file():
        return []
    summary, findings = _read(folder, "summary.json", Summary)
    settings, more = _read(folder, "resolved.yaml", Settings)
    if summary is None or settings is None:
        # told of a plan by its own audit
        return [] if (folder / "plan.gpkg").exists() else [*findings, *more]
    operators = summary.get("operators") or []
    if not operators and not summary.get("offers"):
        return []
    if summary["objective_npv"] is None:
        return [Finding("operators", "summary.json", "objective_npv", "None", "what the plans of the operators cost")]
    parts = []
    for operator in operators:
        if not operator.get("folder"):
            continue
        part, more = _read(folder / operator["folder"], "summary.json", Summary)
        if part is not None and part["objective_npv"] is not None:
            parts.append((operator, part))
        else:
            found = f"{more[0].row} {more[0].found}".strip() if more else "no plan"
            findings.append(Finding("operators", "summary.json", operator["name"], found, "a plan of its own"))
    shares = sum(float(operator["share"]) for operator in operators)
    if shares > 1 + 1e-9:
        findings.append(Finding("operators", "summary.json", "operators", number(shares), "shares of at most 1 in all"))
    pays = sum(float(operator["pays_npv"]) for operator in operators)
    if operators and not np.isclose(pays, summary["objective_npv"], rtol=1e-9, atol=0.01):
        findings.append(
            Finding("operators", "summary.json", "pays_npv", number(pays), number(summary["objective_npv"]))
        )
    findings += [*_offers(summary), *_split(settings, summary)]
    if settings["economics"]["perspective"] == "operator" or summary.get("between_operators"):
        findings += check_between(folder, summary, [str(operator["folder"]) for operator, _ in parts])
    if not parts:
        return findings
    for key in ("objective_npv", "capex_total", "opex_per_year_total"):
        due = sum(float(part[key]) for _, part in parts)
        if not np.isclose(float(summary[key]), due, rtol=1e-9, atol=0.01):
            findings.append(Finding("operators", "summary.json", key, number(summary[key]), number(due)))
    findings += [*_reached(summary, parts), *check_sums(summary, parts)]
    for operator, part in parts:
        if not np.isclose(float(operator["pays_npv"]), float(part["objective_npv"]), rtol=1e-9, atol=0.01):
            found, want = number(operator["pays_npv"]), number(part["objective_npv"])
            findings.append(Finding("operators", "summary.json", f"{operator['name']}: pays_npv", found, want))
    findings += _copies(settings, summary, [str(operator["folder"]) for operator, _ in parts])
    most = sum(float(part["bound_npv"]) if part["bound_npv"] is not None else np.inf for _, part in parts)
    if summary["bound_npv"] is not None and float(summary["bound_npv"]) > most * (1 + 1e-9) + 0.01:
        findings.append(Finding("bound", "summary.json", "bound_npv", number(summary["bound_npv"]), number(most)))
    return findings


def _read(folder: Path, name: str, shape: type[Table]) -> tuple[dict[str, Any] | None, list[Finding]]:
    """A file of keys, or what it is instead of the shape that it should have."""
    try:
        text = (folder / name).read_text(encoding="utf-8")
        data = json.loads(text) if name.endswith(".json") else load_yaml(text)
    except (OSError, ValueError, RecursionError, YAMLError) as error:
        return None, [Finding("operators", name, "", str(error), "a readable file")]
    findings = misshapen(shape, data, "operators", name)
    return (None if findings else data), findings


def _reached(summary: dict[str, Any], parts: list[tuple[dict[str, Any], dict[str, Any]]]) -> Iterator[Finding]:
    """Who is served is the sum of the operators' own subscribers who are."""
    total = sum(float(operator["share"]) for operator, _ in parts)
    for name, stated in summary["targets"].items():
        for key in ("achieved", "served"):
            reached = [float(part["targets"].get(name, {}).get(key, np.nan)) for _, part in parts]
            due = sum(float(operator["share"]) * one for (operator, _), one in zip(parts, reached, strict=True)) / total
            if not np.isclose(float(stated[key]), due, rtol=1e-6, atol=1e-9):
                yield Finding("operators", "summary.json", f"targets.{name}.{key}", number(stated[key]), number(due))


def multiplied(folder: Path) -> str:
    """That the plans of a scenario are one plan times the operators, in a sentence; '' where they are not."""
    try:
        of = json.loads((folder / "summary.json").read_text(encoding="utf-8")).get("multiplied")
        return f"multiplied, not planned: the plan of {of['operator']} counted {of['networks']} times" if of else ""
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""  # told by the audit


def _copies(settings: dict[str, Any], summary: dict[str, Any], parts: list[str]) -> Iterator[Finding]:
    """A plan counts for several operators only where the project asks for that, and then for all of them."""
    project, scenario = settings["project"], settings["scenario"]
    asked = _multiplied_alone(project)
    if summary["scenario"] != scenario:
        yield Finding("operators", "summary.json", "scenario", str(summary["scenario"]), str(scenario))
    want = 1 if asked else len(parts)
    if len(set(parts)) != want or len(parts) != len(project.get("operators") or []):
        yield Finding("operators", "summary.json", "folder", f"{len(set(parts))} plans", f"{want}")
    of = summary.get("multiplied") or {}
    shares = [float(each["share"]) for each in summary["operators"]]
    if bool(of) != asked or (
        asked and (of["networks"] != len(shares) or not np.isclose(of["share"], sum(shares) / len(shares)))
    ):
        due = f"{len(shares)} networks at the mean share" if asked else "nothing: each operator is planned"
        yield Finding("operators", "summary.json", "multiplied", json.dumps(of), due)


def _offers(summary: dict[str, Any]) -> Iterator[Finding]:
    """The plan is the cheapest of the ways to build that were planned, and its bound one of all of them."""
    offers = summary.get("offers") or []
    if not offers:
        return
    cost, bound = summary["objective_npv"], summary["bound_npv"]
    chosen = [each for each in offers if each["chosen"]]
    if len(chosen) != 1:
        yield Finding("offers", "summary.json", "offers", f"{len(chosen)} chosen", "one")
    least = min(float(each["objective_npv"]) for each in offers)
    for each, due in [*((each, float(cost)) for each in chosen), *((each, least) for each in chosen)]:
        if not np.isclose(float(each["objective_npv"]), due, rtol=1e-9, atol=0.01):
            yield Finding("offers", "summary.json", "chosen", number(each["objective_npv"]), number(due))
    bounds = [each["bound_npv"] for each in offers]
    most = -np.inf if None in bounds else min(map(float, bounds))
    if bound is not None and float(bound) > most + 1e-9 * abs(float(bound)) + 0.01:
        yield Finding("bound", "summary.json", "bound_npv", number(bound), number(most))


def _split(settings: dict[str, Any], summary: dict[str, Any]) -> Iterator[Finding]:
    """A joint cost is divided by the rule of its models: the host, equal parts, cost alone, else market share."""
    operators = summary.get("operators") or []
    if len(operators) < 2 or any(each.get("folder") for each in operators):
        return
    try:
        models = [settings["catalogue"]["levers"][key]["tenancy"] for key in settings["party"]["levers"]]
        rules = {str(model["split"]) for model in models}
    except (KeyError, TypeError):
        return  # told elsewhere
    shares = [float(each["share"]) for each in operators]
    alone = [each.get("alone_npv") for each in operators]
    weights = shares
    if "host" in rules:
        weights = [float(k == shares.index(max(shares))) for k in range(len(shares))]
    elif "equal" in rules:
        weights = [1.0] * len(shares)
    elif rules == {"alone"} and None not in alone and sum(map(float, alone)) > 0:
        weights = [float(each) for each in alone]
    for each, weight in zip(operators, weights, strict=True):
        due = float(summary["objective_npv"]) * weight / sum(weights)
        if not np.isclose(float(each["pays_npv"]), due, rtol=1e-6, atol=0.01):
            yield Finding("operators", "summary.json", f"{each['name']}: pays_npv", number(each["pays_npv"]),
                          number(due))  # fmt: skip
