"""Least cost against coverage: rising, proven, and each point what a plan of its own would cost."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from smalldistrict import at, described, district, planned, save
from test_levels import levels
from typer.testing import CliRunner

from netplan.cli import app
from netplan.errors import InputError
from netplan.maps.frontier import draw_frontier
from netplan.maps.languages import LANGUAGES
from netplan.project import read_project
from netplan.studies.frontier import Point, frontier, in_words, monotone, table_of, write_frontier

BOTH = ["lte-800", "satellite-leo", "trench", "microwave-23ghz", "aerial-own"]


def point(level: float, cost: float, bound: float) -> Point:
    met = math.isfinite(cost)
    served = 100 * level if met else math.nan
    return Point("target", level, math.nan, "feasible" if met else "none", 100 * level, served, 100.0, cost, bound,
                 cost, 0.0, 1, 1.0, level)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0.1, 1e3), st.floats(0, 1), st.booleans()), min_size=1, max_size=7))
def test_carried_points_rise_and_stay_proven(draws: list[tuple[float, float, bool]]) -> None:
    """Optima that rise; plans found above them, bounds below them, some levels without a plan."""
    optimum = np.cumsum([step for step, _, _ in draws])
    found = [
        point((k + 1) / len(draws), math.nan if lost else best * (1 + slack), best * (1 - slack / 2))
        for k, (best, (_, slack, lost)) in enumerate(zip(optimum, draws, strict=True))
    ]
    carried = monotone(found)
    cost, bound = (np.array([getattr(p, name) for p in carried]) for name in ("cost_npv", "bound_npv"))
    met = np.isfinite(cost)
    assert (np.diff(cost[met]) >= 0).all() and (np.diff(bound) >= 0).all()
    assert (bound <= optimum * (1 + 1e-12)).all() and (cost[met] >= optimum[met] * (1 - 1e-12)).all()
    assert not met[np.flatnonzero(met).max(initial=-1) + 1 :].any()
    assert met[: np.flatnonzero(met).max(initial=-1) + 1].all()
    assert [p.level for p in carried] == [p.level for p in found]
    assert all(p.people_asked == q.people_asked for p, q in zip(carried, found, strict=True))
    assert all(p.people_served >= p.people_asked - 1e-9 for p in carried if math.isfinite(p.cost_npv))


def test_a_plan_that_serves_more_than_it_was_asked_for_is_carried_up() -> None:
    """The plan for 60 % serves 85 % of the people and all schools: it is the one for 80 %, too, but not for 90 %."""
    asked = {level: {"rural": level, "schools": 1.0} for level in (0.6, 0.8, 0.9)}
    served = {0.6: 0.85, 0.8: 0.8, 0.9: 0.9}
    found = [
        replace(point(level, cost, 5.0), asked=asked[level], achieved={"rural": served[level], "schools": 1.0})
        for level, cost in ((0.6, 10.0), (0.8, 12.0), (0.9, 14.0))
    ]
    carried = monotone(found)
    assert [each.cost_npv for each in carried] == [10.0, 10.0, 14.0]
    assert [each.plan_from for each in carried] == [0.6, 0.6, 0.9] and carried[1].level == 0.8
    lacking = [replace(each, achieved={**each.achieved, "schools": 0.9}) for each in found[:1]]
    assert [each.cost_npv for each in monotone(lacking + found[1:])] == [10.0, 12.0, 14.0]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ladder")
    return district(folder, technologies=BOTH, targets={"rural": 1.0, "schools": 1.0})


@pytest.fixture(scope="module")
def points(home: Path) -> list[Point]:
    return frontier(read_project(home), levels=(0.5, 0.9, 1.0), budgets=(250_000.0, 100_000.0))


def test_the_frontier_is_proven_and_rises(points: list[Point]) -> None:
    ladder, budgets = points[:3], points[3:]
    assert [p.level for p in ladder] == [0.5, 0.9, 1.0]
    for below, above in itertools.pairwise(ladder):
        assert below.cost_npv <= above.cost_npv and below.bound_npv <= above.bound_npv
    for each in ladder:
        assert each.bound_npv <= each.cost_npv * (1 + 1e-9)
        assert each.cost_npv == pytest.approx(each.bound_npv, rel=1e-3)
        assert each.people_served >= each.people_asked * (1 - 1e-6)
    assert [p.budget for p in budgets] == [100_000.0, 250_000.0]
    assert all(p.cost_npv <= p.budget * (1 + 1e-6) for p in budgets)
    assert budgets[0].people_served <= budgets[1].people_served <= budgets[1].people_total
    assert all(p.beside == ("schools",) for p in points) and "the service of schools" in in_words(points, "USD")


def test_a_point_is_what_a_plan_of_its_own_costs(home: Path, points: list[Point], tmp_path: Path) -> None:
    alone = planned(district(tmp_path, technologies=BOTH, targets={"rural": 0.9, "schools": 0.9}))
    assert points[1].cost_npv == pytest.approx(alone.summary["objective_npv"], rel=1e-6)


def test_marginal_cost_by_hand() -> None:
    table = table_of([point(0.5, 100.0, 90.0), point(0.9, 300.0, 280.0), point(1.0, 800.0, 700.0)])
    assert np.isnan(table["marginal_cost_per_person"].iloc[0])
    assert list(table["added_people"].iloc[1:]) == pytest.approx([40, 10])
    assert list(table["marginal_cost_per_person"].iloc[1:]) == pytest.approx([5, 50])
    assert list(table["marginal_low"].iloc[1:]) == pytest.approx([180 / 40, 400 / 10])
    assert list(table["marginal_high"].iloc[1:]) == pytest.approx([210 / 40, 520 / 10])
    assert table["cost_of_next_percent"].iloc[2] == pytest.approx(50)
    assert table["gap"].iloc[2] == pytest.approx(0.125)


def test_who_is_served_today_costs_nothing(tmp_path: Path) -> None:
    """Half of the people are served: what a plan for nine in ten costs is spread over the other two fifths."""
    save(tmp_path, "today.gpkg", [at(4, 3).buffer(9000)], share=[0.5], rate_mbps=[20.0])
    folder = district(tmp_path, technologies=BOTH, targets={"rural": 1.0}, existing={"service": "today.gpkg"})
    below, last = frontier(read_project(folder), levels=(0.9, 1.0))
    people = last.people_total
    assert below.people_before == pytest.approx(0.5 * people)
    each = below.cost_npv / (0.4 * people)
    assert f"the first {0.4 * people:,.0f} people more than today cost USD {each:,.0f} each" in in_words(
        [below, last], "USD"
    )
    today = [replace(point, people_asked=0.5 * people) for point in (below,)]
    assert "the first" not in in_words([*today, last], "USD"), "nobody more than today"


def test_levels_out_of_reach_are_said(tmp_path: Path) -> None:
    """Without a satellite four masts do not reach everybody."""
    folder = district(tmp_path, targets={"rural": 1.0}, candidates={"max_sites": 1})
    found = frontier(read_project(folder), levels=(0.2, 1.0))
    assert math.isfinite(found[0].cost_npv) and not math.isfinite(found[1].cost_npv)
    assert found[1].status == "infeasible"
    files = write_frontier(found, read_project(folder), tmp_path / "out")
    said = json.loads(files[1].read_text())
    assert "infeasible (short of rural by " in said["words"] and said["points"][1]["cost_npv"] is None


def test_where_homes_are_not_asked_for_people_at_shared_places_are_counted(tmp_path: Path) -> None:
    folder = levels(tmp_path, technologies=["wifi-hotspot"], existing={"towers": None},
                    targets={"rural": 0.0, "community_rural": 0.01, "schools": 0.0, "sensors": 0.0})  # fmt: skip
    loaded = read_project(folder)
    (found,) = frontier(loaded, levels=(1.0,))
    everybody = described(folder).demand.points
    people = everybody.loc[everybody["class"] == "community_rural", "weight"].sum()
    assert found.people_total == pytest.approx(people) and found.people_asked == pytest.approx(0.01 * people)
    assert found.people_served >= found.people_asked * (1 - 1e-6) and found.beside == ()


def test_targets_of_facilities_alone_count_facilities(tmp_path: Path) -> None:
    folder = district(tmp_path, technologies=BOTH, targets={"rural": 0.0, "schools": 1.0})
    found = frontier(read_project(folder), levels=(0.5, 1.0))
    assert {point.counts for point in found} == {"facilities"} and found[-1].people_total < 100
    words = in_words(found, "USD")
    assert "of the facilities" in words and "a facility" in words and "people" not in words and "person" not in words
    files = write_frontier(found, read_project(folder), tmp_path / "out")
    assert files[2].is_file()


def test_the_command_writes_three_files_and_is_quiet_in_a_pipe(home: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["frontier", str(home), "--levels", "0.5,1", "-o", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "50% of the targets" in done.output and "…" not in done.output
    folder = tmp_path / "frontier" / "base"
    assert sorted(path.name for path in folder.iterdir()) == ["frontier.csv", "frontier.json", "frontier.png"]
    assert len(pd.read_csv(folder / "frontier.csv")) == 2
    assert (folder / "frontier.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--levels", "0,1"], "numbers above 0"),
        (["--levels", "half"], "'half'"),
        (["--budget", "-5"], "numbers above 0"),
        (["--scenario", "shared"], "no scenario"),
    ],
)
def test_wrong_ladders_are_told(home: Path, more: list[str], words: str) -> None:
    done = CliRunner().invoke(app, ["frontier", str(home), *more])
    assert done.exit_code == 2
    assert words in done.output


def test_no_target_no_ladder(tmp_path: Path) -> None:
    folder = district(tmp_path, targets={"rural": 0.0, "schools": 0.0})
    with pytest.raises(InputError, match="none above 0"):
        frontier(read_project(folder))


def test_operators_have_no_frontier_of_one_network(tmp_path: Path) -> None:
    """Planned as if everybody's shares were one builder's, it would show a cost that nobody bears."""
    operators = [{"name": "A", "share": 0.6}, {"name": "B", "share": 0.4}]
    folder = district(tmp_path, operators=operators, scenarios={"one": {"operators": None, "market_share": 0.6}})
    done = CliRunner().invoke(app, ["frontier", str(folder)])
    assert done.exit_code == 2 and "operators: 2 named" in done.output and "Traceback" not in done.output
    assert math.isfinite(frontier(read_project(folder, "one"), levels=(0.5,))[0].cost_npv)


def test_axes_show_the_figures_where_their_lines_are() -> None:
    rows = [point(level, cost, cost) for level, cost in ((0.2, 100.0), (0.6, 580.0), (0.7, 765.0))]
    figure = draw_frontier(table_of(rows), "District", "USD")
    figure.canvas.draw()
    for ax in figure.axes:
        for tick, text in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True):
            assert float(text.get_text().replace(",", "")) == pytest.approx(tick)


def test_the_picture_speaks_french() -> None:
    rows = {
        "kind": ["target", "target", "target", "budget"], "share_asked": [0.5, 0.8, 0.99, np.nan],
        "share_served": [0.5, 0.8, np.nan, 0.6], "cost_npv": [1e6, 2e6, np.nan, 1.4e6],
        "bound_npv": [9e5, 1.9e6, np.nan, 1e6],
        "budget": [np.nan, np.nan, np.nan, 1.5e6], "marginal_cost_per_person": [np.nan, 30.0, np.nan, np.nan],
        "marginal_low": [np.nan, 20.0, np.nan, np.nan], "marginal_high": [np.nan, 40.0, np.nan, np.nan],
    }  # fmt: skip
    said = {}
    for name, language in LANGUAGES.items():
        figure = draw_frontier(pd.DataFrame(rows), "X, y", "USD", language)
        figure.canvas.draw()
        said[name] = {text.get_text() for text in figure.findobj(Text) if text.get_text()}
    assert "aucun plan trouvé pour 99,0\u202f% des habitants" in said["fr"] and "desservis dans un budget" in said["fr"]
    assert not {text for text in said["fr"] & said["en"] if any(word in text for word in (" the ", "cost", "served"))}
