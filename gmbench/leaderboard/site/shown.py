"""Strangers' texts and names as pages show them: escaping is the templates', the rest is here.

`gmbench leaderboard check` refuses such names, but the ranking may come from elsewhere.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from gmbench.leaderboard.words import MOST_MARKS, mistake_in_link

LONGEST: Final = 60  # characters of a name that a page shows
LONGEST_FILE: Final = 60

_ODD: Final = re.compile(r"[^a-z0-9.-]+")


def shown(text: str, longest: int = LONGEST) -> str:
    """A text without what hides, turns or piles up; the end of a long one is cut off.

    Characters that cannot be seen are named, as in ``[U+202E]``. The result is still to be escaped.
    """
    told = "".join(_pieces(text[: 4 * longest]))
    short = told if len(told) <= longest else told[: longest - 1].rstrip() + "…"
    return short.strip() or "[no name]"


def _pieces(text: str) -> Iterator[str]:
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if not character.isprintable():
            yield f"[U+{ord(character):04X}]"
        elif marks <= MOST_MARKS:
            yield character


def link(address: str | None) -> str | None:
    """An address that is safe to link to, None where it is none: http or https, to a host."""
    return address if address and mistake_in_link(address) is None else None


def file_name(text: str) -> str:
    """A name as a file's, the same on every system; different names give different files."""
    plain = text.replace(":", ".")
    name = _ODD.sub("-", plain.lower()).strip(".-")[:LONGEST_FILE].rstrip(".-")
    if name and name == plain:
        return name
    return f"{name or 'x'}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:10]}"
