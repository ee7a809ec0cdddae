"""The compact model in HiGHS, and as an MPS or LP file for any other solver."""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path

import highspy

from netplan.errors import Fault, InputError, SolverError
from netplan.planner.compact import CompactModel
from netplan.planner.highs_lp import highs_lp

SUFFIXES = (".mps", ".lp", ".mps.gz", ".lp.gz")


def highs(model: CompactModel) -> highspy.Highs:
    """The model in a quiet HiGHS, not yet run, with the names of its columns and rows.

    Raises:
        SolverError: when HiGHS does not take it.
    """
    lp = highs_lp(model.cost, model.lower, model.upper, model.matrix, model.row_lower, model.row_upper)
    lp.sense_ = highspy.ObjSense.kMaximize if model.maximise else highspy.ObjSense.kMinimize
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[whole] for whole in model.integer.astype(int).tolist()]
    further = [f"given_up_{i}" for i in range(model.matrix.shape[1] - model.columns.count)]
    lp.col_names_, lp.row_names_ = model.columns.names() + further, model.row_names()
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    if solver.passModel(lp) == highspy.HighsStatus.kError:
        raise SolverError("HiGHS does not take the compact model")
    return solver


def write_model(model: CompactModel, path: Path) -> None:
    """Write as MPS or LP by the suffix of `path`, through a temporary file beside it.

    Raises:
        InputError: for a suffix that is not in SUFFIXES.
        SolverError: when HiGHS cannot write it.
    """
    ending = next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), None)
    if ending is None:
        raise InputError(Fault(str(path), "unknown format", f"end the name in one of {', '.join(SUFFIXES)}"))
    plain = path.with_name(f".{path.name}.{os.getpid()}{ending.removesuffix('.gz')}")
    packed = plain.with_name(plain.name + ".gz")
    try:
        if highs(model).writeModel(str(plain)) == highspy.HighsStatus.kError:
            raise SolverError(f"HiGHS cannot write {path}")
        if ending.endswith(".gz"):
            with plain.open("rb") as source, gzip.GzipFile(packed, "wb", mtime=0) as target:
                shutil.copyfileobj(source, target)
            packed.replace(path)
        else:
            plain.replace(path)
    finally:
        plain.unlink(missing_ok=True)
        packed.unlink(missing_ok=True)
