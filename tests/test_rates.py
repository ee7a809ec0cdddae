"""From loss to rate to airtime: engineers' known figures, and what must hold whatever the figures are."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from netplan.catalogue import load_catalogue
from netplan.catalogue.schema import Catalogue, CostItem, Radio, Step, Uplink
from netplan.radio import budget
from netplan.radio.lines import serve_lines
from netplan.radio.people import shares_reached
from netplan.radio.rates import Curve, curve_of, split_rate_mbps
from netplan.radio.serve import places_taken, serve_hotspot
from netplan.radio.spectrum import exclusive_options, occupied
from netplan.radio.upgrades import generations_in, lines_for, standing, upgraded
from tests.districts import UTM, District, demand_of, inputs_of, offered, plan_of, project_of
from tests.test_radio import demand, options, q, radio, sites, technology


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load_catalogue()


def uplink(**changes: Any) -> Uplink:
    values: dict[str, float] = {
        "tx_power_dbm": 23, "bandwidth_mhz": 10, "min_bandwidth_mhz": 0.18, "time_share": 1, "rx_noise_figure_db": 3,
        "interference_margin_db": 1, "diversity_gain_db": 3, "shannon_alpha": 0.4, "sinr_min_db": -10,
        "efficiency_max_bps_hz": 2, "traffic_share": 0.1,
    }  # fmt: skip
    plain = {key: changes.pop(key) for key in ("shares_airtime", "steps") if key in changes}
    return Uplink(**{key: q(value) for key, value in {**values, **changes}.items()}, **plain)  # type: ignore[arg-type]


def two_way(**changes: Any) -> Radio:
    """The test radio with an uplink; keys `up_…` change the uplink."""
    up = {key[3:]: changes.pop(key) for key in list(changes) if key.startswith("up_")}
    return radio(**changes).model_copy(update={"uplink": uplink(**up)})


def first(catalogue: Catalogue, key: str) -> Radio:
    found = catalogue.technologies[key].radio
    assert found is not None
    return found


# --- figures every engineer knows


def test_thermal_noise() -> None:
    assert budget.thermal_noise_dbm(20, 0) == pytest.approx(-101, abs=0.02)
    assert budget.thermal_noise_dbm(0.18, 5) == pytest.approx(-116.4, abs=0.1)
    assert budget.thermal_noise_dbm(10, 7) == pytest.approx(-97)


def test_802_11ax_rates_and_sensitivities(shipped: Catalogue) -> None:
    """MCS 0 to 11 of one stream in 20 MHz, guard 0.8 us; minimum sensitivity with 10 dB noise figure and 5 dB loss."""
    steps = shipped.modulation["ieee-80211ax"].steps
    rates = [20 * step.efficiency_bps_hz for step in steps]
    assert rates == pytest.approx([8.6, 17.2, 25.8, 34.4, 51.6, 68.8, 77.4, 86.0, 103.2, 114.7, 129.0, 143.4], abs=0.05)
    sensitivity = [budget.thermal_noise_dbm(20, 15) + step.sinr_db for step in steps]
    assert sensitivity == pytest.approx([-82, -79, -77, -74, -70, -66, -65, -64, -59, -57, -54, -52], abs=0.05)


def test_cqi_table_is_that_of_3gpp(shipped: Catalogue) -> None:
    steps = shipped.modulation["lte-cqi"].steps
    code_rate = [78, 120, 193, 308, 449, 602, 378, 490, 616, 466, 567, 666, 772, 873, 948]
    bits = [2] * 6 + [4] * 3 + [6] * 6
    wanted = [b * r / 1024 for b, r in zip(bits, code_rate, strict=True)]
    assert [step.efficiency_bps_hz for step in steps] == pytest.approx(wanted, abs=1e-4)


def test_lora_bit_rates(shipped: Catalogue) -> None:
    rates = [125_000 * step.efficiency_bps_hz for step in shipped.modulation["lora-125khz"].steps]
    assert rates == pytest.approx([293, 537, 977, 1758, 3125, 5469], abs=1)
    lora = first(shipped, "lorawan")
    assert budget.thermal_noise_dbm(0.125, 6) + lora.steps[0].sinr_db == pytest.approx(-137, abs=0.1)


def test_gpon_split() -> None:
    assert split_rate_mbps(2488, 64) == pytest.approx(38.9, abs=0.05)
    assert split_rate_mbps(2488, 32) == pytest.approx(77.8, abs=0.06)


def test_nb_iot_reaches_a_coupling_loss_of_164_db(shipped: Catalogue) -> None:
    """3GPP TR 45.820 counts from antenna port to antenna port, without gains, margins and walls."""
    unit = first(shipped, "nb-iot")
    assert unit.uplink is not None
    gains = unit.tx_gain_dbi.value - unit.tx_loss_db.value + unit.rx_gain_dbi.value
    margins = unit.entry_loss_db.value + budget.shadow_margin_db(unit) + unit.interference_margin_db.value
    down = budget.sinr_at_zero_loss_db(unit) - gains + margins - unit.sinr_min_db.value
    up_margins = unit.entry_loss_db.value + budget.shadow_margin_db(unit) + unit.uplink.interference_margin_db.value
    up = budget.uplink_sinr_at_zero_loss_db(unit, unit.uplink) - gains + up_margins - unit.uplink.sinr_min_db.value
    assert down == pytest.approx(164, abs=0.2) and up == pytest.approx(164, abs=0.2)


def test_lte_cell_of_10_mhz(shipped: Catalogue) -> None:
    """27 Mbit/s near the mast; at the edge 5 Mbit/s down need -1 dB of SINR, and the uplink gives out first."""
    unit = first(shipped, "lte-800")
    assert float(budget.rate_mbps(unit, 90)) == pytest.approx(27)
    edge_db = float(budget.max_loss_db(unit, 5))
    down_db = float(budget.max_loss_db(unit.model_copy(update={"uplink": None}), 5))
    assert down_db == pytest.approx(budget.sinr_at_zero_loss_db(unit) + 1.1, abs=0.1)
    assert 138 < edge_db < down_db < 150
    with_cqi = unit.model_copy(update={"steps": shipped.modulation["lte-cqi"].steps, "uplink": None})
    shannon = unit.model_copy(update={"uplink": None, "efficiency_max_bps_hz": q(4.4)})
    loss = budget.sinr_at_zero_loss_db(unit) - 10.0
    assert float(budget.rate_mbps(with_cqi, loss)) == pytest.approx(19.1, abs=0.1)
    assert float(budget.rate_mbps(shannon, loss)) == pytest.approx(20.8, abs=0.1)


# --- what must hold


losses = st.floats(80, 190)


@settings(max_examples=60, deadline=None)
@given(losses, st.floats(0.01, 20))
def test_rate_falls_and_airtime_grows_with_loss(loss: float, more: float) -> None:
    for unit in (radio(), two_way(), two_way(up_shares_airtime=True), two_way(up_steps=(step(-3, 0.3), step(6, 1)))):
        near, far = budget.rate_mbps(unit, [loss, loss + more])
        assert far <= near + 1e-12
        spent = budget.airtime_per_mbps([unit], [[loss, loss + more]])
        assert spent[1] >= spent[0] * (1 - 1e-12)


@settings(max_examples=60, deadline=None)
@given(losses, st.floats(0, 10), st.sampled_from(["tx_power_dbm", "up_tx_power_dbm", "tx_gain_dbi", "rx_gain_dbi"]))
def test_more_power_or_gain_never_lowers_the_rate(loss: float, more: float, what: str) -> None:
    base = {"tx_power_dbm": 46.0, "up_tx_power_dbm": 23.0, "tx_gain_dbi": 15.0, "rx_gain_dbi": 0.0}
    less, greater = two_way(**base), two_way(**{**base, what: base[what] + more})
    assert float(budget.rate_mbps(greater, loss)) >= float(budget.rate_mbps(less, loss)) - 1e-9


@settings(max_examples=60, deadline=None)
@given(losses, st.floats(1, 4))
def test_more_bandwidth_never_lowers_the_rate_of_whom_it_reaches(loss: float, factor: float) -> None:
    """Power spread over more bandwidth reaches less far; whom it still reaches gets no less."""
    narrow, wide = two_way(), two_way(bandwidth_mhz=10 * factor, up_bandwidth_mhz=10 * factor)
    wider = float(budget.rate_mbps(wide, loss))
    assume(wider > 0)
    assert wider >= float(budget.rate_mbps(narrow, loss)) - 1e-9


@settings(max_examples=80, deadline=None)
@given(st.floats(0.05, 26), st.booleans(), st.booleans())
def test_largest_loss_meets_the_rate_both_ways(required: float, tabled: bool, narrow: bool) -> None:
    ladder = {"up_steps": tuple(step(-8 + 4 * i, 0.1 * 2**i) for i in range(5))} if tabled else {}
    unit = two_way(up_min_bandwidth_mhz=0.18 if narrow else 10.0, **ladder)
    limit = float(budget.max_loss_db(unit, required))
    assume(math.isfinite(limit))
    assert float(budget.rate_mbps(unit, limit - 1e-6)) >= required * (1 - 1e-6)
    assert float(budget.rate_mbps(unit, limit + 0.01)) < required


@settings(max_examples=40, deadline=None)
@given(st.floats(-30, 40))
def test_steps_and_their_inverse_agree(sinr: float) -> None:
    ladder = tuple(step(-6 + 3 * i, 0.2 * (i + 1)) for i in range(10))
    curve = Curve(0, 0, 0, ladder)
    got = float(curve.efficiency_bps_hz(sinr))
    assert got == max([s.efficiency_bps_hz for s in ladder if s.sinr_db <= sinr], default=0.0)
    if got:
        assert float(curve.sinr_db(got)) <= sinr
    assert curve.sinr_db(2.001) == math.inf and np.isnan(curve.efficiency_bps_hz(math.nan)) == 0


def step(sinr_db: float, efficiency: float) -> Step:
    return Step(sinr_db=sinr_db, efficiency_bps_hz=efficiency)


def test_a_weak_terminal_concentrates_its_power() -> None:
    unit = two_way()
    assert unit.uplink is not None
    at_floor = budget.uplink_sinr_at_zero_loss_db(unit, unit.uplink) + 10
    rate, part = budget.uplink_mbps(unit, [at_floor, at_floor + 10, at_floor + 17.4, at_floor + 17.6])
    assert part == pytest.approx([1, 0.1, 10**-1.74, 0])
    assert rate[0] == pytest.approx(10 * 0.4 * math.log2(1.1)) and rate[1] == pytest.approx(rate[0] / 10)
    assert rate[3] == 0
    whole = two_way(up_min_bandwidth_mhz=10.0)
    assert budget.uplink_mbps(whole, at_floor + 0.1)[0] == 0


def test_both_ways_take_turns_or_do_not() -> None:
    loss = 120.0
    apart, turns = two_way(), two_way(up_shares_airtime=True)
    down, (up, part) = float(budget.downlink_mbps(apart, loss)), budget.uplink_mbps(apart, loss)
    each = (1 / down, float(0.1 * part / up))
    assert budget.airtime_per_mbps([apart], [loss]) == pytest.approx(max(each))
    assert budget.airtime_per_mbps([turns], [loss]) == pytest.approx(sum(each))


def test_reuse_divides_the_channel_and_its_noise() -> None:
    whole, third = radio(), radio().model_copy(update={"reuse": q(3)})
    assert budget.channel_mhz(third) == pytest.approx(10 / 3)
    assert budget.noise_dbm(whole) - budget.noise_dbm(third) == pytest.approx(10 * math.log10(3))
    assert float(budget.rate_mbps(third, 60)) == pytest.approx(float(budget.rate_mbps(whole, 60)) / 3)


def test_layers_share_the_power_of_their_sector() -> None:
    """Two layers carry twice as much near the mast, and for that need 3 dB less loss than one of them would."""
    one, two = radio(), radio(mimo_layers=2)
    assert budget.sinr_at_zero_loss_db(one) - budget.sinr_at_zero_loss_db(two) == pytest.approx(3.01, abs=0.001)
    assert float(budget.rate_mbps(two, 60)) == pytest.approx(2 * float(budget.rate_mbps(one, 60)))
    half = 10 * math.log10(2)
    assert float(budget.rate_mbps(two, 150 - half)) == pytest.approx(2 * float(budget.rate_mbps(one, 150)))
    assert float(budget.max_loss_db(two, 20)) == pytest.approx(float(budget.max_loss_db(one, 10)) - half)


def test_medium_access_takes_its_part_both_ways() -> None:
    """What it leaves is the rate of an idle sector: down, up, in airtime, and turned back into the largest loss."""
    air = two_way(up_shares_airtime=True)
    left = air.model_copy(update={"mac_efficiency": q(0.6)})
    for loss in (80.0, 135.0, 140.0):
        assert float(budget.rate_mbps(left, loss)) == pytest.approx(0.6 * float(budget.rate_mbps(air, loss)))
        assert budget.uplink_mbps(left, loss)[0] == pytest.approx(0.6 * budget.uplink_mbps(air, loss)[0])
        spent = budget.airtime_per_mbps([left], [loss]) / budget.airtime_per_mbps([air], [loss])
        assert float(spent) == pytest.approx(1 / 0.6)
    for mbps in (1.0, 6.0, 20.0):
        assert float(budget.max_loss_db(left, 0.6 * mbps)) == pytest.approx(float(budget.max_loss_db(air, mbps)))
    assert float(budget.max_loss_db(left, 0.6 * 44.1)) == -math.inf < float(budget.max_loss_db(left, 0.6 * 19.9))


def test_the_rate_of_wifi_is_what_a_user_has_of_it(shipped: Catalogue) -> None:
    """802.11ax in 40 MHz with two streams is 574 Mbit/s on the air at best, and not so much for anybody."""
    wifi = first(shipped, "wifi-5ghz-ptmp")
    assert float(budget.rate_mbps(wifi, 50)) == pytest.approx(0.65 * 573.5, abs=0.1)
    assert budget.max_loss_db(wifi, 400.0) == -math.inf


def test_reuse_divides_the_uplink_too() -> None:
    whole, third = two_way(), two_way().model_copy(update={"reuse": q(3)})
    near, (at_best, full), (divided, part) = 60.0, budget.uplink_mbps(whole, 60.0), budget.uplink_mbps(third, 60.0)
    assert float(divided) == pytest.approx(float(at_best) / 3) and full == part == 1
    # all of its part for a third of the rate: three times the airtime
    spent = budget.airtime_per_mbps([third], [near]) / budget.airtime_per_mbps([whole], [near])
    assert float(spent) == pytest.approx(3)
    required = 0.5 * float(budget.rate_mbps(third, near))
    most = float(budget.max_loss_db(third, required))
    assert float(budget.rate_mbps(third, most)) == pytest.approx(required, rel=1e-6)


def test_carriers_add_their_downlinks_and_the_best_uplink_counts() -> None:
    low, high = two_way(), two_way(frequency_mhz=1800, bandwidth_mhz=20)
    both = budget.combined_mbps([low, high], [[110.0, 140.0, 190.0], [120.0, math.inf, math.inf]])
    apart = budget.downlink_mbps(low, [110.0, 140.0]), budget.downlink_mbps(high, [120.0, math.inf])
    assert both[0] == pytest.approx(apart[0][0] + apart[1][0])
    assert both[1] == pytest.approx(float(budget.rate_mbps(low, 140.0))) and both[2] == 0
    spent = budget.airtime_per_mbps([low, high], [[110.0], [120.0]])
    assert spent == pytest.approx(1 / both[0])


def test_an_aggregate_reaches_as_far_as_its_low_carrier_and_is_faster_near() -> None:
    low, high = two_way(max_range_m=12_000), two_way(frequency_mhz=2600, bandwidth_mhz=20, max_range_m=3000)
    points = demand([("far", 8000, 0, 0), ("near", 1000, 0, 0)], rate=2)
    alone = options([technology("cellular", radio=low)], points, sites([("s", 0, 0)])).service.set_index("demand_id")
    pair = technology("cellular", radio=low, carriers=(high,))
    both = options([pair], points, sites([("s", 0, 0)])).service.set_index("demand_id")
    assert both.at["far", "rate_mbps"] == pytest.approx(alone.at["far", "rate_mbps"])
    assert both.at["near", "rate_mbps"] > 2 * alone.at["near", "rate_mbps"]
    assert both.at["near", "capacity_used"] < alone.at["near", "capacity_used"]


def test_every_shipped_radio_closes_both_ways(shipped: Catalogue) -> None:
    """Near the antenna the rate is the radio's best, and airtime grows towards its edge."""
    for entry in shipped.technologies.values():
        for unit in (entry.radio, *entry.carriers):
            if unit is None:
                continue
            assert unit.uplink is not None, entry.id
            top = unit.mimo_layers.value * (
                unit.steps[-1].efficiency_bps_hz if unit.steps else unit.efficiency_max_bps_hz.value
            )
            best = budget.channel_mhz(unit) * unit.downlink_share.value * top
            assert 0 < float(budget.rate_mbps(unit, 55)) <= best * (1 + 1e-9), entry.id
            edge = float(budget.max_loss_db(unit, 0))
            spent = budget.airtime_per_mbps([unit], [np.linspace(60, edge - 1e-6, 30)])
            assert (np.diff(spent) >= -1e-12 * spent[1:]).all() and spent[-1] > 1.5 * spent[0], entry.id
            assert curve_of(unit).floor_db <= 6, entry.id


