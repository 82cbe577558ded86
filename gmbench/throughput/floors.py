"""Reads the floors from a YAML file of plain data (`gmbench.strict_yaml`).

Every mistake is one line that names the file, the line and the nearest valid name. A file::

    floors:
      - name: corner-grid-1024
        what: {pair: corner, obs: grid, batches: [1024], threads: 2}
        peer:                     # what the speed is divided by; may be left out
          constant: {steps_per_second: 8100000, what: JaxGMG's step, measured: "2026-01-31"}
        floor: 1.5                # or aim: 1.5, which is only reported

Of several ``batches`` the fastest counts, on both sides. Keys of ``what`` are those of
`gmbench.throughput.Setup`. A peer is one of: ``constant``; ``gmbench``, with the keys of ``what``;
``procgen``, the bare games: ``{game: coinrun, mode: hard, batches: [64], threads: 2}``; ``memcpy``,
a copy of the same observations, on one core or within the card: ``{}``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from gmbench import registry, strict_yaml
from gmbench.engine.devices import DEVICES
from gmbench.envs.settings import MAX_ENVS
from gmbench.errors import UsageError
from gmbench.procgen.state import OWN
from gmbench.stages.open import MODES
from gmbench.strict_yaml import Value
from gmbench.throughput.peers import BareGames, Constant, Copies
from gmbench.throughput.setup import SCOPES, Setup

MOST_THREADS: Final = 1024
MOST: Final = 1e15  # a second, of anything
OBSERVATIONS: Final = ("grid", "rgb")
MARKS: Final = ("floor", "aim")  # what a figure is held against, or only beside

PeerSides = tuple[Setup, ...] | tuple[BareGames, ...] | Constant | Copies


@dataclass(frozen=True)
class Floor:
    """One row: what is measured, what it is divided by, and what must come out.

    Attributes:
        name: the row's.
        setups: what is measured; the fastest counts.
        peer: what its speed is divided by, the fastest of several; None where it stands alone.
        floor: what the figure must reach, None where it is only reported.
        aim: what a figure that is only reported ought to reach, if anything is said of it.
    """

    name: str
    setups: tuple[Setup, ...]
    peer: PeerSides | None
    floor: float | None
    aim: float | None

    @property
    def threads(self) -> int:
        """How many it needs, on either side."""
        sides = [*self.setups, *(self.peer if isinstance(self.peer, tuple) else ())]
        return max(side.threads or 1 for side in sides)


def read_floors(path: str | os.PathLike[str]) -> tuple[Floor, ...]:
    """The floors in a file.

    Raises:
        UsageError: it cannot be read, or has a mistake.
    """
    document = strict_yaml.read(path, UsageError)
    rows: dict[str, Floor] = {}
    listed = document.mapping(required=("floors",))["floors"]
    for item in listed.items():
        fields = item.mapping(required=("name", "what"), optional=("peer", *MARKS))
        name = fields["name"].text()
        if name in rows:
            fields["name"].fail(f"floor {name!r} is listed twice; keep one")
        if all(mark in fields for mark in MARKS):
            fields["aim"].fail("a row has a floor or an aim; remove one")
        floor, aim = (fields[key].number(0, MOST) if key in fields else None for key in MARKS)
        rows[name] = Floor(name, _setups(fields["what"]), _peer(fields.get("peer")), floor, aim)
    if not rows:
        listed.fail("floors is empty; list at least one")
    return tuple(rows.values())


def _setups(value: Value) -> tuple[Setup, ...]:
    fields = value.mapping(
        required=("pair", "batches"), optional=("scope", "obs", "tile", "device", "threads")
    )
    name = fields["pair"].choice(registry.WORLDS.names(), "pair")
    tile, threads = fields.get("tile"), fields.get("threads")
    return tuple(
        Setup(
            pair=name,
            batch=batch,
            scope=_choice(fields.get("scope"), SCOPES, "scope"),
            obs=fields["obs"].choice(OBSERVATIONS, "observation") if "obs" in fields else "",
            tile=tile.integer(1, 512) if tile else None,
            device=_choice(fields.get("device"), DEVICES, "device"),
            threads=threads.integer(1, MOST_THREADS) if threads else None,
        )
        for batch in _batches(fields["batches"])
    )


def _peer(value: Value | None) -> PeerSides | None:
    if value is None:
        return None
    found = value.mapping(required=(), optional=tuple(_PEERS))
    if len(found) != 1:
        value.fail(f"a peer is one of {', '.join(_PEERS)}; give one")
    kind, inner = next(iter(found.items()))
    return _PEERS[kind](inner)


def _games(value: Value) -> PeerSides:
    fields = value.mapping(required=("game", "mode", "batches", "threads"))
    game = fields["game"].choice(tuple(OWN), "game of Procgen")
    mode = fields["mode"].choice(MODES["procgen"], "mode")
    threads = fields["threads"].integer(1, MOST_THREADS)
    return tuple(BareGames(game, mode, n, threads) for n in _batches(fields["batches"]))


def _constant(value: Value) -> PeerSides:
    fields = value.mapping(required=("steps_per_second", "what", "measured"))
    speed = fields["steps_per_second"].number(1, MOST)
    return Constant(speed, fields["what"].text(), fields["measured"].text())


def _copies(value: Value) -> PeerSides:
    value.mapping(required=())
    return Copies()


_PEERS: Final = {
    "gmbench": _setups,
    "procgen": _games,
    "constant": _constant,
    "memcpy": _copies,
}


def _batches(value: Value) -> list[int]:
    batches = [item.integer(1, max(MAX_ENVS.values())) for item in value.items()]
    if not batches:
        value.fail("batches is empty; list at least one")
    return batches


def _choice(value: Value | None, known: tuple[str, ...], noun: str) -> str:
    """The first of what is known where nothing is said."""
    return known[0] if value is None else value.choice(known, noun)
