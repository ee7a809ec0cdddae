"""The command line: thin, typed, and quick to start (every heavy import is inside its command)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from netplan import __version__

if TYPE_CHECKING:
    from netplan.pipeline import District
    from netplan.planner import TracePoint
    from netplan.project import LoadedProject

app = typer.Typer(
    help="Least-cost connectivity plans for districts, with a proven bound, from your own GIS files.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

ProjectArg = Annotated[Path, typer.Argument(help="Project folder or YAML file.")]
OutArg = Annotated[Path, typer.Argument(help="Folder of a written plan, or the parent of several.")]
OutOption = Annotated[Path | None, typer.Option("-o", "--out", help="Where to write (default: PROJECT/out).")]
GapOption = Annotated[float | None, typer.Option(help="Stop when the plan is proven within this share of the optimum.")]
TimeOption = Annotated[float | None, typer.Option("--time-limit", help="Seconds for the planner, per scenario.")]
ThreadsOption = Annotated[int | None, typer.Option(help="Threads of the solver.")]
SeedOption = Annotated[int | None, typer.Option(help="Seed of the solver.")]


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


def _guarded(work: Callable[[], Any]) -> Any:
    """Run a command's work; faults of the input end with exit code 2, no plan with 1, anything else with 3."""
    from netplan.errors import InputError, NoPlanError, SolverError

    try:
        return work()
    except InputError as error:
        _fail(f"The input is wrong:\n{error.message()}", 2)
    except NoPlanError as error:
        _fail(str(error), 1)
    except KeyboardInterrupt:
        _fail("Interrupted before a plan was found.", 1)
    except SolverError as error:
        _fail(f"The solver failed: {error}", 3)


class _Progress:
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

        gap = (point.objective - point.bound) / point.objective if math.isfinite(point.objective) else math.nan
        cost = f"{point.objective:>16,.0f}" if math.isfinite(point.objective) else f"{'no plan yet':>16}"
        bound = f"{point.bound:>16,.0f}" if math.isfinite(point.bound) else f"{'–':>16}"
        shown = f"{gap:7.2%}" if math.isfinite(gap) else "      –"
        typer.echo(f"    {point.seconds:7.1f} s  {point.phase:<18} cost {cost}  bound {bound}  gap {shown}", err=True)


def _plan_scenarios(
    project: Path,
    scenarios: list[str | None],
    out: Path,
    *,
    gap: float | None,
    time_limit: float | None,
    threads: int | None,
    seed: int | None,
) -> list[Path]:
    """Plan each scenario, write it with its map; returns the folders of those that have a plan."""
    loaded = _read_scenarios(project, scenarios)  # before the heavy imports: a fault is told at once

    from netplan.errors import NoPlanError
    from netplan.maps import draw_map
    from netplan.pipeline import COVERAGE_FILE, describe, plan_district, scenario_folder, write_coverage
    from netplan.plan import write_plan

    progress = _Progress()
    folders: dict[str, Path] = {}
    earlier = None  # fewer levers first: every plan of a scenario with fewer is one of a scenario with more
    for each in sorted(loaded, key=lambda one: len(one.project.sharing)):
        progress.stage(f"scenario {each.scenario}")
        district = describe(each, say=progress.stage)
        plan = plan_district(
            district,
            gap=gap,
            time_limit_s=time_limit,
            threads=threads,
            seed=seed,
            on_progress=progress.step,
            earlier=earlier,
        )
        earlier = plan
        folder = scenario_folder(out, each)
        write_plan(plan, folder)
        if plan.summary["objective_npv"] is None:
            for stale in ("map.png", COVERAGE_FILE):  # an earlier plan's would not be of this answer
                (folder / stale).unlink(missing_ok=True)
            raise NoPlanError(_why_no_plan(each.scenario, plan.summary, district))
        progress.stage("coverage")
        write_coverage(district, plan, folder)
        progress.stage("map")
        draw_map(folder, each.folder, folder / "map.png")
        folders[each.scenario] = folder
        typer.echo(_one_line(each.scenario, plan.summary))
    return [folders[each.scenario] for each in loaded]


def _read_scenarios(project: Path, scenarios: list[str | None]) -> list[LoadedProject]:
    """Every scenario's merged project; the faults of all of them at once, each told once."""
    from netplan.errors import InputError
    from netplan.project import read_project

    loaded, faults = [], []
    for name in scenarios:
        try:
            loaded.append(read_project(project, name))
        except InputError as error:
            faults += [fault for fault in error.faults if fault not in faults]
    if faults:
        raise InputError(faults)
    return loaded


def _one_line(scenario: str, summary: dict[str, Any]) -> str:
    gap = summary["gap"]
    proven = "no bound" if gap is None else f"proven within {gap:.1%} of the cheapest possible"
    return (
        f"{scenario}: {summary['objective_npv']:,.0f} over the horizon (present value), {proven}; "
        f"planned in {summary['seconds'].get('planner', 0):.0f} s"
    )


