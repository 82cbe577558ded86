"""Words for a name or a value that is not known: shown safely, with what would do."""

from __future__ import annotations

import difflib
from collections.abc import Collection

SHOWN = 60  # characters of a stranger's text in a message
LISTED = 20  # names a message lists before it stops


def quoted(text: str, most: int = SHOWN) -> str:
    """The text in quotes on one line: control characters escaped, text of more than most cut."""
    return repr(text if len(text) <= most else text[: most - 3] + "...")


def printable(text: str) -> str:
    """The text with escapes in place of what a terminal would act upon, bidirectional marks too."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def nearest(name: str, known: Collection[str]) -> str:
    """What a message says after "unknown X": the near names, or all where none is near."""
    # The comparison is quadratic, and the name may be a megabyte somebody pasted.
    near = difflib.get_close_matches(name[:SHOWN], sorted(known), n=3)
    if near:
        return f"did you mean {' or '.join(near)}?"
    if not known:
        return "none is known"
    listed = sorted(known)[:LISTED]
    return "known: " + ", ".join(listed) + (", ..." if len(known) > LISTED else "")


def counted(number: int, noun: str) -> str:
    """``1 fault``, ``2 faults``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def span(allowed: Collection[int | str]) -> str:
    """The values of a parameter: the ends of a range, else all of them."""
    if isinstance(allowed, range):
        return f"{allowed[0]} to {allowed[-1]}"
    return ", ".join(str(value) for value in allowed)
