"""``gmbench list`` and ``gmbench show``: what there is, and what one pair is."""

from __future__ import annotations

from enum import Enum
from inspect import getdoc
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from gmbench import registry
from gmbench.agents.scripted import ROLES
from gmbench.atomic import write_bytes
from gmbench.cli.app import AsJson, app, out, print_json
from gmbench.errors import UsageError
from gmbench.suites import load_suite, suites


class Kind(str, Enum):
    """What can be listed."""

    worlds = "worlds"
    pairs = "pairs"
    suites = "suites"
    agents = "agents"
    protocols = "protocols"
    studies = "studies"


@app.command("list")
def list_(
    kind: Annotated[Kind, typer.Argument(help="What to list.")], json: AsJson = False
) -> None:
    """List what is registered.

    Example: gmbench list pairs
    """
    rows = _ROWS[kind]()
    if json:
        print_json(rows)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, column in enumerate(rows[0] if rows else ()):
        table.add_column(column, no_wrap=place == 0)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    out().print(table)


@app.command()
def show(
    pair: Annotated[str, typer.Argument(help="A pair, as in: gmbench list pairs")],
    picture: Annotated[
        Path | None,
        typer.Option("--picture", help="Write one level in both conditions to this PNG file."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Show one pair: its goal, its proxy, its conditions, its score.

    Example: gmbench show procgen-coinrun --picture coinrun.png
    """
    module = registry.WORLDS.load(pair)
    if picture is not None:
        _write_picture(pair, picture)
    if json:
        print_json(module.PAIR.to_json())
        return
    from gmbench.report import parameters_table, scoring

    lines = [
        f"{name}: {values}; default {usual}" for name, usual, values in parameters_table(module)
    ]
    chosen = ["\n    ".join(["Parameters (--set NAME=VALUE)", *lines])] if lines else []
    typer.echo("\n\n".join([getdoc(module) or pair, *chosen, scoring(module.PAIR)]))


def _write_picture(pair: str, path: Path) -> None:
    if path.suffix != ".png":
        raise UsageError(f"{path}: a picture's name ends in .png")
    from gmbench.drawing import png
    from gmbench.figures import pair_picture

    write_bytes(path, png(pair_picture(pair)))


def _worlds() -> list[dict[str, Any]]:
    worlds = [registry.pair(name).world for name in registry.WORLDS.names()]
    return [
        {"world": w.name, "version": w.version, "family": w.family, "game": w.game} for w in worlds
    ]


def _pairs() -> list[dict[str, Any]]:
    return [
        {
            "pair": p.name,
            "goal": p.world.goal,
            "proxy": p.world.proxy,
            "conditions": " ".join(c.name for c in p.world.conditions),
            "ranked": "yes" if p.ranked else "no",
        }
        for p in map(registry.pair, registry.pairs())
    ]


def _suites() -> list[dict[str, Any]]:
    loaded = [load_suite(name) for name in suites()]
    return [
        {
            "suite": s.name,
            "version": s.version,
            "pairs": len(s.entries),
            "levels": " ".join(sorted({str(e.levels) for e in s.entries})),
            "summary": s.summary,
        }
        for s in loaded
    ]


def _agents() -> list[dict[str, Any]]:
    adapters = [
        {"agent": "FILE.zip", "what": "a Stable-Baselines3 or sb3-contrib zip, nothing unpickled"},
        {"agent": "FILE.onnx", "what": "an ONNX file, run by onnxruntime (the extra onnx)"},
        {"agent": "FOLDER", "what": "a folder with one such zip"},
        {"agent": "module:attribute", "what": "any Python object with predict()"},
    ]
    adapters += [{"agent": f"scripted:{role}", "what": "a scripted agent"} for role in ROLES]
    return adapters + [
        {"agent": f"{name}:ADDRESS", "what": f"from the package {item.package}"}
        for name, item in registry.AGENTS.items.items()
        if item.package is not None
    ]


def _protocols() -> list[dict[str, Any]]:
    return _first_lines(registry.PROTOCOLS)


def _studies() -> list[dict[str, Any]]:
    return _first_lines(registry.STUDIES)


def _first_lines(known: registry.Registry) -> list[dict[str, Any]]:
    """The items of a registry and what the first line of each module says of it."""
    names = known.names()
    docs = [(getdoc(known.load(name)) or "").splitlines()[0] for name in names]
    return [
        {known.kind: name, "what": doc.removeprefix(f"{name}: ")}
        for name, doc in zip(names, docs, strict=True)
    ]


_ROWS = {
    Kind.worlds: _worlds,
    Kind.pairs: _pairs,
    Kind.suites: _suites,
    Kind.agents: _agents,
    Kind.protocols: _protocols,
    Kind.studies: _studies,
}
