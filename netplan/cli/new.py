"""`netplan new`: a commented starter project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from netplan.cli.common import fail, guarded
from netplan.folders import writable

STARTER = """# A netplan project: paths are relative to this file. Every key has a documented default but those below.
name: My district
# language: fr                      # of maps and reports: en (default) or fr
# area: boundary.gpkg               # polygon layer; default: the extent of the demand
demand:
  population: population.tif        # people per pixel, any CRS or resolution that GDAL reads
  cell_m: 1000
  household_size: 4.5
#  facilities:
#    schools: {layer: schools.gpkg, rate_mbps: 20, busy_hour_mbps: 5}
#    clinics: {layer: clinics.gpkg, rate_mbps: 10, busy_hour_mbps: 2}
#  sensors: {layer: meters.gpkg}    # things that report by radio, with a target of their own: sensors
existing:
  pops: fibre_nodes.gpkg            # where traffic is handed over
#  towers: towers.gpkg              # with a column technologies (4G; or ids) what they serve today is worked out
#  service: coverage.gpkg           # or state it: rate_mbps, technology, share; or a raster of Mbit/s
#  fibre: fibre_lines.gpkg
routes:
  roads: roads.gpkg
#  water_pipes: pipes.gpkg          # with columns diameter_mm, material, owner; or an EPANET model: network.inp
#  water_pipes_crs: EPSG:32636      # of an EPANET model, which never states one
#  water_access: [chambers.gpkg]    # valves, chambers, tanks, pumps: where cable may enter, leave, or cannot pass
#  power_lines: power.gpkg
# terrain: {elevation: dem.tif}
# climate: {rain_rate_mm_per_h: 60}     # exceeded for 0.01 % of the year, a number or a raster; microwave and satellite
# exclusions: [parks.gpkg, lakes.gpkg]
service:
  urban: {rate_mbps: 10, busy_hour_mbps: 0.5, adoption: 0.6}
  rural: {rate_mbps: 5, busy_hour_mbps: 0.3, adoption: 0.4}
# community: {rate_mbps: 2, busy_hour_mbps: 0.05}   # shared places; targets community_urban, community_rural
targets: {urban: 0.98, rural: 0.90}
# approval: {Water Board: {probability: 0.5, delay_years: 2, cost: 25000}}  # owners of pipes, poles, ducts
# operators:                        # each plans alone for its share, or together under a lever: moran, mocn, roaming
#  - {name: Alpha, share: 0.6, spectrum: {lte-800: 10}, towers: [Alpha]}   # towers: owners in the column operator
#  - {name: Beta, share: 0.4}
# economics:                        # real money of one price year; society leaves out rents, duties and taxes
#   perspective: operator           # counts them, at its cost of capital
#   rollout: [0.4, 0.4, 0.2]        # share of every asset built at t = 0, 1, 2 years; default: all at once
#   opex_growth_per_year: {power: 0.02, other: 0.0}
#   import_duty: 0.10
#   arpu_per_month: {urban: 12, rural: 6}   # of a subscribing household; revenue against cost: viability.csv
#   gni_per_head: 1000              # price of service as a share of income
scenarios:
  greenfield: {sharing: []}
  sharing: {sharing: [towers, power-poles, water-pipes, ducts, fibre]}
"""


def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make.")],
    from_osm: Annotated[
        str | None,
        typer.Option(
            "--from-osm",
            help="West,south,east,north in degrees: fetch roads, power lines, towers, schools, clinics and settlements "
            "of this box from OpenStreetMap.",
        ),
    ] = None,
    osm_server: Annotated[str | None, typer.Option("--osm-server", help="Another Overpass server to ask.")] = None,
) -> None:
    """Write a commented starter project; on request with OpenStreetMap's layers of a box in it."""
    target = folder / "netplan.yaml"
    if target.exists():
        fail(f"{target}: exists already; choose another folder", 2)
    if from_osm is not None:
        guarded(lambda: _from_osm(folder, from_osm, osm_server))
        return
    guarded(lambda: _starter(folder))
    typer.echo(f"Wrote {target}. Put your layers beside it, name them in it, then: netplan check {folder}")


def _starter(folder: Path) -> None:
    writable([folder])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "netplan.yaml").write_text(STARTER, encoding="utf-8")


def _from_osm(folder: Path, asked: str, server: str | None) -> None:
    from netplan.starter import box_of, write_project
    from netplan.starter.overpass import SERVER, fetch

    box = box_of(asked)
    writable([folder])
    answer = fetch(box, server or SERVER)
    for name, number in write_project(folder, box, answer).items():
        typer.echo(f"{name}.gpkg: {number:,}")
    typer.echo(
        f"Wrote {folder / 'netplan.yaml'} with OpenStreetMap's layers (© OpenStreetMap contributors, ODbL 1.0). "
        f"Add the population and what it marks TO DO, then: netplan check {folder}"
    )
