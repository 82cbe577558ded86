"""Which pages there are, and what each is made of."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gmbench import registry
from gmbench.errors import GmbenchError
from gmbench.leaderboard.document import Ranking
from gmbench.leaderboard.entry import SCRIPTED
from gmbench.leaderboard.rows import EntryRow, PairInfo, PairRow, SuiteEntryInfo
from gmbench.leaderboard.site import charts, speeds_page
from gmbench.leaderboard.site.entry_page import Section, listing, section
from gmbench.leaderboard.site.files import Files
from gmbench.leaderboard.site.films import Film, Studio
from gmbench.leaderboard.site.method import chapters
from gmbench.leaderboard.site.shown import file_name
from gmbench.leaderboard.site.view import Board, Group
from gmbench.leaderboard.site.watching import watched
from gmbench.pages.worlds import docstring_of
from gmbench.version import __version__

if TYPE_CHECKING:
    from jinja2 import Environment

FIRST_ROWS: Final = 60  # of the first page, which stays light; the pairs' pages have them all
LISTED: Final = 200  # entries of the page of the data; its CSV has them all


@dataclass
class Workshop:
    """What pages are made with.

    Attributes:
        root: of the repository.
        output: of the site.
        board: the tables.
        templates: the environment.
        files: copies what can be downloaded.
        studio: films, None where no film is wanted.
        pictures: pairs that have a picture.
        films: entry and pair to what was filmed.
        lines: of the list of files, filled by the pages of the entries.
    """

    root: Path
    output: Path
    board: Board
    templates: Environment
    files: Files
    studio: Studio | None
    pictures: frozenset[str]
    films: dict[tuple[str, str], Film] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ranking(self) -> Ranking:
        """The ranking."""
        return self.board.ranking

    def page(self, name: str, template: str, **told: Any) -> tuple[str, str]:
        """A page's path and text."""
        up = "../" * name.count("/")
        text = self.templates.get_template(template).render(
            up=up, here=name, version=__version__, digest=self.digest, board=self.board, **told
        )
        return name, text

    @cached_property
    def digest(self) -> str:
        """Of the ranking, so that a reader can tell two sites apart."""
        return hashlib.sha256(self.ranking.to_json().encode()).hexdigest()[:12]


def sees(files: Files) -> Any:
    """Tells the observation that agents get: from their recipe, else from how they were timed."""
    from gmbench.training.document import load_recipe

    known: dict[str, str | None] = {}

    def by_recipe(recipe: str, pair: str) -> str | None:
        path = files.path(recipe)
        if path is None:
            return None
        try:
            # A recipe that names none means the cheapest: planes in native worlds.
            return load_recipe(path).obs or ("rgb" if pair.startswith("procgen-") else "grid")
        except GmbenchError:
            return None

    def told(place: PairRow) -> str | None:
        if all(agent.agent.startswith(SCRIPTED) for agent in place.agents):
            return None  # an oracle is told the state
        if place.recipe is not None:
            if place.recipe not in known:
                known[place.recipe] = by_recipe(place.recipe, place.pair)
            if known[place.recipe] is not None:
                return known[place.recipe]
        shown = [one.observation for agent in place.agents for one in agent.throughput]
        return next((one for one in shown if one), None)

    return told


def part_of(ranking: Ranking, place: PairRow) -> SuiteEntryInfo | None:
    """The part of a suite that an entry played."""
    parts = [p for s in ranking.suites if s.name == place.suite for p in s.pairs]
    return next((one for one in parts if one.pair == place.pair), None)


def pages(shop: Workshop) -> Iterator[tuple[str, str]]:
    """Every page's path and text. Entries come first: what they copy and film, others link to."""
    for entry in shop.ranking.entries:
        yield _entry(shop, entry)
    for pair in shop.ranking.pairs:
        yield _pair(shop, pair)
    yield _index(shop)
    yield _throughput(shop)
    yield shop.page("method.html", "method.html", chapters=chapters())
    yield _data(shop)