# --- cabinets, lines, people, upgrades


def test_a_heavy_user_takes_more_places_of_a_split() -> None:
    light = technology("fibre-access", radio=None)
    split = technology("fibre-access", radio=None, shared_mbps=q(640), split=q(64))
    points = demand([("cell", 0, 0, 1000), ("school", 0, 0, 0)], mbps=25).points
    assert places_taken(light, points).tolist() == [40, 1]
    assert places_taken(split, points).tolist() == [40, 2.5]


def test_people_and_not_ground_are_reached_by_a_hotspot() -> None:
    """All people of the cell live in one hectare; ground says 3 %, people say all or nothing."""
    cell = demand([("cell", 0, 0, 1000)], rate=1).points
    hectares = [shapely.box(x, y, x + 100, y + 100) for x in range(399_500, 400_500, 100)
                for y in range(9_799_500, 9_800_500, 100)]  # fmt: skip
    people = [50.0 if box.contains(shapely.Point(400_050, 9_800_050)) else 0.0 for box in hectares]
    population = gpd.GeoDataFrame({"population": people}, geometry=hectares, crs=UTM)
    here, there = np.array([[400_050.0, 9_800_050.0]]), np.array([[399_700.0, 9_799_700.0]])
    assert shares_reached(here, cell, 100, None)[2] == pytest.approx([math.pi * 0.01], rel=1e-3)
    assert shares_reached(here, cell, 100, population)[2] == pytest.approx([1.0])
    assert len(shares_reached(there, cell, 100, population)[2]) == 0
    coarse = gpd.GeoDataFrame({"population": [50.0]}, geometry=[shapely.box(399_000, 9_799_000, 401_000, 9_801_000)])
    assert shares_reached(here, cell, 100, coarse)[2] == pytest.approx([math.pi * 0.01], rel=1e-3)
    spot = technology("hotspot", radio=radio(max_range_m=100, frequency_mhz=2400))
    served = serve_hotspot(spot, sites([("s", 50, 50)]).points, cell, population)
    assert served.share == pytest.approx([1.0])


