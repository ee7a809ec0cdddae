"""The radios of a catalogue as the project asks for them: coverage probability, indoors or not, margin for clutter."""

from __future__ import annotations

import math

from scipy.special import ndtri

from netplan.catalogue.quantity import Quantity
from netplan.catalogue.schema import Catalogue, Radio, Technology
from netplan.project.schema import Project, RadioSpec
from netplan.radio.serve import needs_clear_path
from netplan.radio.variability import building_entry_loss_db, location_sd_db
from netplan.tables import Inputs

FINE_M = 100.0
"""Side of the smallest square that the spread is given for, as its low end."""
HIGHEST_MHZ = 6000.0
"""End of P.1812's spread; above it that of this frequency is taken."""


def asked_radios(catalogue: Catalogue, project: Project, inputs: Inputs) -> Catalogue:
    """The catalogue with every radio and carrier rewritten; figures say in their source where they come from.

    In this order: the project's coverage probability; the spread of P.1812-7 §4.7 in place of the catalogue's, which
    stands for clutter too, where a land-cover map puts the clutter on the paths (not for hotspots, whose short paths
    are not followed over the terrain, nor for clear paths, which clutter blocks and whose spread never stood for it);
    the building entry loss of indoor terminals (see `RadioSpec.indoor`).
    """
    mapped = inputs.elevation is not None and inputs.elevation.clutter_m is not None
    technologies = {key: _asked(entry, project.radio, mapped) for key, entry in catalogue.technologies.items()}
    return catalogue.model_copy(update={"technologies": technologies})


def _asked(technology: Technology, spec: RadioSpec, mapped: bool) -> Technology:
    if technology.radio is None:
        return technology
    clutter = mapped and technology.kind != "hotspot" and not needs_clear_path(technology)
    people = technology.kind == "cellular" and set(technology.serves) != {"iot"}
    radios = [_radio(radio, spec, clutter, people) for radio in (technology.radio, *technology.carriers)]
    return technology.model_copy(update={"radio": radios[0], "carriers": tuple(radios[1:])})


def _radio(radio: Radio, spec: RadioSpec, clutter: bool, people: bool) -> Radio:
    changes: dict[str, Quantity] = {}
    if spec.coverage_probability is not None:
        share = spec.coverage_probability
        source = "radio.coverage_probability of the project"
        changes["coverage_probability"] = Quantity(value=share, unit="share", low=share, high=share, source=source)
    if clutter:
        changes["location_sd_db"] = _spread(radio)
    radio = radio.model_copy(update=changes)
    if spec.indoor != "none" and people and not radio.line_of_sight and radio.entry_loss_db.value == 0:
        return radio.model_copy(update={"entry_loss_db": _entry_loss(radio, spec)})
    return radio


def _spread(radio: Radio) -> Quantity:
    """Full spread over a 500 m square: terminals stand among the clutter of the map, not above it."""
    mhz = min(radio.frequency_mhz.value, HIGHEST_MHZ)
    usual, fine = float(location_sd_db(mhz, 0.0)), float(location_sd_db(mhz, 0.0, resolution_m=FINE_M))
    old = radio.location_sd_db.value
    return Quantity(
        value=usual,
        unit="dB",
        low=fine,
        high=max(old, usual),
        source=f"ITU-R P.1812-7 §4.7 over 500 m squares, in place of the catalogue's {old:g} dB, which stand for "
        "clutter that terrain.clutter puts on the paths",
    )


def _entry_loss(radio: Radio, spec: RadioSpec) -> Quantity:
    """P.2109 median, and so much more that both spreads together hold at the coverage probability.

    The spreads of places outdoors and of buildings are independent: margins add as squares. What the outdoor margin
    does not hold already is added here.
    """
    assert spec.indoor != "none"
    mhz, share = radio.frequency_mhz.value, radio.coverage_probability.value
    median = building_entry_loss_db(mhz, 0.5, spec.indoor)
    inside = building_entry_loss_db(mhz, share, spec.indoor) - median
    outside = float(ndtri(share)) * radio.location_sd_db.value
    margin = math.copysign(math.hypot(inside, outside), outside) - outside
    return Quantity(
        value=median + margin,
        unit="dB",
        low=min(median, median + margin),
        high=median + max(inside, margin),
        source=f"ITU-R P.2109-2, {spec.indoor} buildings: median {median:.1f} dB and a margin for their spread",
    )
