"""The application that the groups of commands register with, and what they share in output."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gmbench.version import __version__

app = typer.Typer(
    name="gmbench",
    help="The benchmark suite for goal misgeneralization: does an agent want the goal, or what "
    "merely stood beside it in training?",
    no_args_is_help=False,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine.")]


def out() -> Console:
    """Where results go."""
    return Console(highlight=False)


def err() -> Console:
    """Where progress and warnings go."""
    return Console(stderr=True, highlight=False)


@contextmanager
def progress_bar(description: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar that appears with the first call of what it yields: (done, total)."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(f"{unit},"),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=err(),
    )
    task = bar.add_task(escape(description), total=None)

    def show(done: int, total: int) -> None:
        bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield show
    finally:
        if bar.live.is_started:
            bar.stop()


def print_json(value: Any) -> None:
    """A value as indented JSON on stdout."""
    typer.echo(json.dumps(value, indent=2, sort_keys=False, allow_nan=False))


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gmbench {__version__}")
        raise typer.Exit()


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass
