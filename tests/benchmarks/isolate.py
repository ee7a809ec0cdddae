"""Each run in a process of its own: its peak memory is its own, and a crash or a hang costs one row."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from .case import Case, Outcome
from .measure import measure
from .registry import cases, choose

GRACE_S = 120.0
"""beyond the time limit: reading, building, checking; then the process is stopped"""


@dataclass(frozen=True)
class Settings:
    """How every case is run."""

    time_limit_s: float
    gap: float | None
    threads: int
    seed: int
    folder: Path | None


def run_apart(case: Case, method: str, settings: Settings) -> Outcome:
    """`measure` in a fresh process; a row with a note where it ends badly."""
    asked = [case.family, case.name, method, str(settings.time_limit_s), str(settings.gap), str(settings.threads)]
    asked += [str(settings.seed), str(settings.folder or "")]
    started = time.monotonic()
    lost = Outcome(case.family, case.name, method, published=case.published, certain=case.certain)
    with tempfile.TemporaryDirectory() as scratch:
        answer, said = Path(scratch) / "row.json", Path(scratch) / "said.txt"
        with said.open("w") as sink:
            command = [sys.executable, "-m", __name__, str(answer), *asked]
            process = subprocess.Popen(command, stdout=sink, stderr=sink, cwd=_top(), start_new_session=True)
            try:
                code = process.wait(settings.time_limit_s * 1.5 + GRACE_S)
            except (subprocess.TimeoutExpired, KeyboardInterrupt) as stop:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                if isinstance(stop, KeyboardInterrupt):
                    raise
                note = "went on long past its time limit"
                return replace(lost, status="killed", note=note, seconds=time.monotonic() - started)
        if code == 0 and answer.is_file():
            return Outcome.from_dict(json.loads(answer.read_text()))
        why = f"signal {signal.Signals(-code).name}" if code < 0 else _last_line(said)
        return replace(lost, status="crashed", note=why, seconds=time.monotonic() - started)


def _top() -> Path:
    """The folder from which this package has the name it was imported by."""
    return Path(__file__).resolve().parents[len(__name__.split(".")) - 1]


def _last_line(path: Path) -> str:
    lines = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1].strip()[:200] if lines else "no word"


def peak_memory_mb() -> float | None:
    """Most memory that this process has held, and the largest of those it started and waited for (Linux only)."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return None
    import resource

    for line in status.read_text().splitlines():
        if line.startswith("VmHWM:"):
            own = int(line.split()[1]) / 1024
            return own + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return None


def main(argv: list[str]) -> None:
    """The process's end: run what it is asked, write the row as JSON."""
    answer, family, name, method, limit, gap, threads, seed, folder = argv
    (case,) = choose([c for c in cases(Path(folder) if folder else None) if c.family == family], name=name)
    row = measure(
        case,
        method,
        time_limit_s=float(limit),
        gap=None if gap == "None" else float(gap),
        threads=int(threads),
        seed=int(seed),
    )
    Path(answer).write_text(json.dumps(row.to_dict() | {"memory_mb": peak_memory_mb()}))


if __name__ == "__main__":
    main(sys.argv[1:])
