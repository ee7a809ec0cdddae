"""What the commands share: arguments, exit codes, progress on a terminal."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from netplan.planner import TracePoint

ProjectArg = Annotated[Path, typer.Argument(help="Project folder or YAML file.")]
OutArg = Annotated[Path, typer.Argument(help="Folder of a written plan, or the parent of several.")]
OutOption = Annotated[Path | None, typer.Option("-o", "--out", help="Where to write (default: PROJECT/out).")]


def above_nothing(seconds: float | None) -> float | None:
    """Seconds as given on the command line.

    Raises:
        typer.BadParameter: no time.
    """
    if seconds is not None and not 0 < seconds < float("inf"):
        raise typer.BadParameter(f"{seconds:g} is no time to plan in: give seconds above 0")
    return seconds


def _share(gap: float | None) -> float | None:
    if gap is not None and not 0 <= gap < 1:
        raise typer.BadParameter(f"{gap:g} is no share: give 0.01 for one per cent")
    return gap


GapOption = Annotated[
    float | None,
    typer.Option(callback=_share, help="Stop when it is proven that no plan is cheaper by more than this share."),
]
TimeOption = Annotated[
    float | None,
    typer.Option("--time-limit", callback=above_nothing, help="Seconds for the planner, per scenario."),
]
ThreadsOption = Annotated[int | None, typer.Option(min=1, help="Threads of the solver.")]
SeedOption = Annotated[int | None, typer.Option(min=0, help="Seed of the solver.")]


def fail(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


def guarded(work: Callable[[], Any]) -> Any:
    """Run a command's work; faults of the input end with exit code 2, no plan with 1, anything else with 3."""
    from netplan.errors import InputError, NoPlanError, SolverError

    try:
        with _asked_to_end_like_ctrl_c():
            return work()
    except InputError as error:
        fail(f"The input is wrong:\n{error.message()}", 2)
    except NoPlanError as error:
        fail(str(error), 1)
    except SolverError as error:
        fail(f"The solver failed: {error}", 3)
    except OSError as error:  # a disk that is full, a folder that may not be written: whatever the system says of it
        place = f"{error.filename}: " if error.filename else ""
        fail(f"The files cannot be read or written:\n{place}{error.strerror or error}", 2)
    except Exception as error:  # noqa: BLE001  GDAL's have no class in common; to import them would be slow
        if not type(error).__module__.startswith("pyogrio"):
            import traceback

            traceback.print_exc()
            fail("This is a fault of netplan, not of your input: please report it with the lines above.", 3)
        fail(f"The files cannot be read or written:\n{error}", 2)
    except KeyboardInterrupt:
        fail("Interrupted before it was done, so there is no result; plans written before are kept.", 1)


@contextmanager
def _asked_to_end_like_ctrl_c() -> Iterator[None]:
    """SIGTERM (``timeout``, a batch system, a closing desktop) keeps the best plan and tidies up, as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def with_plan(folders: Sequence[Path]) -> list[Path]:
    """Those of the folders whose summary tells of a plan.

    Raises:
        InputError: a summary is absent or unreadable; all of them are named.
    """
    import json

    from netplan.errors import Fault, InputError

    found, faults = [], []
    for folder in folders:
        try:
            summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
            said = "" if isinstance(summary, dict) else "it is no table of keys"
        except FileNotFoundError:
            summary, said = None, "the file is absent"
        except (OSError, ValueError) as error:
            summary, said = None, f"it cannot be read ({str(error).splitlines()[0]})"
        if said:
            to_do = "plan the scenario again, or name the folder that `netplan plan` wrote"
            faults.append(Fault(str(folder / "summary.json"), said, to_do))
        elif summary.get("objective_npv") is not None:
            found.append(folder)
    if faults:
        raise InputError(faults)
    return found


class Progress:
    """Says on a terminal what is being done; silent in a pipe."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def stage(self, text: str) -> None:
        """A stage begins."""
        if self._shown:
            typer.echo(f"  {text} …", err=True)

    def step(self, point: TracePoint) -> None:
        """The planner found a plan or a bound."""
        if not self._shown:
            return
        import math

        from netplan.planner.solution import relative_gap

        gap = relative_gap(point.objective, point.bound)
        cost = f"{point.objective:>16,.0f}" if math.isfinite(point.objective) else f"{'no plan yet':>16}"
        bound = f"{point.bound:>16,.0f}" if math.isfinite(point.bound) else f"{'–':>16}"
        shown = f"{gap:7.2%}" if math.isfinite(gap) else "      –"
        typer.echo(f"    {point.seconds:7.1f} s  {point.phase:<18} cost {cost}  bound {bound}  gap {shown}", err=True)


def home(project: Path) -> Path:
    return project if project.is_dir() else project.parent
