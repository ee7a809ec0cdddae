"""Which formats there are, and the files each writes beside a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from netplan.errors import Fault, InputError
from netplan.export.bill import write_bill
from netplan.export.files import write_json
from netplan.export.kmz import write_kmz
from netplan.export.ofds import ofds_package
from netplan.export.ofds_geojson import ofds_features
from netplan.export.parquet import write_parquet
from netplan.export.written import WrittenPlan, read_written

OFDS_FILE, KMZ_FILE, BILL_FILE, PARQUET_FOLDER = "network.ofds.json", "plan.kmz", "bill_of_quantities.xlsx", "parquet"
OFDS_NODES, OFDS_SPANS = "network.ofds.nodes.geojson", "network.ofds.spans.geojson"
FILES = (OFDS_FILE, OFDS_NODES, OFDS_SPANS, KMZ_FILE, BILL_FILE, PARQUET_FOLDER)
"""Everything that an export may leave in a plan's folder."""


def _ofds(plan: WrittenPlan, folder: Path) -> list[Path]:
    package = ofds_package(plan)
    nodes, spans = ofds_features(package["networks"][0])
    return [
        write_json(package, folder / OFDS_FILE),
        write_json(nodes, folder / OFDS_NODES),
        write_json(spans, folder / OFDS_SPANS),
    ]


FORMATS: dict[str, Callable[[WrittenPlan, Path], list[Path]]] = {
    "ofds": _ofds,
    "kmz": lambda plan, folder: [write_kmz(plan, folder / KMZ_FILE)],
    "xlsx": lambda plan, folder: [write_bill(plan, folder / BILL_FILE)],
    "geoparquet": lambda plan, folder: write_parquet(plan, folder / PARQUET_FOLDER),
}
"""Name of a format -> what writes it into a folder. `plan.gpkg` and `coverage.tif` are the plan's own."""


def export_plan(folder: Path, formats: Iterable[str] | None = None, out: Path | None = None) -> list[Path]:
    """Writes a written plan in other formats; each file is whole or absent.

    Args:
        folder: a scenario folder that `write_plan` wrote; it must hold a plan.
        formats: names of FORMATS; None: all.
        out: where to; None: into the plan's folder.

    Returns:
        The files written.

    Raises:
        InputError: the folder has no written plan, or a format is not known (all faults at once).
        OSError: the disk refuses.
    """
    wanted = list(FORMATS) if formats is None else list(dict.fromkeys(formats))
    unknown = [name for name in wanted if name not in FORMATS]
    if unknown:
        to_do = f"choose among {', '.join(FORMATS)}"
        raise InputError([Fault("--format", f"`{name}`", to_do) for name in unknown])
    plan = read_written(folder)
    return [path for name in wanted for path in FORMATS[name](plan, out or folder)]
