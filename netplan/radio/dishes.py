"""Satellite backhaul: at which sites a dish sees its satellites."""

from __future__ import annotations

import numpy as np
import pandas as pd

from netplan.catalogue.schema import Catalogue
from netplan.costs import Economics
from netplan.project.schema import Project
from netplan.radio.choice import prices_of, worth_offering
from netplan.radio.shapes import xy
from netplan.radio.sky import sky_over
from netplan.tables import Inputs, Sites


def build_dishes(
    inputs: Inputs, sites: Sites, catalogue: Catalogue, project: Project | None, economics: Economics | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Rows (site_id, medium) of the satellite media worth offering at every site that sees their sky, and warnings.

    A medium that says nothing of the sky is possible at every site. The dish stands at the site's antenna height.
    """
    points = sites.points.sort_index()
    named = set(() if project is None or project.technologies is None else project.technologies)
    media = [m for _, m in sorted(catalogue.media.items()) if m.kind == "satellite" and (m.enabled or m.id in named)]
    capacity, warnings = np.zeros((len(points), len(media))), list[str]()
    for column, medium in enumerate(media):
        seen = np.ones(len(points), bool)
        if medium.sky is not None and len(points):
            height_m = np.maximum(points["height_m"].to_numpy(float), 0.0)
            sky = sky_over(medium.sky, inputs, catalogue, project, xy(points), height_m)
            seen = sky.served
            warnings += sky.warnings
            if not seen.all():
                rained = int((sky.rained_out & ~sky.blocked).sum())
                lost = int((~seen).sum())
                warnings.append(f"{medium.id}: at {lost} of {len(seen)} sites no dish can use it ({rained} for rain)")
        rate = np.inf if medium.capacity_mbps is None else medium.capacity_mbps.value
        capacity[seen, column] = rate
    row, column_of = np.nonzero(worth_offering(media, capacity, prices_of(media, economics)))
    ids = points.index.to_numpy(object)
    names = np.array([medium.id for medium in media], dtype=object)
    table = pd.DataFrame({"site_id": ids[row], "medium": names[column_of]}, dtype=object)
    return table, tuple(warnings)