def _why_no_plan(scenario: str, summary: dict[str, Any], district: District) -> str:
    """Which targets cannot be met, by how much, and who is out of reach of everything."""
    if summary["status"] != "infeasible":
        return f"{scenario}: stopped by {summary['stopped_by']} before a plan was found; give it more time."
    lines = [f"{scenario}: the targets cannot be met."]
    points = district.demand.points
    reached = set(district.options.service["demand_id"])
    out_of_reach = points[~points.index.isin(reached)]
    for name, short in (summary.get("shortfall") or {}).items():
        lost = out_of_reach[out_of_reach["class"] == name]
        lines.append(
            f"  {name}: short by {short:,.0f} of {points.loc[points['class'] == name, 'weight'].sum():,.0f}; "
            f"out of reach of every option: {lost['weight'].sum():,.0f} in {len(lost)} rows"
            + (f", e.g. {', '.join(lost.index[:5])}" if len(lost) else "")
        )
    for name, ids in (summary.get("binding") or {}).items():
        more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
        lines.append(f"  {name} that are full and would serve more if they were larger: {', '.join(ids[:5])}{more}")
    lines.append("  Lower the target or the required rate, or offer a technology that reaches them (satellite does).")
    return "\n".join(lines)


@app.command()
def plan(
    project: ProjectArg,
    scenario: Annotated[str | None, typer.Option(help="Scenario of the project.")] = None,
    out: OutOption = None,
    gap: GapOption = None,
    time_limit: TimeOption = None,
    threads: ThreadsOption = None,
    seed: SeedOption = None,
) -> None:
    """Plan one scenario (the base project without --scenario) and write it."""
    target = out or _home(project) / "out"
    folders = _guarded(
        lambda: _plan_scenarios(project, [scenario], target, gap=gap, time_limit=time_limit, threads=threads, seed=seed)
    )
    typer.echo(f"Written to {folders[0]}; map: {folders[0] / 'map.png'}")


@app.command()
def compare(
    project: ProjectArg,
    scenarios: Annotated[str | None, typer.Option(help="Comma-separated; default: all.")] = None,
    out: OutOption = None,
    gap: GapOption = None,
    time_limit: TimeOption = None,
    threads: ThreadsOption = None,
    seed: SeedOption = None,
) -> None:
    """Plan scenarios of a project and compare them: costs, sites, coverage, what differs where."""
    target = out or _home(project) / "out"
    _guarded(lambda: _compare(project, scenarios, target, gap, time_limit, threads, seed))


def _compare(
    project: Path,
    scenarios: str | None,
    target: Path,
    gap: float | None,
    time_limit: float | None,
    threads: int | None,
    seed: int | None,
) -> None:
    from netplan.errors import Fault, InputError
    from netplan.project import scenario_names

    names = scenario_names(project) if scenarios is None else [name.strip() for name in scenarios.split(",")]
    if len(names) < 2:
        raise InputError(Fault(str(project), f"{len(names)} scenario", "name two or more under `scenarios`"))
    folders = _plan_scenarios(project, list(names), target, gap=gap, time_limit=time_limit, threads=threads, seed=seed)
    from netplan.compare import compare as compare_plans
    from netplan.compare import explain, write_comparison

    comparison = compare_plans(folders)
    write_comparison(comparison, target)
    typer.echo("")
    typer.echo(explain(comparison))
    typer.echo("")
    for folder in folders:
        typer.echo(f"map: {folder / 'map.png'}")
    typer.echo(f"comparison: {target / 'comparison.png'}, {target / 'comparison.csv'}")


def _home(project: Path) -> Path:
    return project if project.is_dir() else project.parent


def _demo_folder() -> Path:
    """The district that ships with netplan: inside the wheel, else the repository's data folder."""
    package = Path(__file__).resolve().parent
    installed = package / "_data" / "rwamagana-kayonza"
    return installed if installed.is_dir() else package.parent / "data" / "rwamagana-kayonza"


@app.command()
def demo(
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write.")] = Path("out"),
    scenarios: Annotated[str, typer.Option(help="Comma-separated.")] = "greenfield,sharing,sharing-without-masts",
    gap: GapOption = None,
    time_limit: TimeOption = None,
    threads: ThreadsOption = None,
    seed: SeedOption = None,
) -> None:
    """Plan the district that ships with netplan, greenfield and sharing (with and without its assumed masts)."""
    _guarded(lambda: _compare(_demo_folder(), scenarios, out, gap, time_limit, threads, seed))


@app.command()
def check(project: ProjectArg, scenario: Annotated[str | None, typer.Option(help="Scenario.")] = None) -> None:
    """Read and validate every input, print what was found, change nothing."""
    _guarded(lambda: _check(project, scenario))


