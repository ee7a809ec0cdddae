"""The layers of a plan as GeoParquet 1.1, tables without geometry as Parquet: one file each, for analysts."""

from __future__ import annotations

import io
import json
from pathlib import Path

import geopandas as gpd
import pandas as pd

from netplan.export.files import whole
from netplan.export.written import PLAIN, SPATIAL, WrittenPlan
from netplan.licences import SHARE_ALIKE, Content, share_alike_rows

ALIKE = "share_alike"


def write_parquet(plan: WrittenPlan, folder: Path) -> list[Path]:
    """Writes `<layer>.parquet` for every layer and table that holds rows; returns the files.

    Rows whose places come from data under a share-alike licence (ODbL, CC BY-SA) stand in a file of their own,
    `<layer>.share_alike.parquet`; the two together are the layer. Coordinates stay in the plan's projected CRS, which
    the metadata state; each row carries its bounding box, so that readers can fetch a part. The file's metadata
    `netplan` name project, scenario and the credits that licences ask for.

    Raises:
        OSError: the disk refuses.
    """
    made = []
    content = Content(
        plan.layers, plan.project, plan.summary.get("licences") or {}, dict(plan.resolved.get("catalogue") or {})
    )
    for name in SPATIAL:
        layer, alike = plan.layers[name], share_alike_rows(content, name)
        for rows, path, shared in (
            (layer[~alike], folder / f"{name}.parquet", False),
            (layer[alike], folder / f"{name}.{ALIKE}.parquet", True),
        ):
            made += _write(rows, _note(plan, shared), path)
    for name in PLAIN:
        made += _write(plan.tables[name], _note(plan, None), folder / f"{name}.parquet")
    return made


def _note(plan: WrittenPlan, shared: bool | None) -> dict[str, object]:
    """What a file says of itself; `shared`: holds places under share-alike licences, holds none, or None: no places."""
    credits = [text for text in plan.credits() if shared is not False or not SHARE_ALIKE.search(text)]
    return {
        "project": plan.name,
        "scenario": plan.scenario,
        "currency": plan.economics.get("currency"),
        "price_year": plan.economics.get("price_year"),
        "share_alike": bool(shared),
        "credits": credits,
    }


def _write(table: pd.DataFrame, note: dict[str, object], path: Path) -> list[Path]:
    import pyarrow.parquet as pq

    if table.empty:
        path.unlink(missing_ok=True)  # of an earlier plan
        return []
    text = [name for name in table.columns if table[name].dtype == object and name != "geometry"]
    table = table.assign(**{name: table[name].astype("string") for name in text})
    memory = io.BytesIO()
    if isinstance(table, gpd.GeoDataFrame):
        table.to_parquet(memory, index=False, schema_version="1.1.0", write_covering_bbox=True)
    else:
        table.to_parquet(memory, index=False)
    memory.seek(0)
    arrow = pq.read_table(memory)
    extra = {b"netplan": json.dumps(note, ensure_ascii=False).encode()}
    told = arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), **extra})
    with whole(path) as made:
        pq.write_table(told, made, compression="zstd")
    return [path]