def test_lines_carry_less_the_longer_they_are(shipped: Catalogue) -> None:
    """40 Mbit/s end after 1 km of line, 769 m straight; 4 Mbit/s after 4 km, 3,077 m."""
    district = District({(c, 0): 1200.0 for c in range(10)}, copper=(((0.5, 0.5), (9.5, 0.5)),))
    inputs, project = inputs_of(district), project_of(district)
    points = demand_of(district, inputs, project).points
    end = sites([("s", 500, 500)]).points
    for rate, cells in ((4, 4), (40, 2)):
        found = serve_lines(shipped.technologies["xdsl"], end, points.assign(rate_mbps=float(rate)), inputs)
        assert found.row.tolist() == list(range(cells)) and set(found.rate_mbps) == {float(rate)}
        assert found.share[1:-1] == pytest.approx(0.2) and 0 < found.share[-1] < 0.2
        assert np.isnan(found.loss_db).all()
    assert len(serve_lines(shipped.technologies["xdsl"], end, points.assign(rate_mbps=91.0), inputs).row) == 0


def test_lines_that_are_not_there_are_said_where_they_are_asked_for() -> None:
    homes = {(c, 0): 1200.0 for c in range(3)}
    _, named = offered(District(homes, technologies=("xdsl", "gpon")))
    assert any("xdsl offers nothing" in text and "existing.copper" in text for text in named.warnings)
    assert set(named.table["technology"]) == {"gpon"}
    _, silent = offered(District(homes))
    assert not any("offers nothing" in text for text in silent.warnings)


