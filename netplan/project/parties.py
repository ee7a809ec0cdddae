"""For whom one plan is made: one operator alone, or several with one network; and what that does to the catalogue.

An operator that plans alone serves its share of the subscribers on its own towers, with its own spectrum; the towers of
the others are another owner's. A joint plan serves the subscribers of all its operators on the towers of all, with cost
lines, loads and carriers as the operator models in force say (`netplan.catalogue.sharing`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from netplan.catalogue.schema import Catalogue, CostItem, Lever, Quantity, Radio, Technology
from netplan.catalogue.sharing import Coordination, Tenancy
from netplan.errors import Fault, InputError
from netplan.project.operators import MULTIPLIED, owners_of, plain
from netplan.project.schema import Operator, Project

COORDINATION = "coordination"
"""Category of the costs that sharing itself adds."""


@dataclass(frozen=True)
class Party:
    """The operators of one plan and the operator models that they use (none: one operator alone)."""

    operators: tuple[Operator, ...]
    levers: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """Of all subscribers."""
        return min(1.0, sum(operator.share for operator in self.operators))

    @property
    def further(self) -> int:
        """Operators beyond the first."""
        return len(self.operators) - 1

    @property
    def host(self) -> Operator:
        """The operator with the most subscribers, the first named of equals."""
        return max(self.operators, key=lambda operator: operator.share)


@dataclass(frozen=True)
class Alone:
    """One plan of an operator that builds alone, and whose networks it stands for."""

    party: Party
    stands_for: tuple[Operator, ...]


def alone(project: Project) -> list[Alone]:
    """The plans to make where every operator builds alone: one each, or one that is multiplied.

    The one is made for the operator with the most subscribers at the mean share of all: as many such networks as there
    are operators carry the traffic of all subscribers once, as sums of the operators' own plans do. Operators that are
    alike in everything get the same plan either way.
    """
    operators = project.operators or ()
    if project.operators_alone != MULTIPLIED or len(operators) < 2:
        return [Alone(Party((each,)), (each,)) for each in operators]
    mean = sum(each.share for each in operators) / len(operators)
    typical = Party(operators).host.model_copy(update={"share": mean})
    return [Alone(Party((typical,)), operators)]


def increments(party: Party, levers: Mapping[str, Lever]) -> dict[str, float]:
    """Category -> what each further operator adds: the lowest of the models in force, 1 where none speaks of it."""
    found: dict[str, float] = {}
    for tenancy in _tenancies(party, levers):
        for category, quantity in tenancy.increments.items():
            found[category] = min(found.get(category, 1.0), quantity.value)
    return found


def factor(category: str, party: Party, levers: Mapping[str, Lever]) -> float:
    """By how much a cost line of one operator is multiplied: 1 + increment × operators beyond the first.

    Premises belong to subscribers, whose number is in the demand already: 1.
    """
    if category in ("premises", COORDINATION):
        return 1.0
    return 1.0 + increments(party, levers).get(category, 1.0) * party.further


def _tenancies(party: Party, levers: Mapping[str, Lever]) -> list[Tenancy]:
    found = [levers[key].tenancy for key in party.levers]
    return [tenancy for tenancy in found if tenancy is not None]


def party_catalogue(catalogue: Catalogue, party: Party) -> Catalogue:
    """The catalogue as this party meets it: prices, loads, carriers and capacities; notes say what was multiplied.

    Satellites belong to others who sell to everybody: a party may fill as much of them as its share of subscribers.
    """
    levers = catalogue.levers

    def costs(lines: tuple[CostItem, ...]) -> tuple[CostItem, ...]:
        return tuple(_times(line, factor(line.category, party, levers), party) for line in lines)

    site, premises = _extra(party, levers, "site"), _extra(party, levers, "premises")
    structures = {
        key: entry.model_copy(update={"costs": (*costs(entry.costs), *site)})
        for key, entry in catalogue.structures.items()
    }
    power = {key: entry.model_copy(update={"costs": costs(entry.costs)}) for key, entry in catalogue.power.items()}
    media = {key: entry.model_copy(update={"costs": costs(entry.costs)}) for key, entry in catalogue.media.items()}
    technologies = {}
    for key, entry in catalogue.technologies.items():
        held = _carrier(entry, party, levers)
        if held is None:
            continue
        load = held.load_w
        if load is not None and party.further:
            load = _scaled(load, factor("access", party, levers), party)
        changes: dict[str, Any] = {
            "costs": costs(held.costs),
            "premises": (*held.premises, *premises),
            "load_w": load,
        }
        if held.kind == "satellite" and held.capacity is not None:
            changes["capacity"] = _scaled(held.capacity, party.share, party, "share of the subscribers")
        technologies[key] = held.model_copy(update=changes)
    return catalogue.model_copy(
        update={"structures": structures, "power": power, "media": media, "technologies": technologies}
    )


def _scaled(quantity: Quantity, by: float, party: Party, why: str = "") -> Quantity:
    """A quantity multiplied, with its range, and a note that says so."""
    if by == 1.0:
        return quantity
    reason = why or f"{len(party.operators)} operators, {' and '.join(party.levers)}"
    note = f"{quantity.note}; " if quantity.note else ""
    return quantity.model_copy(
        update={
            "value": quantity.value * by,
            "low": None if quantity.low is None else quantity.low * by,
            "high": None if quantity.high is None else quantity.high * by,
            "note": f"{note}{quantity.value:g} × {by:.6g}: {reason}",
        }
    )


def _times(line: CostItem, by: float, party: Party) -> CostItem:
    changes = {
        name: _scaled(quantity, by, party)
        for name in ("capex", "opex_per_year")
        if (quantity := getattr(line, name)) is not None
    }
    return line.model_copy(update=changes)


def _extra(party: Party, levers: Mapping[str, Lever], per: str) -> tuple[CostItem, ...]:
    """Coordination lines of sites, premises or the whole agreement, as lines of the catalogue, for all that join."""
    lines = []
    for tenancy in _tenancies(party, levers):
        by = _joining(party, tenancy, per)
        for line in tenancy.coordination:
            if line.per == per and by > 0:
                lines.append(_times(_as_item(line, "premises" if per == "premises" else "unit"), by, party))
    return tuple(lines)


def _joining(party: Party, tenancy: Tenancy, per: str) -> float:
    """How often a coordination line is due: for every operator beyond the first, of premises for the subscribers of all
    but the host, so on the mean premises for their share; for all where a company builds that is no operator."""
    if not party.further:
        return 0.0
    if tenancy.builder == "company":
        return 1.0 if per == "premises" else float(len(party.operators))
    if per == "premises":
        return 1.0 - party.host.share / sum(operator.share for operator in party.operators)
    return float(party.further)


def _as_item(line: Coordination, per: Any) -> CostItem:
    return CostItem(
        item=line.item,
        category="coordination",
        per=per,
        capex=line.capex,
        opex_per_year=line.opex_per_year,
        life_years=line.life_years,
        transfer=line.transfer,
    )


def agreement_items(party: Party, levers: Mapping[str, Lever]) -> tuple[CostItem, ...]:
    """Lines that fall due once for the whole agreement, multiplied by the operators that join."""
    return _extra(party, levers, "agreement")


def _carrier(technology: Technology, party: Party, levers: Mapping[str, Lever]) -> Technology | None:
    """The technology on the carrier that the party has; None where it may not build it.

    own: rates are those of the narrowest carrier; a site is full when the first carrier is full, so its airtime is that
    of the tightest operator, min over k of (MHz_k / share_k), in units of the narrowest. pooled: one carrier of all
    licences. Power goes with bandwidth (W per MHz stays).
    """
    if technology.kind != "cellular" or technology.radio is None:
        return technology
    usual = sum(radio.bandwidth_mhz.value for radio in (technology.radio, *technology.carriers))
    held = [_mhz(operator, technology.id, usual) for operator in party.operators]
    modes = {tenancy.carriers for tenancy in _tenancies(party, levers)}
    airtime = 1.0
    if "pooled" in modes:
        wide = sum(held)
    elif "host" in modes:
        wide = _mhz(party.host, technology.id, usual)
    else:
        if min(held) <= 0:
            return None
        wide, total = min(held), sum(operator.share for operator in party.operators)
        airtime = min(mhz / (operator.share / total) for mhz, operator in zip(held, party.operators, strict=True))
        airtime /= wide
    if wide <= 0:
        return None
    if math.isclose(wide, usual) and math.isclose(airtime, 1.0):
        return technology
    radios = [_tuned(radio, wide / usual, airtime, party) for radio in (technology.radio, *technology.carriers)]
    return technology.model_copy(update={"radio": radios[0], "carriers": tuple(radios[1:])})


def _mhz(operator: Operator, technology: str, usual: float) -> float:
    return usual if operator.spectrum is None else operator.spectrum.get(technology, 0.0)


def _tuned(radio: Radio, wider: float, airtime: float, party: Party) -> Radio:
    why = "spectrum of " + ", ".join(operator.name for operator in party.operators)
    gain_db = 10.0 * math.log10(wider)
    power = radio.tx_power_dbm
    changes: dict[str, Any] = {
        "bandwidth_mhz": _scaled(radio.bandwidth_mhz, wider, party, why),
        "sectors": _scaled(radio.sectors, airtime, party, "carriers of the operators side by side"),
    }
    if not math.isclose(wider, 1.0):
        changes["tx_power_dbm"] = power.model_copy(
            update={
                "value": power.value + gain_db,
                "low": None if power.low is None else power.low + gain_db,
                "high": None if power.high is None else power.high + gain_db,
                "note": f"{power.value:g} {gain_db:+.2f} dB: power goes with bandwidth, {why}",
            }
        )
    if radio.uplink is not None and wider < 1.0:
        uplink = radio.uplink
        widest = max(uplink.bandwidth_mhz.value * wider, uplink.min_bandwidth_mhz.value)
        narrow = _scaled(uplink.bandwidth_mhz, widest / uplink.bandwidth_mhz.value, party, why)
        changes["uplink"] = uplink.model_copy(update={"bandwidth_mhz": narrow})
    return radio.model_copy(update=changes)


def own_towers(towers: gpd.GeoDataFrame | None, party: Party) -> gpd.GeoDataFrame | None:
    """The towers with `status`: existing where the owner is one of the party, shared (another owner's) elsewhere."""
    if towers is None:
        return None
    mine = {plain(owner) for operator in party.operators for owner in owners_of(operator)}
    owned = towers["operator"].map(plain).isin(mine).to_numpy(bool)
    return towers.assign(status=np.where(owned, "existing", "shared"))


def owners_of_sites(
    sites: gpd.GeoDataFrame, towers: gpd.GeoDataFrame | None, operators: Sequence[Operator], within_m: float
) -> dict[str, str]:
    """Who owns each shared site that stands on a tower: the operator, or the owner as the layer has it.

    Args:
        sites: candidate sites, `status` and points.
        towers: the layer, `operator` and points; an owner that it does not state is left out.
        within_m: how far the site of a group of towers may stand from the one nearest to it.
    """
    shared = sites[sites["status"] == "shared"]
    if towers is None or not len(shared) or not len(towers):
        return {}
    tree = shapely.STRtree(np.asarray(shapely.centroid(np.asarray(towers.geometry.array, dtype=object))))
    (rows, nearest), away_m = tree.query_nearest(
        np.asarray(shared.geometry.array), all_matches=False, return_distance=True
    )
    names = {plain(owner): operator.name for operator in operators for owner in owners_of(operator)}
    found = {}
    for row, tower, distance in zip(rows, nearest, away_m, strict=True):
        owner = str(towers["operator"].iloc[tower]).strip()
        if owner and distance <= max(within_m, 1.0):
            found[str(shared.index[row])] = names.get(plain(owner), owner)
    return found


def check_parties(project: Project, catalogue: Catalogue, towers: gpd.GeoDataFrame | None, file: str) -> None:
    """Operators against the catalogue and the layer of towers.

    Raises:
        InputError: spectrum of no cellular technology; an owner of towers that the layer does not have.
    """
    faults: list[Fault] = []
    cellular = sorted(key for key, entry in catalogue.technologies.items() if entry.kind == "cellular")
    known = [] if towers is None else sorted({str(name) for name in towers["operator"] if str(name).strip()})
    for number, operator in enumerate(project.operators or ()):
        place = f"{file}: operators.{number}"
        for technology in operator.spectrum or {}:
            if technology not in cellular:
                to_do = f"use one of {', '.join(cellular)}"
                faults.append(Fault(f"{place}.spectrum", f"no cellular technology {technology!r}", to_do))
        for owner in operator.towers or ():
            if plain(owner) not in {plain(name) for name in known}:
                to_do = f"use one of {', '.join(known)}" if known else "the layer needs a column `operator`"
                faults.append(Fault(f"{place}.towers", f"no tower of owner {owner!r} in existing.towers", to_do))
    if faults:
        raise InputError(faults)


def split_weights(party: Party, levers: Mapping[str, Lever], alone: Sequence[float] | None) -> tuple[str, list[float]]:
    """How a joint cost is divided: (rule, share of each operator, adding up to 1).

    Args:
        alone: what each would pay alone, where that is planned.
    """
    rules = {tenancy.split for tenancy in _tenancies(party, levers)}
    if "host" in rules:
        return "the host builds, the others pay it a price", [float(each is party.host) for each in party.operators]
    if "equal" in rules:
        return "equal parts", [1.0 / len(party.operators)] * len(party.operators)
    total = sum(operator.share for operator in party.operators)
    by_share = [operator.share / total for operator in party.operators]
    if rules == {"alone"} and alone is not None and sum(alone) > 0:
        return "in proportion to what each would pay alone", [cost / sum(alone) for cost in alone]
    return "in proportion to market share", by_share
