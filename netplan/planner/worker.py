"""The bound in a process of its own, so that one core proves while the other one looks for better plans.

    python -m netplan.planner.worker FOLDER SEED

reads FOLDER/problem.npz and writes FOLDER/state.npz after every relaxation until it is ended by whoever started it.
Where dives suit (`plunge`) the first one begins after a few relaxations, for a plan is needed while there is time to
better it; once the bound hardly rises any more, half of the time goes to others. FOLDER/dived.npz says where the last
one ended. Where outlines suit (`outline`) there is one, once the bound has begun to rise slowly, in
FOLDER/outlined.npz.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from types import TracebackType

import numpy as np

from netplan.planner import outline as outlines
from netplan.planner.bounding import Bounding
from netplan.planner.master import build_master
from netplan.planner.model import build
from netplan.planner.plunge import Dived, plunge, suits
from netplan.planner.problem import Floats, Problem

SOONEST = 3
"""relaxations before the first dive, unless there are no more: the first ones swing"""
CONVERGED = 0.01
"""distance of a relaxation's cost and bound, relatively, up to which it says anything about what to open"""
STALLED = 5e-3
"""part by which a relaxation must raise the bound for the next one to come before a further dive"""
SLOW = 2e-3
"""part by which a relaxation raises the bound when it is time for an outline: one of a relaxation that is far from
its end is poor, and a late one leaves little time for what follows"""
NOISE = 0.1
"""what is drawn on top of a value at most in any dive but the first: with four times as much, dives end one per cent
dearer"""


class BoundWorker:
    """Starts the process; `poll` gives what is new."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="netplan-")
        folder = Path(self._folder.name)
        problem.save(folder / "problem.npz")
        self._state, self._dived, self._outlined = (
            folder / name for name in ("state.npz", "dived.npz", "outlined.npz")
        )
        self._seen: dict[Path, int] = {}
        self._said = (folder / "said.txt").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "netplan.planner.worker", str(folder), str(seed)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            start_new_session=True,  # Ctrl-C is for the search, which then ends this process
        )

    def __enter__(self) -> BoundWorker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        self._said.close()
        self._folder.cleanup()

    @property
    def running(self) -> bool:
        """Whether more can come."""
        return self._process.poll() is None

    @property
    def failure(self) -> str:
        """Why the process ended by itself with an error; empty while it runs or when it did not."""
        if self._process.poll() in (None, 0):
            return ""
        lines = Path(self._said.name).read_text("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"ended with code {self._process.returncode}"

    def poll(self) -> tuple[float, Floats, Floats] | None:
        """(bound, values of the master's columns, worth of the targets) when there is a new relaxation."""
        if not self._new(self._state):
            return None
        with np.load(self._state) as state:
            return float(state["bound"]), state["point"], state["worth"]

    def poll_dived(self) -> Dived | None:
        """Where a dive ended that has not been asked for before."""
        if not self._new(self._dived):
            return None
        with np.load(self._dived) as state:
            return Dived(state["opened"], state["built"])

    def poll_outlined(self) -> Floats | None:
        """How far an outline opens each option, once there is one that has not been asked for before."""
        if not self._new(self._outlined):
            return None
        with np.load(self._outlined) as state:
            return np.asarray(state["value"])

    def _new(self, path: Path) -> bool:
        """Whether a file was written since the last time."""
        try:
            stamp = path.stat().st_mtime_ns
        except FileNotFoundError:
            return False
        before, self._seen[path] = self._seen.get(path), stamp
        return stamp != before


def main(folder: Path, seed: int) -> None:
    """Relax, cut and write, until ended, nothing is violated any more, or whoever started it is gone without a word."""
    parent = os.getppid()
    model = build(Problem.load(folder / "problem.npz"))
    bounding, rng = Bounding(build_master(model), seed), np.random.default_rng(seed)
    dives, made, next_dive = suits(model), 0, 0.0
    outlined = not outlines.suits(model)
    for number in count(1):
        if os.getppid() != parent:
            return
        before = bounding.bound
        bounding.relax()
        _write(folder / "state.npz", bound=bounding.bound, point=bounding.point, worth=bounding.worth)
        more = bounding.tighten()  # after it is told, for the search for cuts takes as long again at first
        begun = time.monotonic()
        stalled = made == 0 or bounding.bound - before < STALLED * abs(bounding.bound)
        ready = number >= SOONEST and bounding.apart < CONVERGED and stalled
        if dives and (ready or not more) and begun >= next_dive:
            dived = plunge(bounding, rng, NOISE if made else 0.0, lambda: os.getppid() == parent)
            if dived is not None:
                _write(folder / "dived.npz", opened=dived.opened, built=dived.built)
            made, next_dive = made + 1, 2 * time.monotonic() - begun
        slow = bounding.bound - before < SLOW * abs(bounding.bound)
        if not outlined and (not more or (slow and bounding.apart < CONVERGED)):
            value = outlines.outline(bounding, lambda: os.getppid() == parent)
            if value is not None:
                _write(folder / "outlined.npz", value=value)
            outlined = True
        if not more:
            return


def _write(path: Path, **arrays: object) -> None:
    """A file of arrays, there at once."""
    part = path.with_name("part.npz")
    np.savez(part, **arrays)  # type: ignore[arg-type]
    os.replace(part, path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
