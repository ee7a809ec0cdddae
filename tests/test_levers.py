"""Which levers a plan makes use of: one rule for plans, comparisons, maps and reports."""

from __future__ import annotations

import pandas as pd

from netplan.levers import Use, levers_used

CATALOGUE = {
    "structures": {"mast": {"lever": None}, "tower": {"lever": "towers"}},
    "media": {
        "trench": {"lever": None, "grounds": {"works": {"lever": "dig-once"}}},
        "pipe": {"lever": "water-pipes"},
        "raw-pipe": {"lever": "water-pipes"},
    },
}


def test_a_lever_counts_the_sites_and_kilometres_that_it_opens() -> None:
    sites = pd.DataFrame({"structure": ["tower", "mast", "tower", "of another catalogue"]})
    links = pd.DataFrame({"medium": ["pipe", "raw-pipe", "trench"], "length_m": [400.0, 100.0, 9000.0]})
    found = levers_used(sites, links, CATALOGUE, ["mocn"])
    assert found == {"mocn": Use(0, 0.0), "towers": Use(2, 0.0), "water-pipes": Use(0, 0.5)}
    assert list(found) == sorted(found)


def test_a_link_of_no_length_is_use_and_a_plan_of_nothing_has_none() -> None:
    none = pd.DataFrame({"structure": pd.Series([], dtype=object)})
    assert levers_used(none, pd.DataFrame({"medium": ["pipe"], "length_m": [0.0]}), CATALOGUE) == {
        "water-pipes": Use(0, 0.0)
    }
    assert levers_used(none, pd.DataFrame({"medium": [], "length_m": []}), {}) == {}