def test_equipment_away_from_the_lines_serves_nobody(shipped: Catalogue) -> None:
    district = District({(5, 5): 2000.0}, technologies=("xdsl",), copper=(((5.0, 5.02), (6.0, 5.02)),))
    inputs, project = inputs_of(district), project_of(district)
    points = demand_of(district, inputs, project).points
    entry = shipped.technologies["xdsl"]
    corner = points[["x_m", "y_m"]].to_numpy()[0] - 500.0
    beside = sites([("s", corner[0] + 300 - 400_000, corner[1] + 60 - 9_800_000)])
    away = sites([("s", corner[0] + 300 - 400_000, corner[1] + 900 - 9_800_000)])
    assert len(serve_lines(entry, beside.points, points, inputs).row) == 1
    assert len(serve_lines(entry, away.points, points, inputs).row) == 0


def test_an_upgrade_is_cheaper_and_only_on_towers_of_ones_own(shipped: Catalogue) -> None:
    people = {(4, 4): 300.0}
    named = ("lte-800", "gsm-900")
    costs = {}
    for stands in ("", "gsm-900", "2g; FM radio", "lte-2600"):
        district = District(people, technologies=named, towers={(4.5, 4.5): stands}, rate_mbps=2)
        _, options = offered(district)
        mine = options.items[options.items["row_id"] == "own-tower-0001/lte-800"]
        costs[stands] = float(mine["npv"].sum())
        again = "upgrade" in " ".join(mine["item"])
        assert again == bool(stands)
    assert costs["gsm-900"] == costs["2g; FM radio"] == costs["lte-2600"] < 0.75 * costs[""]
    table = sites([("a", 0, 0), ("b", 0, 0)]).points.assign(technologies="2G")
    table["status"] = ["existing", "shared"]
    assert upgraded(shipped.technologies["lte-800"], table, shipped).tolist() == [True, False]
    assert upgraded(shipped.technologies["gsm-900"], table, shipped).tolist() == [False, False]


