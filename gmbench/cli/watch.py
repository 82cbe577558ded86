"""``gmbench watch``: a film of an agent on the same levels, in training and in the test."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gmbench.cli.app import app, err
from gmbench.cli.parameters import Parameters, parameters


@app.command()
def watch(
    agent: Annotated[str, typer.Argument(help="An agent file, module:attribute or scripted:NAME.")],
    pair: Annotated[str, typer.Option("--pair", help="Which pair to play.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The film, FILE.mp4.")],
    levels: Annotated[int, typer.Option(min=1, max=100, help="How many levels.")] = 3,
    first_level: Annotated[
        int | None, typer.Option(help="The level number to begin at (default: the suites').")
    ] = None,
    mode: Annotated[
        str,
        typer.Option(help="easy or hard, in Procgen pairs (default: easy).", show_default=False),
    ] = "",
    set_: Parameters = None,
    trust: Annotated[
        bool, typer.Option("--trust", help="Let the agent's file run code when it is loaded.")
    ] = False,
) -> None:
    """Film an agent: the same level side by side, training left, test right.

    Example: gmbench watch scripted:proxy --pair coinrun -o film.mp4

    Example: gmbench watch agent.zip --pair corner --set size=9 -o film.mp4
    """
    from gmbench.agents.load import load_agent
    from gmbench.stages.base import Setting
    from gmbench.video import film

    setting = Setting(mode=mode, parameters=parameters(set_))
    loaded = load_agent(agent, trust=trust)
    with err().status(f"filming {levels} levels of {pair}"):
        film(loaded, pair, output, levels=levels, first_level=first_level, setting=setting)
    err().print(f"wrote {output}", markup=False)
