"""``gmbench check``: the public conformance checks of a world."""

from __future__ import annotations

import itertools
from typing import Annotated

import typer
from rich.table import Table

from gmbench import registry
from gmbench.cli.app import AsJson, app, out, print_json, progress_bar

VERDICTS = {True: "[green]passed[/green]", False: "[bold red]FAILED[/bold red]", None: "reported"}


@app.command()
def check(
    world: Annotated[str, typer.Argument(help="A world, as in: gmbench list worlds")],
    levels: Annotated[int, typer.Option(help="How many evaluation levels to look at.")] = 1000,
    mode: Annotated[str, typer.Option(help="easy or hard.")] = "easy",
    json: AsJson = False,
) -> None:
    """Check that a world keeps its promises; exit 1 if it does not.

    Example: gmbench check procgen-maze --levels 1000
    """
    registry.WORLDS.item(world)
    from gmbench.testing import check_world

    done = itertools.count(1)
    with progress_bar(f"checking {world}", "levels") as progress:
        report = check_world(world, levels, mode, progress=lambda _: progress(next(done), levels))
    if json:
        print_json(report.to_json())
    else:
        table = Table("check", "", "value", "what was found", header_style="bold")
        table.title = f"{world} version {report.version}, {levels} {mode} levels"
        for one in report.checks:
            value = "" if one.value is None else f"{one.value:.3f}"
            table.add_row(one.name, VERDICTS[one.passed], value, one.detail)
        out().print(table)
    if not report.passed:
        raise typer.Exit(1)
