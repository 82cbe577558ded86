"""What `verify` found, in a line for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gmbench.leaderboard.verified import Finding

SHOWN: Final = ("train_success", "effect", "score")


def said(one: Finding) -> str:
    """A finding in a line."""
    equal = "" if one.equal is None else f", {one.equal:.1%} of episodes ended alike"
    verdict = "earned" if one.passed else f"NOT earned: {one.why}"
    return f"{one.pair}: {one.status} {verdict}{equal}{_compared(one)}"


def _compared(one: Finding) -> str:
    """Figures as they were told and as they were found, where agents or levels are others."""
    if one.status not in ("held-out", "retrained"):
        return ""
    text = ""
    for name in SHOWN:
        pairs = [(c.told, c.found) for c in one.comparisons if c.figure == name]
        known = [(a, b) for a, b in pairs if a is not None and b is not None]
        if known:
            told, found = (sum(side) / len(known) for side in zip(*known, strict=True))
            text += f"; {name} {told:.3f} told, {found:.3f} found"
    return text + (f"; fresh seeds {', '.join(map(str, one.seeds))}" if one.seeds else "")
