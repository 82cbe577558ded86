"""Boards for tests: folders with submissions and baselines, made of what ships."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from gmbench.episodes import Episode, Episodes
from gmbench.leaderboard.adding import add, cells_of
from gmbench.leaderboard.places import Places, places
from gmbench.leaderboard.submission import (
    FILE,
    Submission,
    agent_file,
    episodes_file,
    record_file,
)
from gmbench.records import Record
from gmbench.suites import load_suite

REPOSITORY = Path(__file__).parents[2]
CORNER = REPOSITORY / "baselines" / "corner"
SCRIPTED = REPOSITORY / "leaderboard" / "scripted"
SLUG = "far-ppo"


def submission(name: str = "Far-sighted PPO", **changes: object) -> Submission:
    one = Submission(name, ("A. Name", "B. Name"), "alpha-0", "PPO", "MIT", {})
    return replace(one, **changes)  # type: ignore[arg-type]


def empty_board(root: Path) -> Places:
    (root / "leaderboard").mkdir(parents=True)
    return places(root)


def cells(label: str, seeds: int) -> list[Path]:
    """The first cells of corner's baselines by a label, those without checkpoints."""
    found = json.loads((CORNER / "corner-baselines.json").read_text())["cells"]
    return [CORNER / "cells" / one["name"] for one in found if one["recipe"] == label][:seeds]


def board_with_a_submission(root: Path, seeds: int = 2) -> Places:
    """One submission, of the first agents of corner's baselines at alpha 0, with their recipe."""
    board = empty_board(root)
    sweep = root / "sweep" / "cells"
    for cell in cells("ppo-alpha-0", seeds):
        shutil.copytree(cell, sweep / cell.name)
    source = replace(cells_of([sweep.parent]), recipes={"corner": CORNER / "ppo-alpha-0.yaml"})
    add(board, SLUG, submission(), source)
    return board


def board_with_baselines(root: Path, label: str = "ppo-alpha-0", seeds: int = 5) -> Places:
    """A board whose only entry are some of corner's baselines."""
    board = empty_board(root)
    folder = root / "baselines" / "corner"
    folder.mkdir(parents=True)
    results = json.loads((CORNER / "corner-baselines.json").read_text())
    names = [cell.name for cell in cells(label, seeds)]
    for name in names:
        shutil.copytree(CORNER / "cells" / name, folder / "cells" / name)
    results["cells"] = [cell for cell in results["cells"] if cell["name"] in names]
    (folder / "corner-baselines.json").write_text(json.dumps(results))
    shutil.copy(CORNER / f"{label}.yaml", folder)
    return board


def forged(folder: Path, seed: int, rows: Iterable[Episode]) -> None:
    """Put other episodes into a submission, and their digest into its record."""
    table = Episodes(tuple(rows))
    table.write(folder / episodes_file(seed))
    path = folder / record_file(seed)
    record = Record.load(path)
    record.model_copy(update={"episodes_digest": table.digest}).save(path)


class Mixtures:
    """Agents that are the goal oracle on some levels and the proxy's on others; tables and records.

    Their records tell the goal oracle's figures, which `rank` shows and does not read: so they are
    quick to make by the thousand.
    """

    def __init__(self, pairs: Sequence[str], pool: int, seed: int = 0) -> None:
        self.pairs = tuple(pairs)
        self._own = {role: self._rows(role) for role in ("goal", "proxy", "random")}
        self._references = [
            line for line in self._lines("goal") if line.split(",")[2] and self._wanted(line)
        ]
        generator = np.random.default_rng(seed)
        self.tables = [self._table(generator) for _ in range(pool)]
        record = Record.load(SCRIPTED / "goal.json")
        kept = [result for result in record.results if result.pair in pairs]
        agent = record.agent.model_copy(update={"kind": "sb3", "digest": "0" * 64})
        speeds = [one for one in record.throughput if one.pair in pairs]
        self.record = record.model_copy(
            update={"results": kept, "agent": agent, "throughput": speeds}
        ).to_json()

    def write(self, board: Places, slug: str, seeds: int, generator: np.random.Generator) -> None:
        folder = board.submissions / slug
        numbers = tuple(range(seeds))
        one = submission(f"Method {slug}", seeds=dict.fromkeys(self.pairs, numbers))
        (folder / "evaluations").mkdir(parents=True)
        (folder / FILE).write_text(one.to_yaml())
        for pair in self.pairs:
            (folder / "agents" / pair).mkdir(parents=True)
            for seed in numbers:
                (folder / agent_file(pair, seed)).write_text(f"{slug} {pair} {seed}")
        for seed in numbers:
            chosen = self.tables[int(generator.integers(len(self.tables)))]
            (folder / episodes_file(seed)).write_bytes(chosen)
            (folder / record_file(seed)).write_text(self.record)

    def _table(self, generator: np.random.Generator) -> bytes:
        goal, skill = generator.random(), 0.85 + 0.15 * generator.random()
        lines = [self._lines("goal")[0]]
        for key in self._own["goal"]:
            good = generator.random() < (skill if key[1] == "train" else goal)
            other = "random" if key[1] == "train" else "proxy"
            lines.append(self._own["goal" if good else other][key])
        return gzip.compress("\n".join([*lines, *self._references, ""]).encode(), 6, mtime=0)

    def _rows(self, role: str) -> dict[tuple[str, str, str], str]:
        cells = ((line.split(","), line) for line in self._lines(role) if self._wanted(line))
        return {(cell[0], cell[1], cell[3]): line for cell, line in cells if not cell[2]}

    def _wanted(self, line: str) -> bool:
        return line.split(",")[0] in self.pairs

    def _lines(self, role: str) -> list[str]:
        text = gzip.decompress((SCRIPTED / f"{role}.csv.gz").read_bytes()).decode()
        return text.rstrip("\n").split("\n")


def native_levels(pair: str) -> int:
    return next(entry.levels for entry in load_suite("native").entries if entry.pair == pair)