def _index(shop: Workshop) -> tuple[str, str]:
    groups = [one for one in shop.board.groups if one.contested]
    # Where most is decided comes first; all pairs together come last.
    groups.sort(
        key=lambda one: (one.pair is None, -sum(row.ranked is not None for row in one.rows))
    )
    each = max(1, FIRST_ROWS // max(1, len(groups)))
    whole = sum(one.entries for one in groups) <= FIRST_ROWS
    shown = groups if whole else [one.first(each) for one in groups]
    counts = {
        pair.name: sum(one.entries for one in shop.board.of_pair(pair.name))
        for pair in shop.ranking.pairs
    }
    return shop.page(
        "index.html",
        "index.html",
        groups=shown,
        whole=whole,
        entries=sum(one.source != "scripted" for one in shop.ranking.entries),
        choices=_choices(shown),
        counts=counts,
        pictures=shop.pictures,
    )


def _choices(groups: list[Group]) -> dict[str, list[str]]:
    """What can be filtered by: only what is there."""
    rows = [row for group in groups for row in group.rows if row.frame is None]
    return {
        "pair": sorted({group.pair.name for group in groups if group.pair is not None}),
        "track": sorted({row.track for row in rows if row.track is not None}),
        "observation": sorted({row.sees for row in rows if row.sees is not None}),
        "status": list(dict.fromkeys(row.line.status for row in rows)),
    }


def _pair(shop: Workshop, pair: PairInfo) -> tuple[str, str]:
    groups, name = shop.board.of_pair(pair.name), file_name(pair.name)
    drawn = []
    for group in groups:
        chart = charts.both_axes(group)
        if chart is not None:
            drawn.append(write_chart(shop, f"{name}.{file_name(group.suite.name)}", chart))
    return shop.page(
        f"pairs/{name}.html",
        "pair.html",
        pair=pair,
        groups=groups,
        charts=drawn,
        choices=_choices(groups),
        pictured=pair.name in shop.pictures,
        watched=watched(shop.films, groups),
        world=_world(pair.name),
    )


def _world(pair: str) -> Mapping[str, str]:
    """What a world's docstring says of it, none where it is not installed here."""
    try:
        _, sections = docstring_of(registry.WORLDS.load(pair))
    except (GmbenchError, ValueError):
        return {}
    return {name: re.sub(r"\s*\n\s*", " ", text) for name, text in sections.items()}


def _entry(shop: Workshop, entry: EntryRow) -> tuple[str, str]:
    infos = {one.name: one for one in shop.ranking.pairs}
    sections: list[Section] = []
    drawn: dict[str, Any] = {}
    for place in entry.pairs:
        part = part_of(shop.ranking, place)
        film = shop.studio.film(entry, place, part) if shop.studio and part else None
        if film is not None:
            shop.films[entry.entry, place.pair] = film
        one = section(entry, place, infos[place.pair], part, shop.files, film)
        chart = charts.curves(one.steps)
        if chart is not None:
            name = f"{file_name(entry.entry)}.{file_name(place.pair)}.curve"
            drawn[place.pair] = write_chart(shop, name, chart)
        sections.append(one)
    shop.lines += listing(entry, sections)
    return shop.page(
        f"entries/{file_name(entry.entry)}.html",
        "entry.html",
        entry=entry,
        sections=sections,
        charts=drawn,
        hardware=shop.files.hardware(entry.pairs[0].agents[0].record) if entry.pairs else None,
    )


def _throughput(shop: Workshop) -> tuple[str, str]:
    found, cards = speeds_page.timed(shop.root, shop.ranking, shop.files)
    chart = charts.speeds([(one.source, one.speed) for one in found])
    return shop.page(
        "throughput.html",
        "throughput.html",
        timed=found,
        cards=cards,
        chart=None if chart is None else write_chart(shop, "throughput", chart),
        on_cards=any(one.speed.device != speeds_page.PROCESSOR for one in found),
        engine=any(one.speed.scope == "env" for one in found),
        reports=speeds_page.REPORTS,
        scopes=speeds_page.SCOPES,
    )


def _data(shop: Workshop) -> tuple[str, str]:
    return shop.page("data.html", "data.html", lines=shop.lines, listed=LISTED)


def write_chart(shop: Workshop, name: str, chart: charts.Drawn) -> str:
    """Write a chart and its data; their address from the site's top, without suffix."""
    for suffix, text in (("svg", chart.svg), ("csv", chart.csv), ("json", chart.json)):
        (shop.output / "charts" / f"{name}.{suffix}").write_text(text)
    return f"charts/{name}"
