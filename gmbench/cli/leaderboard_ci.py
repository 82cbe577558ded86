"""``gmbench leaderboard ci`` and ``comment``: what the workflows do with a pull request."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gmbench import atomic
from gmbench.atomic import refuse_bad_target
from gmbench.cli.app import err, progress_bar
from gmbench.cli.leaderboard import Root, leaderboard


@leaderboard.command()
def ci(
    base: Annotated[str, typer.Option(metavar="REV", help="What the change begins from.")],
    head: Annotated[str, typer.Option(metavar="REV", help="What it ends with.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write what was found, FILE.json.")
    ] = None,
    no_sandbox: Annotated[
        bool, typer.Option("--no-sandbox", help="Run agents unguarded: your own only.")
    ] = False,
    root: Root = Path(),
) -> None:
    """Check what a change submits, rerun its agents in the sandbox, and print the comment.

    Nothing of the head revision is checked out. Exit 1 where something is not good, or where the
    change touches other files as well.

    Example: gmbench leaderboard ci --base main --head far-ppo -o report.json
    """
    from gmbench.leaderboard.ci import judge
    from gmbench.leaderboard.comment import comment as words

    if output is not None:
        refuse_bad_target(output)
    with progress_bar("rerun", "episodes") as show:
        report = judge(root, base, head, sandbox=not no_sandbox, progress=lambda slug: show)
    if output is not None:
        report.save(output)
    typer.echo(words(report), nl=False)
    if output is not None:
        err().print(f"wrote {output}", markup=False, soft_wrap=True)
    if not report.good:
        raise typer.Exit(1)


@leaderboard.command()
def comment(
    report: Annotated[Path, typer.Argument(help="What ci wrote, FILE.json; taken for hostile.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Write it instead, FILE.md.")
    ] = None,
) -> None:
    """Print the comment for a pull request, in Markdown, from a report that may be anybody's.

    Example: gmbench leaderboard comment report.json
    """
    from gmbench.leaderboard.comment import comment as words
    from gmbench.leaderboard.told import load_report

    text = words(load_report(report))
    if output is None:
        typer.echo(text, nl=False)
        return
    atomic.write_text(output, text)
    err().print(f"wrote {output}", markup=False, soft_wrap=True)