def test_what_stands_is_read_by_id_alias_or_generation(shipped: Catalogue) -> None:
    assert generations_in("gsm-900; lte-800", shipped) == {"2G", "4G"}
    assert generations_in("UMTS, 4g", shipped) == {"3G", "4G"}
    assert generations_in("fm radio 100 MHz", shipped) == set()
    both = (CostItem(item="a", category="access", charged="new"), CostItem(item="b", category="access"))
    assert [line.item for line in lines_for(both, True)] == ["b"]
    assert [line.item for line in lines_for(both, False)] == ["a", "b"]


def test_a_radio_carries_the_steps_of_its_modulation(shipped: Catalogue) -> None:
    wifi = first(shipped, "wifi-5ghz-ptmp")
    assert wifi.steps == shipped.modulation["ieee-80211ax"].steps
    assert wifi.uplink is not None and wifi.uplink.steps == wifi.steps
    assert not first(shipped, "lte-800").steps


def test_what_stands_on_a_tower_is_not_sold_there_again(shipped: Catalogue) -> None:
    people = {(4, 4): 300.0}
    for stands, again in (("", True), ("2G", True), ("lte-800", False), ("4G; FM radio", False), ("LTE 800", False)):
        district = District(people, technologies=("lte-800",), towers={(4.5, 4.5): stands}, rate_mbps=2)
        _, options = offered(district)
        assert ("own-tower-0001/lte-800" in options.table.index) == again, stands
    table = sites([("a", 0, 0), ("b", 0, 0), ("c", 200, 0)]).points
    table = table.assign(technologies=["2G", "4G", ""], status=["existing", "existing", "existing"])
    # one tower, given once for each technology
    assert standing(shipped.technologies["lte-800"], table, shipped).tolist() == [True, True, False]
    assert not standing(shipped.technologies["lte-800"], table.assign(status="shared"), shipped).any()
    # beside it its carriers are in use, though nothing there is to be upgraded
    beside = table.assign(x_m=table["x_m"] + [0, 40, 0], technologies=["", "4G", ""])
    assert standing(shipped.technologies["lte-800"], beside, shipped).tolist() == [True, True, False]
    assert upgraded(shipped.technologies["lte-800"], beside, shipped).tolist() == [False, True, False]


