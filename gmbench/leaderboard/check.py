"""`check`: every fault of a submission, and how to mend it; nothing in it is run or unpickled.

What passes has earned the status ``recomputed``: its figures follow from its episodes, which are
every level of the suite once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from gmbench.agents.normalization import read_normalization
from gmbench.errors import AgentError
from gmbench.hints import quoted
from gmbench.leaderboard.evaluated import (
    RECOMPUTE,
    AgentFiles,
    check_record,
    check_table,
    read_table,
)
from gmbench.leaderboard.faults import Fault, Faults
from gmbench.leaderboard.inventory import Inventory, compare, file_digest, files_of
from gmbench.leaderboard.parts import shipped
from gmbench.leaderboard.places import LONGEST_SLUG, SLUG
from gmbench.leaderboard.submission import (
    FILE,
    Submission,
    agent_file,
    episodes_file,
    normalization_file,
    read_submission,
    record_file,
)
from gmbench.leaderboard.tracks import breach
from gmbench.records import Record
from gmbench.training.document import load_recipe


def check_submission(folder: Path, taken: Sequence[str] = ()) -> list[Fault]:
    """Every fault of the submission in a folder; none where it is good.

    Args:
        folder: whose name is the slug.
        taken: names of other entries, which the submission's may not repeat.

    Raises:
        MissingPartError: its levels are those of games that are not installed.
    """
    faults = Faults(folder)
    if folder.is_symlink() or not folder.is_dir():
        faults.add(quoted(folder.name), "is no folder", "put a submission's folder there")
        return faults.found
    if not SLUG.fullmatch(folder.name) or len(folder.name) > LONGEST_SLUG:
        what = f"is no slug: lower case letters, digits and dashes, at most {LONGEST_SLUG}"
        faults.add(quoted(folder.name), what, "rename the folder")
    there = files_of(folder, faults)
    if there.too_much or FILE in there.odd:
        return faults.found
    one, mistakes = read_submission(folder)
    faults.found += mistakes
    if one is None:
        return faults.found
    if one.name.casefold() in {name.casefold() for name in taken}:
        faults.add(FILE, f"the name {quoted(one.name)} is another entry's", "choose another")
    compare(there, one.files(), one.may_have(), faults)
    _check_recipes(folder, one, there, faults)
    faults.tried(FILE, lambda: shipped(one.suite))
    _check_normalizations(folder, one, there, faults)
    if not faults.found:
        for seed in one.all_seeds:
            _check_seed(folder, one, seed, faults)
    return faults.found


def _check_seed(folder: Path, one: Submission, seed: int, faults: Faults) -> None:
    """One record, its episodes, and the agents that it is of."""
    where, suite = record_file(seed), shipped(one.suite)
    pairs = list(one.pairs_of(seed))
    record = faults.tried(where, lambda: Record.load(folder / where), RECOMPUTE)
    if record is None:
        return
    check_record(where, record, suite, {pair: _files(folder, pair, seed) for pair in pairs}, faults)
    table_at = episodes_file(seed)
    table = faults.tried(
        table_at, lambda: read_table(table_at, folder / table_at, suite, pairs), RECOMPUTE
    )
    if table is not None:
        check_table(table_at, table, record, suite, faults)


def _files(folder: Path, pair: str, seed: int) -> AgentFiles:
    scaling = folder / normalization_file(pair, seed)
    return AgentFiles(
        file_digest(folder / agent_file(pair, seed)),
        file_digest(scaling) if scaling.exists() else None,
    )


def _check_normalizations(folder: Path, one: Submission, there: Inventory, faults: Faults) -> None:
    """Files beside agents are statistics that can be read; nothing is unpickled."""
    for name in sorted(there.files.intersection(one.may_have())):
        try:
            read_normalization(folder / name)
        except AgentError:
            faults.add(name, "holds no normalization", "write it by gmbench export-normalization")


def _check_recipes(folder: Path, one: Submission, there: Inventory, faults: Faults) -> None:
    """Recipes are of the pairs they are given for, and keep to the track that is claimed."""
    for pair, name in one.recipes.items():
        if name not in there.files:
            continue
        recipe = faults.tried(name, partial(load_recipe, folder / name))
        if recipe is None:
            continue
        if recipe.pair != pair:
            faults.add(name, f"trains {recipe.pair}, it is given for {pair}", "name another")
        broken = breach(recipe, one.track)
        if broken:
            faults.add(name, f"does not keep to the track {one.track}: {broken}", "claim open")
