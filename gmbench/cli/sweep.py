"""``gmbench sweep``: many agents, trained and evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from gmbench.cli.app import app, err, out
from gmbench.errors import UsageError

if TYPE_CHECKING:
    from gmbench.studies import News, Swept


@app.command()
def sweep(
    file: Annotated[Path, typer.Argument(help="What to run, SWEEP.yaml.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="A folder for cells and results.")],
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Cells at once, on this machine.", show_default="one a core"),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS|local",
            help="Run on this Ray cluster, or on a local one, instead.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Train and evaluate many agents: recipes by alphas by seeds; exit 1 if one failed.

    What is finished is never run again: after Ctrl-C, or worse, the same command goes on.

    Example: gmbench sweep dose.yaml -o runs/dose --jobs 2
    """
    from gmbench.studies import load_sweep, run_sweep

    if ray is not None and not ray.strip():
        raise UsageError("--ray: give a cluster's address, or local")
    plan = load_sweep(file)
    try:
        with sweep_bar(plan.name) as news:
            done = run_sweep(plan, output, jobs=jobs, ray=ray, news=news)
    except KeyboardInterrupt:
        err().print("stopped; what is finished is kept: run the same command to go on")
        raise
    _report(done)
    if done.failures:
        raise typer.Exit(1)


def _report(done: Swept) -> None:
    from gmbench.studies.results import say

    cells, missing = done.results["cells"], done.results["missing"]
    for line in say(done.results):
        out().print(line, markup=False, soft_wrap=True)
    counts = (
        f"{len(cells)} of {len(cells) + len(missing)} cells are finished, {done.ran} of them now"
    )
    out().print(f"{done.results['sweep']['name']}: {counts}", markup=False, soft_wrap=True)
    for outcome in done.failures:
        reason = done.path.parent / "failed" / f"{outcome.cell.name}.txt"
        err().print(f"failed: {outcome.cell.title}; see {reason}", markup=False, soft_wrap=True)
    err().print(f"wrote {done.path}", markup=False, soft_wrap=True)


@contextmanager
def sweep_bar(name: str) -> Iterator[Callable[[News], None]]:
    """A bar of cells below a line for each; lines alone where stderr is no terminal."""
    console = err()
    bar = Bar(
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("cells"),
        TextColumn("[red]{task.fields[failed]}"),
        TimeElapsedColumn(),
        console=console,
        expand=console.width < 100,
        disable=not console.is_terminal,
    )
    tasks: list[TaskID] = []

    def show(news: News) -> None:
        failed = f"{news.failed} failed" if news.failed else ""
        if not tasks:
            tasks.append(bar.add_task(name, total=news.total, failed=failed))
        bar.update(tasks[0], total=news.total, completed=news.done, failed=failed)
        if news.line:
            line = f"[{news.done + news.failed}/{news.total}] {news.line}"
            console.print(line, markup=False, soft_wrap=True, highlight=False)

    with bar:
        yield show
