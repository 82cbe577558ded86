"""What the site holds, without a browser."""

from __future__ import annotations

import gzip
import json
import re
import shlex
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import numpy as np
import pytest
from made_boards import REPOSITORY
from made_sites import LINK, NAMES, Page, first_page_bytes, local, pages, tree
from PIL import Image

from gmbench.episodes import Episodes
from gmbench.errors import RecordError
from gmbench.leaderboard.document import Ranking
from gmbench.leaderboard.places import Places, places
from gmbench.leaderboard.site import pictures
from gmbench.leaderboard.site.build import build
from gmbench.leaderboard.site.method import MODULES, chapters
from gmbench.leaderboard.site.shown import LONGEST, file_name
from gmbench.metrics.effects import pursuit
from gmbench.provenance import hardware, software
from gmbench.records import Run
from gmbench.records.parts import Quartiles, StepsPerSecond, Throughput
from gmbench.throughput.document import ThroughputReport


def test_every_pair_and_entry_has_a_page(site: Path, ranking: Ranking) -> None:
    assert {path.stem for path in (site / "pairs").iterdir()} == {p.name for p in ranking.pairs}
    named = {file_name(one.entry) for one in ranking.entries}
    assert {path.stem for path in (site / "entries").iterdir()} == named
    for name in ("index", "throughput", "method", "data"):
        assert (site / f"{name}.html").is_file()


def test_every_address_is_a_file_of_the_site(site: Path) -> None:
    for path in pages(site):
        page = Page(path)
        for target in local(path, page.addresses):
            assert target.resolve().is_relative_to(site.resolve()), (path, target)
            assert target.is_file(), (path, target)
        foreign = {urlsplit(one).scheme for one in page.addresses} - {"", "data"}
        assert not foreign, path
        assert not page.handlers, path


def test_equal_input_gives_equal_bytes(
    site: Path, small: Places, ranking: Ranking, tmp_path: Path
) -> None:
    build(small, ranking, tmp_path / "again")
    assert tree(tmp_path / "again") == tree(site)


def test_the_first_page_is_light(site: Path) -> None:
    assert 20_000 < first_page_bytes(site) <= 300_000


def test_the_tables_say_what_the_ranking_says(site: Path, ranking: Ranking) -> None:
    text = (site / "pairs" / "corner.html").read_text()
    (open_,) = [one for one in ranking.boards if one.track == "open"]
    (table,) = [one for one in open_.tables if one.pair == "corner"]
    rows = re.findall(r'<tr role="row" class="ranked.*?</tr>', text, re.DOTALL)
    told = [re.search(r"<bdi>(.*?)</bdi>", row) for row in rows]
    names = {one.entry: one.name for one in ranking.entries}
    assert [one and one[1] for one in told] == [names[line.entry] for line in table.ranked]
    assert len(table.ranked) >= 2
    for row, line in zip(rows, table.ranked, strict=True):
        assert f"<b>{line.rank}</b>" in row
        assert f"{line.score:.2f}".replace("-", "−") in row
    tied = sum(1 for line in table.ranked if sum(o.group == line.group for o in table.ranked) > 1)
    assert sum('class="ranked tied"' in row for row in rows) == tied


def test_what_can_be_downloaded_is_what_was_ranked(site: Path, small: Places) -> None:
    lines = json.loads((site / "data" / "files.json").read_text())
    assert len((site / "data" / "files.csv").read_text().splitlines()) == len(lines) + 1
    for line in lines:
        table = Episodes.read(site / line["episodes_csv"])
        with gzip.open(site / line["episodes_json"], "rt") as stream:
            found = json.load(stream)
        assert len(found["rows"]) == len(table.rows)
        level, outcome = (found["columns"].index(name) for name in ("level", "outcome"))
        for row, episode in zip(found["rows"], table.rows, strict=True):
            assert (row[level], row[outcome]) == (str(episode.level), episode.outcome)
        kept = small.root / line["record"].removeprefix("files/")
        assert (site / line["record"]).read_bytes() == kept.read_bytes()


