"""`add`: a submission from agents' files, which are evaluated, or from a sweep's finished cells.

The submission is made in a temporary folder, checked there, and takes its name in one step.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from gmbench.episodes import Episodes
from gmbench.errors import SubmissionError, UsageError
from gmbench.evaluation import Progress, evaluate
from gmbench.hints import quoted
from gmbench.leaderboard.check import check_submission
from gmbench.leaderboard.merging import Part, merged
from gmbench.leaderboard.parts import shipped
from gmbench.leaderboard.places import LONGEST_SLUG, SLUG, Places
from gmbench.leaderboard.submission import (
    FILE,
    Submission,
    agent_file,
    episodes_file,
    normalization_file,
    record_file,
)
from gmbench.records import Record
from gmbench.studies.cell import AGENT, EPISODES, RECORD, read_cell
from gmbench.training.recipe import Recipe

NORMALIZATION: Final = ".normalization.npz"

Key = tuple[str, int]  # pair, seed


@dataclass(frozen=True)
class Source:
    """Where a submission's agents come from.

    Attributes:
        agents: pair and seed to the agent's zip.
        parts: pair and seed to record and episodes, of those that are evaluated already.
        recipes: pair to the recipe's file.
    """

    agents: Mapping[Key, Path]
    parts: Mapping[Key, Part] = field(default_factory=dict)
    recipes: Mapping[str, Path] = field(default_factory=dict)


def add(
    board: Places,
    slug: str,
    one: Submission,
    source: Source,
    *,
    force: bool = False,
    progress: Callable[[int], Progress | None] = lambda seed: None,
) -> Path:
    """Make a submission.

    Args:
        board: where.
        slug: its folder's name.
        one: what it says of itself; seeds and recipes are those of the source.
        source: the agents.
        force: whether to replace one of that name.
        progress: of each seed's evaluation.

    Returns:
        Its folder.

    Raises:
        UsageError: a name, a file or an agent is wrong, or the submission would have a fault;
            nothing is left behind.
    """
    place = _refuse_bad_slug(board, slug, force)
    recipes = {pair: f"{pair}.yaml" for pair in source.recipes}
    one = replace(one, seeds=_seeds(source, one.suite), recipes=recipes)
    board.submissions.mkdir(parents=True, exist_ok=True)
    draft = board.submissions / f".{slug}.{secrets.token_hex(4)}"
    try:
        inside = draft / slug
        inside.mkdir(parents=True)
        _copy(inside, one, source)
        for seed in one.all_seeds:
            _evaluated(inside, one, seed, source, progress(seed))
        _refuse_faults(inside, slug)
        _take_place(inside, place, draft)
    except OSError as error:
        raise SubmissionError(f"cannot make {place}: {error.strerror or error}") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return place


def cells_of(folders: Sequence[Path], label: str | None = None) -> Source:
    """The agents of finished cells, in folders of sweeps.

    Args:
        folders: each with ``cells/``; agents of checkpoints are not taken.
        label: only cells whose folder's name begins with it; None for all.

    Raises:
        UsageError: a folder holds no such cells, or two agents have one pair and seed.
    """
    agents: dict[Key, Path] = {}
    parts: dict[Key, Part] = {}
    for folder in folders:
        names = sorted(folder.glob("cells/[!.]*")) if folder.is_dir() else []
        names = [cell for cell in names if label is None or cell.name.startswith(f"{label}-")]
        if not names:
            told = "" if label is None else f" whose name begins with {quoted(label)}"
            raise SubmissionError(f"{folder}: holds no finished cells{told} (cells/NAME)")
        for cell in names:
            definition = read_cell(cell)["definition"]
            if "study" in definition or definition["checkpoints"] is not None:
                continue
            recipe = Recipe.from_json(definition["recipe"])
            key = recipe.pair, recipe.seed
            if key in agents:
                raise SubmissionError(
                    f"{cell.name} and {agents[key].parent.name} are both {recipe.pair} with seed"
                    f" {recipe.seed}; choose one recipe by --label"
                )
            agents[key] = cell / AGENT
            parts[key] = Record.load(cell / RECORD), Episodes.read(cell / EPISODES)
    return Source(agents, parts)


def _refuse_bad_slug(board: Places, slug: str, force: bool) -> Path:
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise SubmissionError(
            f"the slug {quoted(slug)} must be lower case letters, digits and dashes, at most"
            f" {LONGEST_SLUG}"
        )
    place = board.submissions / slug
    if place.exists() and not force:
        raise SubmissionError(f"{place} exists; choose another slug, or replace it with --force")
    return place


def _seeds(source: Source, suite: str) -> dict[str, tuple[int, ...]]:
    played = [entry.pair for entry in shipped(suite).entries]
    odd = sorted({pair for pair, _ in source.agents} - set(played))
    if odd:
        raise SubmissionError(f"suite {suite} has no pair {odd[0]}; it has {', '.join(played)}")
    strange = sorted(set(source.recipes) - {pair for pair, _ in source.agents})
    if strange:
        raise SubmissionError(f"a recipe for {quoted(strange[0])}, which has no agents")
    found = {
        pair: tuple(sorted(seed for of, seed in source.agents if of == pair)) for pair in played
    }
    return {pair: seeds for pair, seeds in found.items() if seeds}


def _copy(inside: Path, one: Submission, source: Source) -> None:
    (inside / FILE).write_text(one.to_yaml())
    for pair, path in source.recipes.items():
        _copied(path, inside / one.recipes[pair])
    for (pair, seed), path in source.agents.items():
        _copied(path, inside / agent_file(pair, seed))
        scaling = path.with_name(path.name.removesuffix(".zip") + NORMALIZATION)
        if scaling.exists():
            _copied(scaling, inside / normalization_file(pair, seed))


def _copied(path: Path, target: Path) -> None:
    if not path.is_file():
        raise SubmissionError(f"{path}: there is no such file")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)


def _evaluated(
    inside: Path, one: Submission, seed: int, source: Source, progress: Progress | None
) -> None:
    """Write the record and the episodes of one seed's agents."""
    suite, pairs = shipped(one.suite), one.pairs_of(seed)
    record_at, table_at = inside / record_file(seed), inside / episodes_file(seed)
    record_at.parent.mkdir(exist_ok=True)
    ready = {pair: source.parts[pair, seed] for pair in pairs if (pair, seed) in source.parts}
    if len(ready) == len(pairs):
        record, table = merged(suite, ready)
        table.write(table_at)
    else:
        agents = {pair: str(inside / agent_file(pair, seed)) for pair in pairs}
        record = evaluate(agents, suite, episodes=table_at, progress=progress)
    record.save(record_at)


def _refuse_faults(inside: Path, slug: str) -> None:
    faults = check_submission(inside)
    if faults:
        more = f" (and {len(faults) - 1} more faults)" if len(faults) > 1 else ""
        raise UsageError(f"{slug}: {faults[0]}{more}")


def _take_place(inside: Path, place: Path, draft: Path) -> None:
    """Put the folder in its place; the old one is there until the new one is."""
    if place.exists():
        place.rename(draft / "old")
    try:
        inside.rename(place)
    except OSError:
        if (draft / "old").exists():
            (draft / "old").rename(place)
        raise
