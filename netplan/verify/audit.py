"""The audit of a written plan: every rule, every finding."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from netplan.errors import Fault, InputError
from netplan.verify.along import check_routes
from netplan.verify.asked import check_asked
from netplan.verify.baseline import check_baseline
from netplan.verify.bill import check_bill
from netplan.verify.cash import check_cash_flow
from netplan.verify.consents import check_consents
from netplan.verify.counts import check_counts
from netplan.verify.finding import Finding
from netplan.verify.heading import check_heading
from netplan.verify.heights import check_heights
from netplan.verify.money import check_money
from netplan.verify.network import check_network
from netplan.verify.offered import check_capacity
from netplan.verify.parties import check_market, check_party
from netplan.verify.pipes import check_pipes
from netplan.verify.place import check_place
from netplan.verify.prices import check_prices
from netplan.verify.rates import check_rates
from netplan.verify.reach import check_reach
from netplan.verify.reading import check_inputs, read_written
from netplan.verify.refused import check_refused
from netplan.verify.room import check_room
from netplan.verify.server import check_coverage
from netplan.verify.service import check_service
from netplan.verify.spectrum import check_spectrum
from netplan.verify.stages import check_stages
from netplan.verify.summary import check_summary
from netplan.verify.viability import check_viability

CHECKS = (
    check_inputs,
    check_service,
    check_room,
    check_rates,
    check_baseline,
    check_reach,
    check_network,
    check_capacity,
    check_place,
    check_heights,
    check_asked,
    check_party,
    check_routes,
    check_pipes,
    check_refused,
    check_coverage,
    check_spectrum,
    check_money,
    check_prices,
    check_bill,
    check_cash_flow,
    check_viability,
    check_consents,
    check_heading,
    check_summary,
    check_stages,
    check_counts,
)


def verify_plan(folder: Path) -> list[Finding]:
    """Every broken rule of the plan in one scenario folder, sorted; empty when the plan holds.

    A plan whose layers or keys are missing is not audited further: the findings say what is missing.

    Raises:
        InputError: `plan.gpkg`, `resolved.yaml` or `summary.json` is absent or unreadable.
    """
    written, findings = read_written(folder)
    if written is not None and not findings:
        findings = [finding for check in CHECKS for finding in check(written)]
    return sorted(set(findings))


def verify(out: Path) -> dict[str, list[Finding]]:
    """Audits one scenario folder, or every scenario folder inside their parent: scenario folder -> findings.

    Where the operators of a scenario plan alone, each of their plans is audited as `scenario/operator`, and the sum of
    them as the scenario.

    Raises:
        InputError: there is no plan here, or a plan is unreadable.
    """
    if (out / "plan.gpkg").exists():
        folders = [out]
    else:
        found = [*out.glob("*/plan.gpkg"), *out.glob("*/*/plan.gpkg")]
        folders = sorted(path.parent for path in found if not path.relative_to(out).as_posix().startswith("."))
    if not folders:
        raise InputError(Fault(str(out), "no plan", "name a folder that `netplan plan` wrote, or their parent"))
    names = {_name(folder, out): folder for folder in folders}
    audited: dict[str, list[Finding]] = {}
    faults: list[Fault] = []
    for name, folder in names.items():
        try:
            audited[name] = [replace(x, folder=name) for x in verify_plan(folder)]
        except InputError as error:  # of the other folders, too, before it is told
            faults += error.faults
    if faults:
        raise InputError(faults)
    for folder in sorted({out, *folders, *(folder.parent for folder in folders if folder != out)}):
        summed = check_market(folder)
        if summed or _is_sum(folder):
            name = _name(folder, out)
            audited[name] = [*audited.get(name, []), *(replace(x, folder=name) for x in summed)]
    return dict(sorted(audited.items()))


def _name(folder: Path, out: Path) -> str:
    return folder.name if folder == out else folder.relative_to(out).as_posix()


def _is_sum(folder: Path) -> bool:
    """A scenario folder that holds plans of operators and none of its own."""
    return (folder / "summary.json").is_file() and not (folder / "plan.gpkg").is_file()
