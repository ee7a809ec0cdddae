"""Rules of the summary's heading: whose plan it is, of which scenario, and in which money."""

from __future__ import annotations

from netplan.verify.finding import Finding, number
from netplan.verify.reading import Written


def check_heading(written: Written) -> list[Finding]:
    """Name, scenario, seed, currency and price year are those of the settings, and of their project.

    `stopped_by`, `seconds`, `problem`, `binding`, `planned_on`, `versions`, `licences`, `assumptions` and `warnings`
    tell of the search and of where things come from: nothing in the written files says so a second time, so they are
    not audited. Nor is the `shortfall` of an answer without a plan: only the search knows how far targets are out of
    reach.
    """
    summary, economics = written.summary, written.economics
    due = {
        "name": written.project.get("name"),
        "scenario": written.scenario,
        "seed": written.seed,
        "currency": economics["currency"],
        "price_year": economics["price_year"],
    }
    findings = [
        Finding("summary", "summary.json", key, number(summary.get(key)), number(value))
        for key, value in due.items()
        if summary.get(key) != value
    ]
    asked = written.project.get("economics") or {}
    for key in ("currency", "price_year"):
        if key in asked and economics[key] != asked[key]:
            row = f"economics.{key}"
            findings.append(Finding("summary", "resolved.yaml", row, number(economics[key]), number(asked[key])))
    return findings
