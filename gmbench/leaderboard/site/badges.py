"""Badges: small pictures for an entry's own README, of two words and a figure each.

A badge holds no text of a stranger's: the names of pairs and statuses are ours.
"""

from __future__ import annotations

from typing import Any, Final

from gmbench.leaderboard.document import Ranking
from gmbench.leaderboard.rows import EntryRow, PairRow
from gmbench.leaderboard.site.numbers import two
from gmbench.leaderboard.site.shown import file_name, shown

LETTER: Final = 6.3  # pixels that a letter is wide, about; the text is fitted to it
PADDING: Final = 16


def badges(ranking: Ranking, entry: EntryRow) -> dict[str, dict[str, Any]]:
    """File name to what the template of a badge takes: one for all, one a pair."""
    ranks = {one.name: one.ranks for one in ranking.pairs}
    name = file_name(entry.entry)
    found = {f"{name}.svg": _badge("gmbench", _whole(entry, ranks), entry.status)}
    for place in entry.pairs:
        told = f"{ranks[place.pair]} {two(place.score)}"
        file = f"{name}.{file_name(place.pair)}.svg"
        found[file] = _badge(f"gmbench {shown(place.pair, 30)}", told, place.status)
    return found


def _whole(entry: EntryRow, ranks: dict[str, str]) -> str:
    if len(entry.pairs) == 1:
        place: PairRow = entry.pairs[0]
        return f"{shown(place.pair, 30)} {ranks[place.pair]} {two(place.score)}"
    return f"{len(entry.pairs)} pairs"


def _badge(label: str, told: str, status: str) -> dict[str, Any]:
    text = f"{told} · {status}"
    left, right = (round(len(part) * LETTER) + PADDING for part in (label, text))
    return {"label": label, "text": text, "left": left, "right": right}
