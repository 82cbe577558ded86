"""A stranger's text in a message: one line that no terminal obeys."""

from __future__ import annotations

import pytest

from gmbench.hints import printable, quoted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë's agent, 日本", "Zoë's agent, 日本"),
        ("\x1b]0;owned\x07", r"\x1b]0;owned\x07"),
        ("a\u202eb\u2066c", r"a\u202eb\u2066c"),
        ("two\nlines", r"two\nlines"),
        ("\udcff", r"\udcff"),
    ],
)
def test_what_is_not_printable_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(text).isprintable()


def test_long_text_is_cut() -> None:
    assert quoted("x" * 100) == repr("x" * 57 + "...")
    assert quoted("x" * 100, 200) == repr("x" * 100)
