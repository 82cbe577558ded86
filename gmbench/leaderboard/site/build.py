"""`build`: from a ranking to a folder of static files; equal input gives equal bytes."""

from __future__ import annotations

import csv
import io
import json
from importlib.resources import files as resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gmbench.errors import MissingPartError
from gmbench.leaderboard.document import Ranking, schema_text
from gmbench.leaderboard.places import Places
from gmbench.leaderboard.site import pictures
from gmbench.leaderboard.site.badges import badges
from gmbench.leaderboard.site.files import Files
from gmbench.leaderboard.site.films import Say, Studio
from gmbench.leaderboard.site.folder import replacing_site
from gmbench.leaderboard.site.shown import file_name
from gmbench.leaderboard.site.templating import environment
from gmbench.leaderboard.site.view import Board
from gmbench.leaderboard.spreadsheet import cell, to_csv
from gmbench.records import schema_text as record_schema
from gmbench.throughput.document import schema_text as throughput_schema

if TYPE_CHECKING:
    from gmbench.leaderboard.site.pages import Workshop

FOLDERS: Final = ("assets", "badges", "charts", "data", "entries", "pairs", "files")
ASSETS: Final = ("style.css", "board.js")


def build(
    board: Places, ranking: Ranking, output: Path, *, films: bool = False, say: Say = lambda _: None
) -> None:
    """Write the site, whole or not at all.

    Args:
        board: the repository whose files the ranking names.
        ranking: the ranking.
        output: a folder that does not exist, is empty, or is a site that gmbench wrote.
        films: whether to film agents.
        say: told what could not be filmed.

    Raises:
        UsageError: the folder is something else or cannot be written, or a file that the ranking
            names is damaged or lies outside the repository.
        MissingPartError: the packages of the extra ``site`` are not installed.
    """
    templates = environment()
    try:
        from gmbench.leaderboard.site import pages
    except ImportError as error:
        raise MissingPartError(
            f"the site needs altair and vl-convert: pip install 'gmbench[site]' ({error})"
        ) from error

    with replacing_site(output) as draft:
        for folder in FOLDERS:
            (draft / folder).mkdir()
        files = Files(board.root, draft)
        shop = pages.Workshop(
            root=board.root,
            output=draft,
            board=Board(ranking, pages.sees(files)),
            templates=templates,
            files=files,
            studio=Studio(files, draft, output, say) if films else None,
            pictures=_pictures(board.root, ranking, draft),
        )
        for name, text in pages.pages(shop):
            (draft / name).write_text(text)
        _badges(shop, draft)
        _assets(draft)
        _data(ranking, shop.lines, draft)


def _assets(draft: Path) -> None:
    folder = resources("gmbench.leaderboard.site") / "assets"
    for name in ASSETS:
        (draft / "assets" / name).write_bytes((folder / name).read_bytes())


def _pictures(root: Path, ranking: Ranking, draft: Path) -> frozenset[str]:
    """Write the pairs' pictures; the pairs that have one."""
    (draft / "assets" / "coin.webp").write_bytes(pictures.coin(root))
    found = set()
    for pair in ranking.pairs:
        picture = pictures.whole(root, pair.name)
        if picture is not None:
            name = file_name(pair.name)
            (draft / "assets" / f"{name}.png").write_bytes(picture)
            (draft / "assets" / f"{name}.webp").write_bytes(pictures.small(picture))
            found.add(pair.name)
    return frozenset(found)


def _badges(shop: Workshop, draft: Path) -> None:
    template = shop.templates.get_template("badge.svg")
    for entry in shop.ranking.entries:
        for name, told in badges(shop.ranking, entry).items():
            (draft / "badges" / name).write_text(template.render(told))


def _data(ranking: Ranking, lines: list[dict[str, Any]], draft: Path) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(lines[0]) if lines else ["entry"], lineterminator="\n")
    writer.writeheader()
    writer.writerows({**line, "entry": cell(line["entry"])} for line in lines)
    for name, told in {
        "ranking.json": ranking.to_json(),
        "ranking.csv": to_csv(ranking),
        "ranking.schema.json": schema_text(),
        "record.schema.json": record_schema(),
        "throughput.schema.json": throughput_schema(),
        "files.csv": text.getvalue(),
        "files.json": json.dumps(lines, indent=1, ensure_ascii=False) + "\n",
    }.items():
        (draft / "data" / name).write_text(told)