def test_options_of_a_site_with_a_common_carrier_exclude_each_other() -> None:
    people = {(4, 4): 300.0}
    shared = ("lte-700", "lte-800", "lte-800-1800-ca", "nr-700")
    _, options = offered(District(people, technologies=shared, towers={(4.5, 4.5): ""}, rate_mbps=2))
    mast = {group for group in options.exclusive if group[0].startswith("own-tower-0001/")}
    assert mast == {
        ("own-tower-0001/lte-700", "own-tower-0001/nr-700"),
        ("own-tower-0001/lte-800", "own-tower-0001/lte-800-1800-ca"),
    }
    # sensors' radios run inside a carrier of others
    _, options = offered(District(people, technologies=("lte-800", "lte-1800", "nb-iot"), towers={(4.5, 4.5): ""}))
    assert options.exclusive == ()


def test_towers_listed_once_for_each_network_at_a_place_share_its_carriers(shipped: Catalogue) -> None:
    east_m = {"a": 0.0, "b": 0.0, "c": 40.0, "d": 80.0, "e": 140.0}
    rows = [(site, east_m[site], key) for site in east_m for key in ("lte-800", "wifi-5ghz-ptmp")]
    table = pd.DataFrame(rows, columns=["site_id", "x_m", "technology"], index=[f"{r[0]}/{r[2]}" for r in rows])
    table = table.assign(y_m=7.0)
    # near in a row: no two of them within 50 m may be on, and e stands by itself
    assert exclusive_options(table, shipped) == (("a/lte-800", "b/lte-800", "c/lte-800", "d/lte-800"),)
    assert exclusive_options(table.iloc[::-1], shipped) == exclusive_options(table, shipped)
    _, options = offered(District({(4, 4): 300.0}, technologies=("lte-800",), towers={(4.5, 4.5): "", (4.52, 4.5): ""}))
    towers = {key for group in options.exclusive for key in group}
    assert {"own-tower-0001/lte-800", "own-tower-0002/lte-800"} <= towers


