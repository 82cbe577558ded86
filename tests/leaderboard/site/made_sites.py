"""What the tests of the site share: hostile names, and what a site consists of."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gmbench.leaderboard.document import Ranking

BROWSERS = ("/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser")
# As root a browser has no sandbox of its own; the others keep it from calling home.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCRIPT = "<script>window.pwned = 1</script>"
IMAGE = '"><img src=x onerror="window.pwned = 1">'
TURNED = "\u202egnp.tnega\u2066 \u200b\u200f"
LONG = "W" * 10_000
PILED = "Z" + "\u0301" * 400
LINK = "javascript:window.pwned=1"
NAMES = {"script": SCRIPT, "image": IMAGE, "turned": TURNED, "long": LONG, "piled": PILED}


def hostile(ranking: Ranking) -> Ranking:
    """The ranking, whose entries have names, authors and links that nobody should have."""
    names = list(NAMES.values())
    entries = [
        one.model_copy(
            update={
                "name": names[at % len(names)],
                "authors": [SCRIPT, TURNED, LONG],
                "link": LINK,
                "licence": IMAGE,
                "algorithm": names[(at + 1) % len(names)],
            }
        )
        for at, one in enumerate(ranking.entries)
    ]
    return ranking.model_copy(update={"entries": entries})


class Page(HTMLParser):
    """What a page names, holds and says."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.handlers.append(f"{tag} {name}")
            if name in ("href", "src", "poster", "action") and value is not None:
                self.addresses.append(value)

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "


def pages(site: Path) -> list[Path]:
    return sorted(site.rglob("*.html"))


def local(page: Path, addresses: list[str]) -> Iterator[Path]:
    """The files that a page's own addresses name."""
    for address in addresses:
        parts = urlsplit(address)
        if not parts.scheme and parts.path:
            yield page.parent / unquote(parts.path)


def tree(site: Path) -> dict[str, str]:
    """Every file's digest."""
    return {
        path.relative_to(site).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(site.rglob("*"))
        if path.is_file()
    }


def first_page_bytes(site: Path) -> int:
    """What a browser fetches for the first page."""
    index = site / "index.html"
    named = set(re.findall(r'(?:href|src)="(assets/[^"]+)"', index.read_text()))
    return index.stat().st_size + sum((site / name).stat().st_size for name in named)
