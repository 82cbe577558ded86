"""``gmbench plot``: the chart of a result."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gmbench.atomic import refuse_bad_target
from gmbench.cli.app import app, err
from gmbench.errors import UsageError


@app.command()
def plot(
    result: Annotated[
        Path, typer.Argument(help="A record, or what a protocol or a study wrote, RESULT.json.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="The picture, FILE.svg or FILE.png.")
    ],
    pair: Annotated[str | None, typer.Option(help="Draw this pair alone.")] = None,
) -> None:
    """Draw a result: shares with their intervals, or what its protocol has to show.

    Example: gmbench plot record.json -o record.svg
    """
    from gmbench.plots.file import plot as draw

    if refuse_bad_target(output) == result.resolve():
        raise UsageError(f"cannot write {output}: it is read as well; name another file")
    draw(result, output, pair)
    err().print(f"wrote {output}", markup=False)