def test_the_ranking_is_offered_with_its_schema(site: Path, ranking: Ranking) -> None:
    assert Ranking.load(site / "data" / "ranking.json") == ranking
    for name in ("ranking", "record", "throughput"):
        assert "$schema" in json.loads((site / "data" / f"{name}.schema.json").read_text())


def test_charts_have_their_data_behind_them(site: Path) -> None:
    charts = sorted((site / "charts").glob("*.svg"))
    assert any(path.name.endswith(".curve.svg") for path in charts)
    for path in charts:
        svg = path.read_text()
        ElementTree.fromstring(svg)
        assert "prefers-color-scheme: dark" in svg
        rows = json.loads(path.with_suffix(".json").read_text())
        assert len(path.with_suffix(".csv").read_text().splitlines()) == len(rows) + 1 > 1


def test_badges_are_pictures_of_a_figure(site: Path, ranking: Ranking) -> None:
    found = sorted((site / "badges").iterdir())
    assert len(found) == sum(1 + len(one.pairs) for one in ranking.entries)
    for path in found:
        ElementTree.fromstring(path.read_text())
    entry = next(one for one in ranking.entries if one.entry == "made-1")
    badge = (site / "badges" / "made-1.corner.svg").read_text()
    assert f"pursuit {entry.pairs[0].score:.2f} · recomputed" in badge


def test_the_page_of_an_entry_says_how_to_do_it_again(site: Path, small: Places) -> None:
    text = (site / "entries" / "baselines.ppo-alpha-0.html").read_text()
    lines = [unescape(line) for line in re.findall(r"<code>(gmbench .+?)</code>", text)]
    words = {shlex.split(line)[1]: shlex.split(line)[2:] for line in lines}
    assert set(words) == {"train", "eval", "recompute", "watch"}
    assert (small.root / words["train"][0]).is_file()
    assert (small.root / words["eval"][1].partition("=")[2]).is_file()
    assert Episodes.read(small.root / words["recompute"][0]).pairs() == ("corner",)
    assert ["--set", "size=9"] == words["watch"][3:5]


def test_the_method_is_what_the_code_says() -> None:
    found = {one.name: one for one in chapters()}
    assert tuple(found) == MODULES
    pieces = {one.name: one for one in found["gmbench.metrics.effects"].pieces}
    assert pursuit.__doc__ is not None
    assert pieces["pursuit"].paragraphs[0] == pursuit.__doc__.split("\n")[0]


def test_the_ring_of_the_first_picture_is_around_the_coin(site: Path) -> None:
    ring = re.search(r'ring-goal" cx="(\d+)" cy="(\d+)"', (site / "index.html").read_text())
    assert ring is not None
    image = Image.open(site / "assets" / "coin.webp").convert("RGB")
    assert image.size == (512, 200)
    x, y = int(ring[1]), int(ring[2])
    red, green, blue = np.asarray(image)[y - 14 : y + 14, x - 14 : x + 14].transpose(2, 0, 1)
    gold = (red > 190) & (green > 110) & (green < 200) & (blue < 90)
    assert gold.sum() > 200, "no coin there: the picture has changed"


def test_pictures_are_drawn_where_the_repository_has_none(tmp_path: Path) -> None:
    assert pictures.whole(tmp_path, "corner") == pictures.whole(REPOSITORY, "corner")
    assert pictures.whole(tmp_path, "no-such-pair") is None
    assert pictures.whole(REPOSITORY, "../pairs/corner") is None


def test_speeds_that_were_not_measured_are_not_run(site: Path) -> None:
    text = " ".join(Page(site / "throughput.html").text.split())
    assert "graphics card not run" in text and "the engine alone: not run" in text


