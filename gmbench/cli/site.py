"""``gmbench leaderboard site``: the pages that visitors see."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gmbench.cli.app import err
from gmbench.cli.leaderboard import Root, leaderboard


@leaderboard.command()
def site(
    output: Annotated[
        Path,
        typer.Option("-o", "--output", help="A folder: new, empty, or a site.", metavar="DIR"),
    ],
    ranking: Annotated[
        Path | None,
        typer.Option(
            help="What rank wrote.", metavar="FILE", show_default="leaderboard/ranking.json"
        ),
    ] = None,
    films: Annotated[
        bool, typer.Option("--films", help="Film agents in training and test; takes minutes.")
    ] = False,
    serve: Annotated[
        bool, typer.Option("--serve", help="Then serve it to this machine, until Ctrl-C.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="With --serve: the port; 0 takes a free one.")
    ] = 8000,
    root: Root = Path(),
) -> None:
    """Write the board as static pages, which ask nothing of any other host.

    Equal input gives equal bytes. It works from a subfolder, opened as files, and without
    JavaScript.

    Example: gmbench leaderboard site -o _site --serve
    """
    from gmbench.leaderboard.document import Ranking
    from gmbench.leaderboard.places import places
    from gmbench.leaderboard.site.build import build
    from gmbench.leaderboard.site.serving import address, server

    board = places(root)
    found = Ranking.load(ranking or board.leaderboard / "ranking.json")
    # A port that is taken is told before minutes are spent.
    serving = server(output, port) if serve else None
    with err().status("writing the site"):
        build(board, found, output, films=films, say=lambda text: err().print(text, markup=False))
    err().print(f"wrote {output / 'index.html'}", markup=False, soft_wrap=True)
    if serving is not None:
        err().print(f"serving {address(serving)} until Ctrl-C", markup=False)
        with serving:
            try:
                serving.serve_forever()
            except KeyboardInterrupt:
                err().print("served", markup=False)
