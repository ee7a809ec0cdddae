"""The bound in a process of its own, so that one core proves while the other one looks for better plans.

    python -m netplan.planner.worker FOLDER SEED

reads FOLDER/problem.npz and writes FOLDER/state.npz after every relaxation until it is ended by whoever started it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

import numpy as np

from netplan.planner.bounding import Bounding
from netplan.planner.master import build_master
from netplan.planner.model import build
from netplan.planner.problem import Floats, Problem


class BoundWorker:
    """Starts the process; `poll` gives what is new."""

    def __init__(self, problem: Problem, seed: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="netplan-")
        folder = Path(self._folder.name)
        problem.save(folder / "problem.npz")
        self._state, self._seen = folder / "state.npz", 0
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
        try:
            stamp = self._state.stat().st_mtime_ns
        except FileNotFoundError:
            return None
        if stamp == self._seen:
            return None
        self._seen = stamp
        with np.load(self._state) as state:
            return float(state["bound"]), state["point"], state["worth"]


def main(folder: Path, seed: int) -> None:
    """Relax, cut and write, until ended, nothing is violated any more, or whoever started it is gone without a word."""
    parent = os.getppid()
    bounding = Bounding(build_master(build(Problem.load(folder / "problem.npz"))), seed)
    while os.getppid() == parent:
        bounding.relax()
        part = folder / "part.npz"
        np.savez(part, bound=bounding.bound, point=bounding.point, worth=bounding.worth)
        os.replace(part, folder / "state.npz")  # before the search for cuts, which takes as long again at first
        if not bounding.tighten():
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