def _check(project: Path, scenario: str | None) -> None:
    from netplan.pipeline import describe
    from netplan.project import read_project

    district = describe(read_project(project, scenario), say=_Progress().stage)
    points = district.demand.points
    typer.echo(f"{district.loaded.project.name}, scenario {district.loaded.scenario}")
    typer.echo(f"CRS {district.inputs.crs.name}, area {district.inputs.area.area / 1e6:,.0f} km²")
    for name, rows in points.groupby("class"):
        weight = float(rows["weight"].sum())
        today = float((rows["weight"] * rows["baseline_share"]).sum()) / weight if weight > 0 else 0.0
        typer.echo(f"  {name}: {len(rows):,} rows, {weight:,.0f} people or facilities, {today:.1%} served today")
    for name, rows in district.sites.points.groupby("structure"):
        typer.echo(f"  candidate {name}: {len(rows):,}")
    typer.echo(f"  options: {len(district.options.table):,}, service entries: {len(district.options.service):,}")
    for name, rows in district.backhaul.edges.groupby("medium"):
        typer.echo(f"  {name}: {len(rows):,} edges, {rows['length_m'].sum() / 1000:,.0f} km")
    for text in district.warnings:
        typer.echo(f"note: {text}")


@app.command()
def verify(out: OutArg) -> None:
    """Audit a written plan from its files alone; exit 0 only if every rule holds."""
    from netplan.verify import verify as audit

    findings = _guarded(lambda: audit(out))
    broken = 0
    for name, rows in findings.items():
        typer.echo(f"{name}: {'every rule holds' if not rows else f'{len(rows)} findings'}")
        for finding in rows[:20]:
            typer.echo(f"  {finding}")
        broken += len(rows)
    if broken:
        raise typer.Exit(1)


@app.command("map")
def map_(out: OutArg) -> None:
    """Redraw the maps of a written plan, without solving."""

    def work() -> None:
        from netplan.errors import Fault, InputError

        here = (out / "summary.json").exists()
        folders = [out] if here else sorted(path.parent for path in out.glob("*/summary.json"))
        if not folders:
            raise InputError(Fault(str(out), "no written plan here", "give the folder that `netplan plan` wrote"))
        from netplan.maps import draw_map

        for folder in folders:
            if json.loads((folder / "summary.json").read_text(encoding="utf-8"))["objective_npv"] is not None:
                typer.echo(str(draw_map(folder, _project_of(folder), folder / "map.png")))

    _guarded(work)


@app.command()
def models(entry: Annotated[str | None, typer.Argument(help="An id of the catalogue.")] = None) -> None:
    """The catalogue: every technology, medium, sharing mode and cost, with unit, year and source."""

    def work() -> None:
        from rich.console import Console

        from netplan.catalogue import load_catalogue
        from netplan.catalogue.show import catalogue_table, entry_table

        catalogue = load_catalogue()
        console = Console()
        if not console.is_terminal:  # a pipe has no width: leave the words whole
            console = Console(width=140)
        console.print(catalogue_table(catalogue) if entry is None else entry_table(catalogue, entry))

    _guarded(work)


def _project_of(folder: Path) -> Path | None:
    """Where the layers of a written plan are, as the plan says; None when they are gone."""
    import yaml

    try:
        stated = yaml.safe_load((folder / "resolved.yaml").read_text(encoding="utf-8"))["project_folder"]
    except (OSError, KeyError, TypeError, yaml.YAMLError):
        return None
    home = folder / str(stated)
    return home.resolve() if home.is_dir() else None


STARTER = """# A netplan project: paths are relative to this file. Every key has a documented default but those below.
name: My district
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
#  water_pipes: pipes.gpkg          # with columns diameter_mm and material
#  water_access: [chambers.gpkg]    # where cable may enter or leave a pipe
#  power_lines: power.gpkg
# terrain: {elevation: dem.tif}
# climate: {rain_rate_mm_per_h: 60}     # exceeded for 0.01 % of the year, a number or a raster; microwave and satellite
# exclusions: [parks.gpkg, lakes.gpkg]
service:
  urban: {rate_mbps: 10, busy_hour_mbps: 0.5, adoption: 0.6}
  rural: {rate_mbps: 5, busy_hour_mbps: 0.3, adoption: 0.4}
# community: {rate_mbps: 2, busy_hour_mbps: 0.05}   # shared places; targets community_urban, community_rural
targets: {urban: 0.98, rural: 0.90}
scenarios:
  greenfield: {sharing: []}
  sharing: {sharing: [towers, power-poles, water-pipes, ducts, fibre]}
"""


@app.command()
def new(folder: Annotated[Path, typer.Argument(help="Folder to make.")]) -> None:
    """Write a commented starter project."""
    target = folder / "netplan.yaml"
    if target.exists():
        _fail(f"{target}: exists already; choose another folder", 2)
    folder.mkdir(parents=True, exist_ok=True)
    target.write_text(STARTER, encoding="utf-8")
    typer.echo(f"Wrote {target}. Put your layers beside it, name them in it, then: netplan check {folder}")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit()


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Least-cost connectivity plans for districts."""


if __name__ == "__main__":
    app()
