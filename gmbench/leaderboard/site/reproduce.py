"""How to do it again: exact commands, for a shell."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from gmbench.leaderboard.rows import EntryRow, PairRow, SuiteEntryInfo


@dataclass(frozen=True)
class Command:
    """A command and what it does."""

    does: str
    line: str


def commands(entry: EntryRow, place: PairRow, part: SuiteEntryInfo | None) -> list[Command]:
    """What to type to train, evaluate, recompute and watch the first agent of an entry."""
    agent = place.agents[0]
    found = []
    if place.recipe is not None:
        seed = () if agent.seed is None else ("--seed", str(agent.seed))
        found.append(_command("train it", "train", place.recipe, *seed, "-o", "agent.zip"))
    who = (
        (agent.agent,) if entry.source == "scripted" else ("--pair", f"{place.pair}={agent.agent}")
    )
    outputs = ("-o", "record.json", "--episodes", "episodes.csv.gz")
    found.append(_command("evaluate it", "eval", *who, "--suite", place.suite, *outputs))
    found.append(_command("compute its figures again", "recompute", agent.episodes))
    film = (agent.agent, "--pair", place.pair, *_setting(part), "-o", "film.mp4")
    found.append(_command("watch it", "watch", *film))
    return found


def _setting(part: SuiteEntryInfo | None) -> list[str]:
    if part is None:
        return []
    told = [
        word for name, value in part.parameters.items() for word in ("--set", f"{name}={value}")
    ]
    return [*(("--mode", part.mode) if part.mode else ()), *told]


def _command(does: str, *words: str) -> Command:
    return Command(does, shlex.join(("gmbench", *words)))
