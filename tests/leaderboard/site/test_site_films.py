"""Films of the site: who is filmed, and that a film is made once."""

from __future__ import annotations

from pathlib import Path

import imageio.v3 as iio
import pytest

from gmbench.leaderboard.document import Ranking
from gmbench.leaderboard.places import Places
from gmbench.leaderboard.rows import EntryRow
from gmbench.leaderboard.site.build import build
from gmbench.leaderboard.site.files import Files
from gmbench.leaderboard.site.films import Studio
from gmbench.leaderboard.site.pages import part_of
from gmbench.sandbox.command import bubblewrap

REPOSITORY = Path(__file__).parents[3]


def one(ranking: Ranking, entry: str) -> EntryRow:
    return next(found for found in ranking.entries if found.entry == entry)


@pytest.mark.slow
def test_an_agent_is_filmed_once_and_shown(small: Places, ranking: Ranking, tmp_path: Path) -> None:
    entry = one(ranking, "scripted:proxy")
    (place,) = [found for found in entry.pairs if found.pair == "corner"]
    entry = entry.model_copy(update={"pairs": [place]})
    alone = ranking.model_copy(update={"entries": [entry], "boards": []})
    said: list[str] = []
    for _ in range(2):
        build(small, alone, tmp_path / "site", films=True, say=said.append)
        (film,) = (tmp_path / "site" / "films").glob("*.mp4")
        if not said:
            assert len(iio.imread(film, plugin="pyav")) > 30
            first = film.read_bytes()
            said.append("once")
            film.write_bytes(first + b"kept")  # what is there is taken over, not made again
    assert said == ["once"] and film.read_bytes() == first + b"kept"
    assert iio.imread(film.with_suffix(".webp")).ndim == 3
    page = (tmp_path / "site" / "entries" / "scripted.proxy.html").read_text()
    assert f"films/{film.name}" in page and f"films/{film.stem}.webp" in page


@pytest.mark.bad_input
def test_a_strangers_agent_is_not_run_before_the_sandbox_had_it(
    small: Places, ranking: Ranking, tmp_path: Path
) -> None:
    entry = one(ranking, "made-1")
    part = part_of(ranking, entry.pairs[0])
    assert part is not None and entry.source == "submission"
    said: list[str] = []
    studio = Studio(Files(small.root, tmp_path), tmp_path, tmp_path / "before", said.append)
    assert studio.film(entry, entry.pairs[0], part) is None
    assert not said, "it was not even opened"
    rerun = entry.pairs[0].model_copy(update={"status": "rerun"})
    assert studio.film(entry, rerun, part) is None
    assert said and "not filmed: corner" in said[0]  # the file is no agent, which is told
    assert not list((tmp_path / "films").iterdir())


def test_a_strangers_agent_is_filmed_in_the_sandbox_or_not_at_all(
    ranking: Ranking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = one(ranking, "made-1")
    (agent, *_) = sorted((REPOSITORY / "baselines/corner/cells").glob("*/agent.zip"))
    named = (
        entry.pairs[0]
        .agents[0]
        .model_copy(update={"agent": agent.relative_to(REPOSITORY).as_posix()})
    )
    place = entry.pairs[0].model_copy(update={"status": "rerun", "agents": [named]})
    part = part_of(ranking, place)
    assert part is not None
    said: list[str] = []
    studio = Studio(Files(REPOSITORY, tmp_path), tmp_path, tmp_path / "before", said.append)
    monkeypatch.setenv("PATH", str(tmp_path))  # where there is no bubblewrap
    bubblewrap.cache_clear()
    try:
        assert studio.film(entry, place, part) is None
    finally:
        bubblewrap.cache_clear()
    assert said and "not filmed: corner: the sandbox needs bubblewrap" in said[0]
