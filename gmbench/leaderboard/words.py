"""Names and texts from strangers: short, printable, and no way to fool who reads them."""

from __future__ import annotations

import unicodedata
from typing import Final
from urllib.parse import urlsplit

from gmbench.hints import quoted

LONGEST_NAME: Final = 80
LONGEST_LINK: Final = 300
LONGEST_TEXT: Final = 500  # of any other text in a record
MOST_MARKS: Final = 3  # accents on one letter
LINKS: Final = ("http", "https")


def mistake_in_name(text: str, longest: int = LONGEST_NAME) -> str | None:
    """What is wrong with a name of something or somebody, None where nothing is.

    It begins with a letter or a digit, so that no spreadsheet takes it for a formula.
    """
    mistake = mistake_in_text(text, longest)
    if mistake is None and not text[0].isalnum():
        return f"begins with {quoted(text[0])}; begin with a letter or a digit"
    if mistake is None and text != text.strip():
        return "ends in a space; remove it"
    return mistake


def mistake_in_text(text: str, longest: int = LONGEST_TEXT) -> str | None:
    """What is wrong with a text, None where nothing is.

    Control characters, marks that turn the direction of writing, invisible characters, and piles
    of accents are refused.
    """
    if not text.strip():
        return "is empty; fill it in"
    if len(text) > longest:
        return f"has {len(text):,} characters; {longest} are allowed"
    for character in text:
        if not character.isprintable():
            name = unicodedata.name(character, "a control character")
            return f"holds U+{ord(character):04X} ({name}), which cannot be seen; remove it"
    in_a_row = 0
    for character in unicodedata.normalize("NFD", text):
        in_a_row = in_a_row + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if in_a_row > MOST_MARKS:
            return f"has more than {MOST_MARKS} accents on one letter; remove some"
    return None


def mistake_in_link(text: str) -> str | None:
    """What is wrong with a link, None where nothing is: http or https, to a host, no password."""
    mistake = mistake_in_text(text, LONGEST_LINK)
    if mistake is not None:
        return mistake
    if any(c.isspace() or c in "<>\"'`\\{}|^" for c in text) or not text.isascii():
        return "holds characters that no address has; write them as %XX"
    try:
        parts = urlsplit(text)
        host = parts.hostname
        parts.port  # noqa: B018  raises where it is no number
    except ValueError:
        return f"{quoted(text)} is no address; write it like https://example.org/agent"
    if parts.scheme not in LINKS or not host:
        return f"{quoted(text)} is not allowed; links begin with https:// or http://"
    if parts.username is not None or parts.password is not None:
        return "holds a user's name; remove it"
    return None
