"""Names and links from strangers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmbench.leaderboard.words import mistake_in_link, mistake_in_name, mistake_in_text


@pytest.mark.parametrize("name", ["PPO", "Zoë's agent", "深い方策", "2nd try (frozen)", "k-NN"])
def test_usual_names_are_good(name: str) -> None:
    assert mistake_in_name(name) is None


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "empty"),
        ("x" * 10_000, "10,000 characters"),
        ("PPO\u202egnp.exe", "RIGHT-TO-LEFT OVERRIDE"),
        ("PPO\x1b[31m", "U+001B"),
        ("PPO\nranked first", "U+000A"),
        ("PPO\u200b", "ZERO WIDTH SPACE"),
        ("a" + "\u0301" * 20, "accents"),
        ("=HYPERLINK(1)", "begin with a letter"),
        ("PPO ", "space"),
    ],
)
def test_odd_names_are_refused_with_the_reason(name: str, says: str) -> None:
    assert says in (mistake_in_name(name) or "")


@pytest.mark.parametrize("link", ["https://example.org", "http://example.org:8080/a?b=c#d"])
def test_usual_links_are_good(link: str) -> None:
    assert mistake_in_link(link) is None


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.org",
        "https://",
        "ftp://example.org",
        "https://user:pw@example.org",
        "https://example.org/\u202egnp",
        'https://example.org/"onclick="x',
        "https://exämple.org",
        "https://example.org:port",
        "https://[::1",
        " https://example.org",
        "https://example.org/" + "x" * 1000,
    ],
)
def test_odd_links_are_refused(link: str) -> None:
    assert mistake_in_link(link) is not None


@given(st.text(max_size=700))
def test_what_passes_is_short_and_can_be_seen(text: str) -> None:
    if mistake_in_text(text) is None:
        assert text.isprintable() and 0 < len(text) <= 500
