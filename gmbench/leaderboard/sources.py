"""Entries from their three sources: submissions, our baselines, and the scripted agents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from gmbench.agents.scripted import ROLES
from gmbench.errors import RecordError, UsageError
from gmbench.hints import nearest, quoted
from gmbench.leaderboard.entry import SCRIPTED, Entry, Play, Role
from gmbench.leaderboard.inventory import content_digest, digest_of, file_digest
from gmbench.leaderboard.parts import is_whole, played_of, shipped
from gmbench.leaderboard.places import Places
from gmbench.leaderboard.submission import (
    Submission,
    agent_file,
    episodes_file,
    load_submission,
    record_file,
)
from gmbench.leaderboard.tracks import track_of
from gmbench.leaderboard.verified import read_findings
from gmbench.records import Record
from gmbench.studies.cell import AGENT, CELL, CURVE, EPISODES, RECORD, read_cell
from gmbench.training.recipe import Recipe

BASELINES: Final = "baselines:"
OURS: Final = "The gmbench developers"
OUR_LICENCE: Final = "MIT"


def entries(board: Places) -> list[Entry]:
    """Every entry of a board: scripted agents, baselines, submissions.

    Raises:
        UsageError: an entry cannot be read; names it.
    """
    return [
        *_scripted(board),
        *baselines(board),
        *(submission(board, slug) for slug in board.slugs()),
    ]


def find_entry(board: Places, name: str) -> Entry:
    """The entry that a command names.

    Args:
        board: where.
        name: ``baselines:RECIPE``, ``scripted:ROLE``, a submission's slug or its folder.

    Raises:
        UsageError: there is none.
    """
    if name.startswith((BASELINES, SCRIPTED)):
        known = {one.entry: one for one in (*_scripted(board), *baselines(board))}
        if name not in known:
            raise UsageError(f"there is no entry {quoted(name)}; {nearest(name, known)}")
        return known[name]
    return submission(board, board.slug_of(name))


def submission(board: Places, slug: str) -> Entry:
    """The entry of a submission.

    Raises:
        UsageError: it cannot be read; `gmbench.leaderboard.check` says why at length.
    """
    folder = board.submission(slug)
    try:
        one = load_submission(folder)
        present = [name for name in one.may_have() if (folder / name).exists()]
        # First, because it opens no file that is a link.
        digests = {name: file_digest(folder / name) for name in (*one.files(), *present)}
        plays = tuple(_submitted(folder, one, digests))
    except UsageError as error:
        told = str(error).removeprefix(f"{folder}/")
        raise UsageError(
            f"{slug}: {told} (gmbench leaderboard check {slug} tells every fault)"
        ) from None
    return Entry(
        entry=slug,
        source="submission",
        role="ranked",
        name=one.name,
        authors=one.authors,
        link=one.link,
        licence=one.licence,
        algorithm=one.algorithm,
        track=one.track,
        plays=plays,
        recipes={pair: folder / name for pair, name in one.recipes.items()},
        contents=dict.fromkeys(one.seeds, digest_of(digests)),
        findings=tuple(read_findings(board.verified, slug)),
    )


def _submitted(folder: Path, one: Submission, digests: Mapping[str, str]) -> Iterator[Play]:
    suite = shipped(one.suite)
    records = {seed: Record.load(folder / record_file(seed)) for seed in one.all_seeds}
    for seed, record in records.items():
        if record.suite.name != suite.name or not is_whole(record.suite):
            raise RecordError(f"{record_file(seed)}: is not of suite {suite.name} as it is here")
    for pair, seeds in one.seeds.items():
        for seed in seeds:
            yield _play(
                records[seed],
                pair,
                seed,
                agent=str(folder / agent_file(pair, seed)),
                digest=digests[agent_file(pair, seed)],
                record_at=folder / record_file(seed),
                episodes=folder / episodes_file(seed),
            )


def _play(
    record: Record,
    pair: str,
    seed: int | None,
    *,
    agent: str,
    digest: str | None,
    record_at: Path,
    episodes: Path,
) -> Play:
    result = next((r for r in record.results if r.pair == pair and r.status == "ok"), None)
    if result is None:
        raise RecordError(f"{record_at}: has no figures of {pair}; evaluate it again")
    played_of(record.suite)
    curve = record_at.with_name(CURVE)
    return Play(
        pair=pair,
        seed=seed,
        agent=agent,
        record=record_at,
        episodes=episodes,
        curve=curve if record_at.name == RECORD and curve.exists() else None,
        result=result,
        suite=shipped(record.suite.name),
        throughput=tuple(one for one in record.throughput if one.pair in (pair, None)),
        digest=digest,
    )


def _scripted(board: Places) -> Iterator[Entry]:
    for role in ROLES:
        path = board.scripted / f"{role}.json"
        if not path.exists():
            continue
        record, table = Record.load(path), path.with_suffix(".csv.gz")
        played = [result.pair for result in record.results if result.status == "ok"]
        content = content_digest((file.name, file) for file in (path, table))
        agent = f"{SCRIPTED}{role}"
        yield Entry(
            entry=agent,
            source="scripted",
            role="oracle",
            name=agent,
            authors=(OURS,),
            link=None,
            licence=OUR_LICENCE,
            algorithm="scripted",
            track="open",
            plays=tuple(
                _play(record, pair, None, agent=agent, digest=None, record_at=path, episodes=table)
                for pair in played
            ),
            contents=dict.fromkeys(played, content),
            findings=tuple(read_findings(board.verified, agent)),
        )


def baselines(board: Places) -> list[Entry]:
    """One entry a recipe, over all pairs that have its agents.

    Raises:
        RecordError: a sweep's results or a cell are damaged.
    """
    found: dict[str, list[tuple[Recipe, Path]]] = {}
    for path in sorted(board.baselines.glob("*/*.json")):
        for cell in _cells(path):
            folder = path.parent / "cells" / str(cell["name"])
            recipe = Recipe.from_json(read_cell(folder)["definition"]["recipe"])
            found.setdefault(str(cell["recipe"]), []).append((recipe, folder))
    alone = [_alone(board, path.parent) for path in sorted(board.baselines.glob("*/record.json"))]
    return [*(_baseline(board, label, cells) for label, cells in sorted(found.items())), *alone]


def _cells(path: Path) -> list[dict[str, Any]]:
    """The cells of a sweep's results, none where the file is a study's or something else."""
    try:
        found = json.loads(path.read_text())
        if not isinstance(found, dict) or "sweep" not in found or found["study"] is not None:
            return []
        cells: list[dict[str, Any]] = found["cells"]
        return cells
    except (OSError, ValueError, KeyError):
        raise RecordError(f"{path}: is damaged; run its sweep again") from None


def _alone(board: Places, folder: Path) -> Entry:
    """A baseline that no sweep trained: a folder with an agent, its record and its episodes."""
    record, entry = Record.load(folder / RECORD), f"{BASELINES}{folder.name}"
    played = [result.pair for result in record.results if result.status == "ok"]
    content = content_digest((name, folder / name) for name in (AGENT, RECORD, EPISODES))
    digest = file_digest(folder / AGENT)
    return Entry(
        entry=entry,
        source="baseline",
        role="ranked",
        name=folder.name,
        authors=(OURS,),
        link=None,
        licence=OUR_LICENCE,
        algorithm=record.agent.algorithm or record.agent.kind,
        track="open",  # no recipe says what it was trained on
        plays=tuple(
            _play(
                record,
                pair,
                0,
                agent=str(folder / AGENT),
                digest=digest,
                record_at=folder / RECORD,
                episodes=folder / EPISODES,
            )
            for pair in played
        ),
        contents=dict.fromkeys(played, content),
        findings=tuple(read_findings(board.verified, entry)),
    )


def _baseline(board: Places, label: str, cells: list[tuple[Recipe, Path]]) -> Entry:
    cells = sorted(cells, key=lambda cell: (cell[0].pair, cell[0].seed))
    plays: list[Play] = []
    files: dict[str, list[tuple[str, Path]]] = {}
    recipes: dict[str, Path] = {}
    for recipe, folder in cells:
        record = Record.load(folder / RECORD)
        plays.append(
            _play(
                record,
                recipe.pair,
                recipe.seed,
                agent=str(folder / AGENT),
                digest=file_digest(folder / AGENT),
                record_at=folder / RECORD,
                episodes=folder / EPISODES,
            )
        )
        names = (AGENT, RECORD, EPISODES, CELL)
        told = [(f"{folder.name}/{name}", folder / name) for name in names]
        files.setdefault(recipe.pair, []).extend(told)
        path = board.baselines / recipe.pair / f"{label}.yaml"
        recipes |= {recipe.pair: path} if path.exists() else {}
    first, entry = cells[0][0], f"{BASELINES}{label}"
    return Entry(
        entry=entry,
        source="baseline",
        role=_role(first),
        name=label,
        authors=(OURS,),
        link=None,
        licence=OUR_LICENCE,
        algorithm=first.algorithm.upper(),
        track=track_of(first),
        plays=tuple(plays),
        recipes=recipes,
        contents={pair: content_digest(of_pair) for pair, of_pair in files.items()},
        findings=tuple(read_findings(board.verified, entry)),
    )


def _role(recipe: Recipe) -> Role:
    if recipe.blind:
        return "floor"
    return "ceiling" if recipe.alpha >= 1 else "ranked"
