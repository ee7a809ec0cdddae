"""A market on disk: one folder for each operator that plans alone, or one joint plan, and the sum of it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from netplan import netted
from netplan.interval import OPTIMAL_GAP
from netplan.pipeline import Say, write_coverage
from netplan.plans import TABLES, Plan, write_plan
from netplan.project.operators import slug
from netplan.project.parties import Alone, alone
from netplan.publish import publish_plan, unpublish_plan
from netplan.studies.add_up import added_up
from netplan.studies.market import Market
from netplan.written import PLAN_FILE, RESOLVED_FILE, SUMMARY_FILE
from netplan.yamltext import dump_yaml, load_yaml


def written_market(
    market: Market, folder: Path, say: Say = lambda text: None, drawn: bool = True
) -> Iterator[dict[str, Any]]:
    """Write the plan of a scenario with operators; yields each summary once it stands, the scenario's last.

    Alone: `folder/<operator>/` are plans that can be audited by themselves, `folder/summary.json` their sum and
    `folder/resolved.yaml` the project; where one of them is multiplied, it is the folder of every operator. Together:
    the plan is `folder` itself, and its summary says who pays.
    """
    _clear(folder)
    chosen = market.chosen
    if chosen.levers:
        plan = replace(chosen.plans[0], summary=_summary(market, chosen.plans[0].summary, [""]))
        _one(market, plan, 0, folder, say, drawn)
        yield plan.summary
        return
    builders = alone(market.loaded.project)
    names = [slug(each.party.host.name) for each in builders for _ in each.stands_for]
    for name in dict.fromkeys(names):
        plan = chosen.plans[names.index(name)]
        _one(market, plan, names.index(name), folder / name, say, drawn)
        yield plan.summary
    unpublish_plan(folder)
    for name in (PLAN_FILE, *TABLES):  # of one network for all
        (folder / name).unlink(missing_ok=True)
    shares = [operator.share for each in builders for operator in each.stands_for]
    summary = _summary(market, added_up([plan.summary for plan in chosen.plans], shares), names)
    if market.multiplied is not None:
        summary |= _multiplied(market.multiplied, chosen.plans[0].summary, summary["warnings"])
    summary["scenario"] = market.loaded.scenario
    whole(folder / SUMMARY_FILE, lambda path: path.write_text(_json(summary), encoding="utf-8"))
    whole(folder / RESOLVED_FILE, lambda path: path.write_text(_resolved(market, folder), encoding="utf-8"))
    yield summary


def _multiplied(of: Alone, one: Mapping[str, Any], warnings: Sequence[str]) -> dict[str, Any]:
    """What the summary of a plan that is counted for several operators says of it: it was planned once."""
    typical, networks = of.party.host, len(of.stands_for)
    told = (
        f"Networks of operators that build alone are multiplied, not planned: the plan of {typical.name} at the mean "
        f"share of {typical.share:.4g} is counted {networks} times, cost, bound and all that is built."
    )
    return {
        "multiplied": {"operator": typical.name, "share": typical.share, "networks": networks},
        "problem": one["problem"],
        "seconds": one["seconds"],
        "warnings": [told, *warnings],
    }


def _one(market: Market, plan: Plan, number: int, folder: Path, say: Say, drawn: bool) -> None:
    write_plan(plan, folder)
    say("coverage")
    write_coverage(market.chosen.districts[number], plan, folder)
    if drawn:
        publish_plan(folder, market.loaded.folder, say=say)


def _summary(market: Market, summary: dict[str, Any], folders: list[str]) -> dict[str, Any]:
    """The summary with the bound over all offers, who pays, and what was offered."""
    operators = market.loaded.project.operators or ()
    rule, pays = market.split(market.chosen.districts[0].catalogue.levers)
    alone = market.alone()
    bound, value = market.bound, market.objective
    gap = None if bound is None else max(0.0, (value - bound) / max(abs(value), 1e-9))
    status = "optimal" if gap is not None and gap <= OPTIMAL_GAP else "feasible"
    return (
        summary
        | _between(market)
        | {
            "bound_npv": bound,
            "gap": gap,
            "status": status,
            "operators": [
                {
                    "name": operator.name,
                    "share": operator.share,
                    "folder": folders[number] if len(folders) > 1 or folders[0] else "",
                    "pays_npv": pays[number],
                    "alone_npv": None if alone is None else alone[number],
                }
                for number, operator in enumerate(operators)
            ],
            "split_rule": rule,
            "warnings": [*summary["warnings"], *(" ".join(reason.split()) for reason in market.unplanned)],
            "offers": [
                {
                    "levers": list(offer.levers),
                    "objective_npv": offer.objective,
                    "bound_npv": offer.bound,
                    "chosen": offer is market.chosen,
                    "multiplied": market.multiplied is not None and not offer.levers,
                    "most_between_npv": max(offer.most, offer.paid),
                }
                for offer in market.offers
            ],
        }
    )


def _between(market: Market) -> dict[str, Any]:
    """What operators pay each other and what is left without it; nothing where no plan on offer holds such payments."""
    chosen = market.chosen
    if not any(max(offer.most, offer.paid) for offer in market.offers):
        return {}
    most = max(chosen.most, chosen.paid)
    return {netted.KEY: netted.told(chosen.objective, chosen.paid, most, market.net_bound)}


def _resolved(market: Market, folder: Path) -> str:
    """The settings of the scenario: those of the first operator's plan for the whole market, all entries together."""
    plans = market.chosen.plans
    first = plans[0].resolved
    catalogue: dict[str, dict[str, Any]] = {}
    for plan in plans:
        for group, entries in plan.resolved["catalogue"].items():
            catalogue[group] = {**catalogue.get(group, {}), **entries}
    resolved = {
        **first,
        "scenario": market.loaded.scenario,
        "party": None,
        "owners": {
            f"{operator.name}: {site}": _as_seen_by(operator.name, owner, market)
            for operator, plan in zip(market.loaded.project.operators or (), plans, strict=True)
            for site, owner in plan.resolved["owners"].items()
        },
        "project": {**first["project"], "market_share": 1.0},
        "catalogue": {group: dict(sorted(entries.items())) for group, entries in catalogue.items()},
    }
    with suppress(ValueError):  # another drive: the path stays absolute
        resolved["project_folder"] = Path(os.path.relpath(first["project_folder"], folder)).as_posix()
    return dump_yaml(resolved)


def _as_seen_by(operator: str, owner: str, market: Market) -> str:
    """Who owns a mast that an operator shares. In a plan that is multiplied nobody is its own landlord: where the plan
    of A rents from B, B in A's place rents from A."""
    return market.multiplied.party.host.name if market.multiplied is not None and owner == operator else owner


def unwritten(folder: Path) -> None:
    """Takes away what an earlier run wrote of a scenario that has no plan now: it would be read as its answer."""
    _clear(folder)
    unpublish_plan(folder)
    for name in (PLAN_FILE, SUMMARY_FILE, RESOLVED_FILE, *TABLES):
        (folder / name).unlink(missing_ok=True)


def _clear(folder: Path) -> None:
    """Takes away plans of operators from an earlier run: they would be read as part of this one."""
    for path in folder.glob(f"*/{RESOLVED_FILE}"):
        settings = load_yaml(path.read_text(encoding="utf-8"))
        if isinstance(settings, dict) and settings.get("party") and (path.parent / PLAN_FILE).is_file():
            shutil.rmtree(path.parent)


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def whole(target: Path, write: Callable[[Path], Any]) -> Path:
    """Write beside the target, then move into place."""
    half = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        write(half)
        os.replace(half, target)
    finally:
        half.unlink(missing_ok=True)
    return target
