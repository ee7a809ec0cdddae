"""The layers of a plan as GeoParquet 1.1, tables without geometry as Parquet: one file each, for analysts."""

from __future__ import annotations

import io
import json
from pathlib import Path

import geopandas as gpd
import pandas as pd

from netplan.export.files import whole
from netplan.export.written import PLAIN, SPATIAL, WrittenPlan


def write_parquet(plan: WrittenPlan, folder: Path) -> list[Path]:
    """Writes `<layer>.parquet` for every layer and table that holds rows; returns the files.

    Coordinates stay in the plan's projected CRS, which the metadata state; each row carries its bounding box, so that
    readers can fetch a part. The file's metadata `netplan` name project, scenario, source and licences.

    Raises:
        OSError: the disk refuses.
    """
    note = {
        "project": plan.name,
        "scenario": plan.scenario,
        "currency": plan.economics.get("currency"),
        "price_year": plan.economics.get("price_year"),
        "credits": plan.credits(),
    }
    made = []
    for name in (*SPATIAL, *PLAIN):
        table = plan.layers[name] if name in SPATIAL else plan.tables[name]
        path = folder / f"{name}.parquet"
        if len(table):
            made.append(_write(table, note, path))
        else:
            path.unlink(missing_ok=True)  # of an earlier plan
    return made


def _write(table: pd.DataFrame, note: dict[str, object], path: Path) -> Path:
    import pyarrow.parquet as pq

    text = {name: table[name].astype("string") for name in table.columns if table[name].dtype == object}
    table = table.assign(**{name: values for name, values in text.items() if name != "geometry"})
    memory = io.BytesIO()
    if isinstance(table, gpd.GeoDataFrame):
        table.to_parquet(memory, index=False, schema_version="1.1.0", write_covering_bbox=True)
    else:
        table.to_parquet(memory, index=False)
    memory.seek(0)
    arrow = pq.read_table(memory)
    extra = {b"netplan": json.dumps(note, ensure_ascii=False).encode()}
    with whole(path) as made:
        pq.write_table(
            arrow.replace_schema_metadata({**(arrow.schema.metadata or {}), **extra}), made, compression="zstd"
        )
    return path