def test_a_carrier_in_use_on_a_mast_is_not_sold_to_another(shipped: Catalogue) -> None:
    """What stands counts to today's service with its spectrum, whether the project builds such things or not."""
    people = {(4, 4): 300.0}
    named = ("lte-1800", "lte-800-1800-ca", "nr-700", "nb-iot")
    free = {"lte-1800", "lte-800-1800-ca", "nr-700"}
    for stands, taken in (
        ("", set()),
        ("2G; 3G", set()),
        ("lte-800", {"lte-800-1800-ca"}),  # half of the aggregate: the other carrier alone is still offered
        ("4G", {"lte-800-1800-ca"}),
        ("lte-1800", {"lte-1800", "lte-800-1800-ca"}),
        ("lte-700; FM radio", {"nr-700"}),
        ("nb-iot", set()),  # in the guard band of a carrier
    ):
        district = District(people, technologies=named, towers={(4.5, 4.5): stands}, rate_mbps=2)
        _, options = offered(district)
        mast = {key.split("/")[1] for key in options.table.index if key.startswith("own-tower-0001/")}
        assert mast == free - taken, stands
        said = [text for text in options.warnings if "uses its carrier today" in text]
        assert {text.split()[0] for text in said} == taken - ({stands} & free), stands
    # a new mast beside it is another matter, and so is another owner's tower
    assert any(key.endswith("/lte-800-1800-ca") for key in options.table.index)
    table = sites([("a", 0, 0)]).points.assign(technologies="lte-800", status="shared")
    assert not occupied(shipped.technologies["lte-800-1800-ca"], table, shipped).any()


def test_channels_that_overlap_exclude_each_other_and_those_that_touch_do_not(shipped: Catalogue) -> None:
    entry, whole = shipped.technologies["lte-800"], shipped.technologies
    found = {}
    for mhz in (800.0, 806.0, 815.0, 816.0, 826.0):
        radio = first(shipped, "lte-800").model_copy(update={"frequency_mhz": q(mhz, "MHz")})
        twin = entry.model_copy(update={"id": "twin", "aliases": (), "radio": radio})
        both = shipped.model_copy(update={"technologies": whole | {"twin": twin}})
        table = pd.DataFrame(
            {"technology": ["lte-700", "lte-800", "twin"], "site_id": "m", "x_m": 0.0, "y_m": 0.0},
            index=["m/a", "m/b", "m/c"],
        )
        found[mhz] = exclusive_options(table, both)
        where = sites([("a", 0, 0)]).points.assign(technologies="lte-800", status="existing")
        assert occupied(twin, where, both).tolist() == [bool(found[mhz])]
    pair = (("m/b", "m/c"),)
    assert found == {800.0: pair, 806.0: pair, 815.0: pair, 816.0: (), 826.0: ()}