def test_speeds_of_a_machine_are_read_from_its_report(
    small: Places, ranking: Ranking, tmp_path: Path
) -> None:
    report_of(small.root / "leaderboard" / "throughput" / "big-card.json")
    try:
        build(small, ranking, tmp_path / "site")
    finally:
        (small.root / "leaderboard" / "throughput" / "big-card.json").unlink()
    text = " ".join(Page(tmp_path / "site" / "throughput.html").text.split())
    assert "not run" not in text
    assert "A card" in text and "123 M" in text and "big-card" in text


def report_of(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    quartiles = Quartiles.of([123e6] * 10).model_dump()
    speeds = [
        Throughput(
            scope="env",
            pair="corner",
            device=device,
            batch=1024,
            steps_per_second=StepsPerSecond(**quartiles),
            observation="grid",
            observation_bytes=243,
            host_copy=False,
        )
        for device in ("cpu", "A card")
    ]
    run = Run(
        arguments={}, commit=None, dirty=None, seed=0, started="2026-01-01T00:00:00Z", seconds=1.0
    )
    ThroughputReport(throughput=speeds, software=software(), hardware=hardware(), run=run).save(
        path
    )


@pytest.mark.bad_input
@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_shown_and_do_nothing(hostile_site: Path, name: str) -> None:
    for path in pages(hostile_site):
        page, text = Page(path), path.read_text()
        assert page.tags.count("script") == 1, path
        assert not page.handlers, path
        assert not any(one.lower().startswith("javascript") for one in page.addresses), path
        assert not set("\u202e\u2066\u200b\u200f") & set(text), path
        assert "W" * (LONGEST + 1) not in text, path
        assert "\u0301" * 4 not in text, path
    index = Page(hostile_site / "index.html").text
    marks = {"script": "<script>", "image": "<img", "turned": "[U+202E]", "long": "WWW…"}
    if name in marks:
        assert marks[name] in index
    entry = Page(hostile_site / "entries" / "made-1.html")
    assert LINK in entry.text  # told, and no link


@pytest.mark.bad_input
def test_hostile_names_leave_charts_and_tables_whole(hostile_site: Path) -> None:
    for path in (hostile_site / "charts").glob("*.svg"):
        found = ElementTree.fromstring(path.read_text())
        assert not [one for one in found.iter() if one.tag.endswith(("script", "foreignObject"))]
    for path in (hostile_site / "charts").glob("*.csv"):
        assert not re.search(r"^[=+@]", path.read_text(), re.MULTILINE)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "path", ["../outside.csv.gz", "/etc/hostname", "a/../../b.csv", "link.csv.gz"], ids=str
)
def test_a_path_out_of_the_repository_is_refused(
    small: Places, ranking: Ranking, tmp_path: Path, path: str
) -> None:
    root = tmp_path / "root"
    (root / "leaderboard").mkdir(parents=True)
    (tmp_path / "outside.csv.gz").write_bytes(b"secret")
    (root / "link.csv.gz").symlink_to(tmp_path / "outside.csv.gz")
    entry = ranking.entries[0]
    agent = entry.pairs[0].agents[0].model_copy(update={"episodes": path})
    place = entry.pairs[0].model_copy(update={"agents": [agent]})
    changed = ranking.model_copy(update={"entries": [entry.model_copy(update={"pairs": [place]})]})
    kept = {one.entry for one in changed.entries}
    changed = changed.model_copy(update={"boards": []})
    assert kept == {entry.entry}
    with pytest.raises(RecordError, match="the ranking names"):
        build(places(root), changed, tmp_path / "site")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["outside.csv.gz", "root"]


def test_files_that_are_not_there_are_not_linked(ranking: Ranking, tmp_path: Path) -> None:
    (tmp_path / "leaderboard").mkdir()
    build(places(tmp_path), ranking, tmp_path / "site")
    page = Page(tmp_path / "site" / "entries" / "made-1.html")
    assert not any("files/" in one for one in page.addresses)
