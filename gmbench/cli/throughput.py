"""``gmbench throughput``: steps per second, and whether they are enough."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.markup import escape
from rich.table import Table

from gmbench.atomic import refuse_bad_target
from gmbench.cli.app import AsJson, app, err, out, progress_bar
from gmbench.errors import UsageError

if TYPE_CHECKING:
    from gmbench.throughput import FloorResult, ThroughputReport

VERDICTS: Final = {
    "met": "[green]met[/green]",
    "missed": "[bold red]MISSED[/bold red]",
    "reported": "reported",
    "absent": "[yellow]absent[/yellow]",
}
PREFIXES: Final = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


@app.command()
def throughput(
    pair: Annotated[
        list[str] | None, typer.Option(help="A pair; repeatable. All where none is named.")
    ] = None,
    obs: Annotated[str | None, typer.Option(help="grid or rgb; the cheapest by default.")] = None,
    tile: Annotated[
        int | None, typer.Option(help="Pixels of a cell in a native world's pictures.")
    ] = None,
    batch: Annotated[
        list[int] | None, typer.Option(help="Environments stepped at once; repeatable.")
    ] = None,
    scope: Annotated[
        str | None,
        typer.Option(help="env, the engine alone, by default; vector or sb3, a face over it."),
    ] = None,
    device: Annotated[str | None, typer.Option(help="cpu, by default, or cuda.")] = None,
    threads: Annotated[
        int | None, typer.Option(help="Of a native world's engine; all cores by default.")
    ] = None,
    repeats: Annotated[int, typer.Option(help="How often each is measured, 10 at least.")] = 10,
    seconds: Annotated[float, typer.Option(help="How long one repeat lasts, about.")] = 0.25,
    floors: Annotated[
        Path | None,
        typer.Option("--check", metavar="FLOORS.yaml", help="Measure these; exit 1 below a floor."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write what was found, FILE.json.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Measure steps per second, with the next levels and the observations inside the clock.

    Examples: gmbench throughput --pair corner --obs grid -o throughput.json;
    gmbench throughput --check tests/benchmarks/floors.yaml
    """
    from gmbench.throughput import Timing, check, measure

    how = {"scope": scope, "obs": obs, "tile": tile, "device": device, "threads": threads}
    chosen: dict[str, Any] = {key: value for key, value in how.items() if value is not None}
    timing = Timing(repeats, seconds)
    _refuse_contradictions(floors, output, {"pair": pair or None, "batch": batch or None, **chosen})
    with progress_bar("throughput", "measured") as progress:
        if floors is not None:
            report = check(floors, timing=timing, progress=progress)
        else:
            report = measure(
                pair or None, batch or None, timing=timing, progress=progress, **chosen
            )
    if output is not None:
        report.save(output)
    if json:
        typer.echo(report.to_json(), nl=False)
    else:
        _print(report)
    if output is not None:
        err().print(f"wrote {output}", markup=False)
    if not report.passed:
        raise typer.Exit(1)


def _refuse_contradictions(
    floors: Path | None, output: Path | None, given: Mapping[str, Any]
) -> None:
    """Before minutes of measuring rather than after them."""
    named = [f"--{key}" for key, value in given.items() if value is not None]
    if floors is not None and named:
        raise UsageError(f"--check says itself what to measure; leave out {', '.join(named)}")
    if output is None:
        return
    target = refuse_bad_target(output)
    if floors is not None and target == floors.resolve():
        raise UsageError(f"cannot write {output}: it is read as well; name another file")


def _print(report: ThroughputReport) -> None:
    console = out()
    where = f"{report.hardware.cpu}, {report.hardware.cores} cores"
    console.print(floors_table(report, where) if report.floors else speeds_table(report, where))
    for row in report.floors:
        console.print(f"{row.name}: {row.why or _sides(row)}", markup=False, style="dim")
    for pair, why in report.skipped.items():
        err().print(f"skipped {pair}: {why}", markup=False)


def speeds_table(report: ThroughputReport, where: str) -> Table:
    """One row for everything that was timed."""
    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    scopes = ", ".join(dict.fromkeys(one.scope for one in report.throughput))
    table.title = escape(f"steps per second ({scopes}) on {where}")
    table.add_column("pair", no_wrap=True)
    table.add_column("obs", no_wrap=True)
    for name in ("bytes", "batch", "threads", "median", "quartiles"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in report.throughput:
        speed = one.steps_per_second
        table.add_row(
            escape(one.pair or ""),
            one.observation,
            str(one.observation_bytes),
            str(one.batch),
            "" if one.threads is None else str(one.threads),
            _short(speed.median),
            f"{_short(speed.q1)} - {_short(speed.q3)}",
        )
    return table


def floors_table(report: ThroughputReport, where: str) -> Table:
    """One row a floor: its figure, what it must reach, and the verdict."""
    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    table.title = escape(f"floors on {where}")
    table.add_column("floor", no_wrap=True)
    for name in ("steps/s", "peer", "ratio", "at least"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for row in report.floors:
        table.add_row(escape(row.name), *_figures(row), _wanted(row), VERDICTS[row.verdict])
    return table


def _figures(row: FloorResult) -> tuple[str, str, str]:
    """The speed, the peer's, and their ratio with its quartiles; what is absent is empty."""
    if row.measured is None or row.ratio is None:
        return "", "", ""
    speed = _short(row.measured.steps_per_second.median)
    if row.peer is None:
        return speed, "", escape(f"[{_short(row.ratio.q1)}, {_short(row.ratio.q3)}]")
    ratio = f"{row.ratio.median:.2f} [{row.ratio.q1:.2f}, {row.ratio.q3:.2f}]"
    return speed, _short(row.peer.steps_per_second.median), escape(ratio)


def _wanted(row: FloorResult) -> str:
    if row.floor is not None:
        return _short(row.floor)
    return "" if row.aim is None else f"aim {_short(row.aim)}"


def _sides(row: FloorResult) -> str:
    if row.peer is None:
        return row.what
    when = "" if row.peer.measured is None else f", measured {row.peer.measured}"
    return f"{row.what} / {row.peer.what}{when}"


def _short(value: float) -> str:
    """A number with three digits and a prefix: 12.3 M."""
    for size, prefix in PREFIXES:
        if value >= size:
            return f"{value / size:.3g} {prefix}"
    return f"{value:.3g}"
