"""Which films a pair's page shows: one of who goes for the proxy, one of who goes for the goal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gmbench.leaderboard.site.films import Film
from gmbench.leaderboard.site.view import Group, Row

# An entry tells more than what frames it, and an agent that learned more than a script.
FIRST: Final = ("ranked", "ceiling", "floor")
MOSTLY: Final = 0.5


@dataclass(frozen=True)
class Watched:
    """A film and who is in it.

    Attributes:
        row: of the table.
        film: where it is.
        outcomes: shares of first arrivals in the test.
    """

    row: Row
    film: Film
    outcomes: Mapping[str, float]


def watched(films: Mapping[tuple[str, str], Film], groups: Sequence[Group]) -> list[Watched]:
    """Who mostly goes for the proxy, and who mostly for the goal; else anybody who was filmed.

    Args:
        films: entry and pair to film.
        groups: the pair's tables.
    """
    found = list(_filmed(films, groups))
    shown = [_best(found, outcome) for outcome in ("proxy", "goal")]
    return [one for one in shown if one is not None] or found[:1]


def _filmed(films: Mapping[tuple[str, str], Film], groups: Sequence[Group]) -> Iterator[Watched]:
    for row in (row for group in groups for row in group.rows):
        film = None if row.place is None else films.get((row.entry.entry, row.place.pair))
        if film is not None and row.outcomes is not None:
            yield Watched(row, film, row.outcomes)


def _best(found: Sequence[Watched], outcome: str) -> Watched | None:
    def order(one: Watched) -> tuple[int, float, str]:
        role = one.row.entry.role
        first = FIRST.index(role) if role in FIRST else len(FIRST)
        return first, -one.outcomes[outcome], one.row.entry.entry

    return min((one for one in found if one.outcomes[outcome] > MOSTLY), key=order, default=None)
