"""From a project's `economics` and the catalogue's defaults to how this scenario values money."""

from __future__ import annotations

from netplan.catalogue.schema import Catalogue, EconomicDefaults, Quantity
from netplan.costs import OPERATOR, Economics
from netplan.errors import Fault, InputError
from netplan.project.economics import EconomicsSpec
from netplan.project.schema import Project


def economics_of(project: Project, catalogue: Catalogue) -> Economics:
    """The project's economics with the catalogue's defaults, every rate and price resolved.

    Raises:
        InputError: the roll-out is longer than the horizon.
    """
    wanted, defaults = project.economics, catalogue.economics
    years = int(defaults.years.value) if wanted.years is None else wanted.years
    if len(wanted.rollout) > years:
        found = f"{len(wanted.rollout)} years, and the horizon is {years}"
        raise InputError(Fault("economics.rollout", found, "build within the horizon, or lengthen `economics.years`"))
    plain = Economics(
        currency=wanted.currency,
        price_year=wanted.price_year,
        discount_rate=discount_rate(wanted, defaults),
        years=years,
        residual=wanted.residual,
        perspective=wanted.perspective,
        escalation_per_year=defaults.price_escalation_per_year.value,
        units_per_usd=wanted.units_per_usd,
    )
    price = plain.price
    imported = {str(name): share.value for name, share in defaults.import_share.items()}
    spectrum = wanted.spectrum
    stated = None if spectrum is None else spectrum.per_mhz_head
    term = None if spectrum is None else spectrum.licence_years
    return Economics(
        **{
            **vars(plain),
            "rollout": wanted.rollout,
            "opex_growth_per_year": wanted.growth(),
            "import_share": imported | wanted.import_share,
            "import_duty": wanted.import_duty,
            "vat": 0.0 if wanted.vat_recoverable else wanted.vat,
            "profit_tax": wanted.profit_tax,
            "arpu_per_month": {k: price(q) for k, q in defaults.arpu_per_month.items()} | wanted.arpu_per_month,
            "network_share": _value(wanted.network_share, defaults.network_share, 1.0),
            "leak_value_per_km_year": wanted.leak_value_per_km_year * project.market_share,
            "gni_per_head": wanted.gni_per_head,
            "affordable_share": _value(wanted.affordable_share, defaults.affordable_share, 0.02),
            "spectrum_per_mhz_head": price(defaults.spectrum_per_mhz_head) if stated is None else stated,
            "spectrum_licence_years": _value(term, defaults.spectrum_licence_years, float(years)),
        }
    )


def discount_rate(wanted: EconomicsSpec, defaults: EconomicDefaults) -> float:
    """The rate of the perspective: an operator's own WACC before a stated rate before the catalogue's."""
    operator = wanted.perspective == OPERATOR
    if operator and wanted.wacc is not None:
        return wanted.wacc.real(wanted.profit_tax)
    if wanted.discount_rate is not None:
        return wanted.discount_rate
    return _value(None, defaults.wacc if operator else None, defaults.discount_rate.value)


def _value(stated: float | None, default: Quantity | None, otherwise: float) -> float:
    if stated is not None:
        return stated
    return otherwise if default is None else default.value
