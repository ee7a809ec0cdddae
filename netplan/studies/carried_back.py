"""Plans of one market that stand in for those of another: each builder's by itself.

A plan of the same operators under the same models is one wherever the assets are open that it uses. So whatever is
weighed for a scenario is weighed for every one that opens more, too, and costs stay in the order of levers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from netplan.pipeline import Say, describe
from netplan.plans import Plan, better
from netplan.project import LoadedProject
from netplan.studies.market import Market, Offer, warm_key, warm_plans
from netplan.studies.stock import Key

Made = tuple[Plan, LoadedProject]
"""A plan, and the scenario whose candidates it is made of."""


def carried_back(markets: Mapping[Path, Market], say: Say = lambda text: None) -> Iterator[tuple[Path, Market]]:
    """The markets that plans of others better, by folder: with the districts of the offer that is the cheapest now.

    An offer that has no plan stays without.

    Args:
        markets: as planned; their districts may be gone.
        say: told what is being done.
    """
    made = [(key, theirs) for market in markets.values() for key, theirs in _made(market).items()]
    for folder, market in markets.items():
        best, changed = _made(market), False
        for key, (theirs, home) in made:
            if key in best and (taken := better(best[key][0], theirs)) is not best[key][0]:
                best[key], changed = (taken, home), True
        if changed:
            say(f"{market.loaded.scenario} takes over plans of other scenarios, which are better")
            offers = [
                replace(offer, plans=tuple(best[key][0] for key in _keys(market, offer))) for offer in market.offers
            ]
            first, *others = sorted(offers, key=lambda offer: offer.objective)
            yield folder, replace(market, offers=(_described(market, first, best, say), *others))


def _keys(market: Market, offer: Offer) -> list[Key]:
    return [warm_key(party) for party in market.parties(offer)]


def _made(market: Market) -> dict[Key, Made]:
    return {key: (plan, market.loaded) for key, plan in warm_plans(market).items()}


def _described(market: Market, offer: Offer, best: Mapping[Key, Made], say: Say) -> Offer:
    """The offer with its districts, each that of the scenario where the plan was made: there its sites are known."""
    parties = {warm_key(party): party for party in market.parties(offer)}
    districts = {key: describe(best[key][1].of(party), say=say) for key, party in parties.items()}
    return replace(offer, districts=tuple(districts[key] for key in _keys(market, offer)))
