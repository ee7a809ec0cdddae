"""What is taken of rain and refraction where the project says nothing: ``models/climate.yaml``."""

from __future__ import annotations

from netplan.catalogue.quantity import Frozen, Quantity


class ClimateDefaults(Frozen):
    """Stated assumptions; a project's `climate` block, or the maps of the extra `rain`, replace them."""

    rain_rate_mm_per_h: Quantity
    """Exceeded for 0.01 % of an average year, one-minute integration (R0.01 of P.837)."""
    refractivity_gradient_n_per_km: Quantity
    """In the lowest 65 m, not exceeded for 1 % of an average year (dN1 of P.530 and P.453)."""