def test_a_carrier_is_built_once_on_a_mast(shipped: Catalogue) -> None:
    entry = shipped.technologies["lte-800"].model_copy(update={"structures": ("own-tower",)})
    # more load than one carrier bears, less than two do
    district = District(
        {(4, 4): 450.0}, technologies=("lte-800", "twin"), towers={(4.5, 4.5): ""}, target=0.9, busy_hour_mbps=2.0
    )
    radio_800 = first(shipped, "lte-800")
    for mhz, status in ((radio_800.frequency_mhz.value, "infeasible"), (816.0, "optimal")):
        moved = radio_800.model_copy(update={"frequency_mhz": q(mhz, "MHz")})
        twin = entry.model_copy(update={"id": "twin", "aliases": (), "radio": moved})
        both = shipped.model_copy(update={"technologies": {"lte-800": entry, "twin": twin}})
        assert plan_of(district, both).status == status


def test_a_carrier_is_built_once_on_towers_of_one_place(shipped: Catalogue) -> None:
    entry = shipped.technologies["lte-800"].model_copy(update={"structures": ("own-tower",)})
    only = shipped.model_copy(update={"technologies": {"lte-800": entry}})
    for east_km, status in ((4.52, "infeasible"), (4.7, "optimal")):
        district = District(
            {(4, 4): 450.0}, technologies=("lte-800",), towers={(4.5, 4.5): "", (east_km, 4.5): ""}, target=0.9,
            busy_hour_mbps=2.0,
        )  # fmt: skip
        assert plan_of(district, only).status == status


def test_cabinets_are_proposed_on_the_line_and_missing_ones_are_said() -> None:
    # the line passes the dense cell 400 m from its middle: a cabinet in the middle joins nothing
    town = {(5, 5): 2000.0}
    line = (((5.0, 5.1), (6.0, 5.1)),)
    _, options = offered(District(town, technologies=("xdsl",), copper=line))
    assert len(options.table) and len(options.service)
    assert not any("beside a line" in text for text in options.warnings)
    far = (((0.0, 1.0), (1.0, 1.0)),)
    _, options = offered(District(town, technologies=("xdsl",), copper=far))
    assert options.table.empty and any("beside a line" in text for text in options.warnings)


@pytest.mark.parametrize(("hubs", "away_m", "rise_db"), [(6, 6000, 6), (3, 3000, 8), (6, 1500, 17)])
def test_hubs_around_raise_the_noise_of_wifi_as_its_margin_says(
    shipped: Catalogue, hubs: int, away_m: float, rise_db: float
) -> None:
    """Terminals within half the way to the next hubs; sectors after 3GPP TR 36.942, 12 (angle / width)² dB."""
    unit = shipped.technologies["wifi-5ghz-ptmp"].radio
    assert unit is not None
    r, n = np.random.default_rng(0), 20_000
    at = 0.5 * away_m * np.sqrt(r.random(n)) * np.exp(2j * np.pi * r.random(n))
    first, heard_mw = r.random(n), np.zeros(n)
    for k in range(hubs):
        way = away_m * np.exp(2j * np.pi * (first + k / hubs)) - at
        off_dish = np.abs(np.angle(way / -at, deg=True))
        off_sector = np.abs(np.angle(-way * np.exp(2j * np.pi * r.random(n)), deg=True))
        gain_db = np.where(off_dish < 4, 0.0, -22.0) - np.minimum(12 * (off_sector / 90) ** 2, 25)
        loss_db = 32.44 + 20 * np.log10(unit.frequency_mhz.value * np.abs(way) / 1000)
        heard_mw += 0.4 * 10 ** ((36 + unit.rx_gain_dbi.value + gain_db - loss_db) / 10)
    rise = 10 * np.log10(1 + heard_mw / 10 ** (budget.noise_dbm(unit) / 10))
    assert np.median(rise) == pytest.approx(rise_db, abs=0.6)
