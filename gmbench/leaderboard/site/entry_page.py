"""The page of an entry: every figure with its interval, and all that can be downloaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gmbench.leaderboard.rows import AgentRow, EntryRow, PairInfo, PairRow, SuiteEntryInfo
from gmbench.leaderboard.site.files import Files
from gmbench.leaderboard.site.films import Film
from gmbench.leaderboard.site.numbers import two
from gmbench.leaderboard.site.reproduce import Command, commands
from gmbench.leaderboard.site.view import Spread, scored, spread
from gmbench.records import Metric
from gmbench.training.curve import Row as Step
from gmbench.training.curve import from_csv

OUTCOMES = {"goal_first": "goal", "proxy_first": "proxy", "neither": "neither"}


@dataclass(frozen=True)
class Download:
    """An agent's files, as addresses from the site's top; None for what there is not."""

    agent: AgentRow
    file: str | None
    record: str | None
    episodes: tuple[str, str] | None
    curve: str | None


@dataclass(frozen=True)
class Section:
    """What an entry's page tells of a pair.

    Attributes:
        pair: the pair.
        place: the entry on it.
        score, skill: the two axes.
        outcomes: shares of the test's first arrivals, None where unknown.
        figures: name, figure over agents, and of every agent as text.
        downloads: one an agent.
        commands: how to do it again.
        film: of its first agent, None where there is none.
        steps: agent to its training curve.
    """

    pair: PairInfo
    place: PairRow
    score: Spread | None
    skill: Spread | None
    outcomes: Mapping[str, float] | None
    figures: list[tuple[str, Spread | None, list[str]]]
    downloads: list[Download]
    commands: list[Command]
    film: Film | None
    steps: Mapping[str, list[Step]]


def section(
    entry: EntryRow,
    place: PairRow,
    pair: PairInfo,
    part: SuiteEntryInfo | None,
    files: Files,
    film: Film | None,
) -> Section:
    """What is told of an entry on a pair."""
    shares = {name: spread(place, figure) for figure, name in OUTCOMES.items()}
    told = {name: one.value for name, one in shares.items() if one is not None}
    return Section(
        pair=pair,
        place=place,
        score=scored(place.score, place, pair.ranks),
        skill=spread(place, "train_success"),
        outcomes=told if len(told) == len(OUTCOMES) else None,
        figures=list(_figures(place)),
        downloads=[_download(agent, files) for agent in place.agents],
        commands=commands(entry, place, part),
        film=film,
        steps=_curves(place, files),
    )


def _figures(place: PairRow) -> Iterator[tuple[str, Spread | None, list[str]]]:
    for name in dict.fromkeys(name for agent in place.agents for name in agent.metrics):
        yield name, spread(place, name), [_told(agent.metrics.get(name)) for agent in place.agents]


def _told(metric: Metric | None) -> str:
    """A figure of one agent in words: "0.71 [0.65, 0.77]"."""
    if metric is None:
        return "not asked"
    if metric.value is None:
        return f"none: {metric.why}"
    if metric.low is None:
        return two(metric.value)
    return f"{two(metric.value)} [{two(metric.low)}, {two(metric.high)}]"


def _download(agent: AgentRow, files: Files) -> Download:
    return Download(
        agent=agent,
        file=files.take(agent.agent) if agent.digest is not None else None,
        record=files.take(agent.record),
        episodes=files.table(agent.episodes),
        curve=files.take(agent.curve),
    )


def _curves(place: PairRow, files: Files) -> dict[str, list[Step]]:
    found = {}
    for agent in place.agents:
        path: Path | None = None if agent.curve is None else files.path(agent.curve)
        if path is not None:
            try:
                found[f"seed {agent.seed}"] = from_csv(path.read_text())
            except ValueError:
                continue  # a stranger's curve that is none is offered as it is, and not drawn
    return found


def listing(entry: EntryRow, sections: list[Section]) -> Iterator[dict[str, Any]]:
    """A line a file of an agent's, for the page of the data."""
    for one in sections:
        for got in one.downloads:
            csv, json = got.episodes or (None, None)
            yield {
                "entry": entry.entry,
                "pair": one.pair.name,
                "seed": got.agent.seed,
                "record": got.record,
                "episodes_csv": csv,
                "episodes_json": json,
                "curve": got.curve,
                "agent": got.file,
                "sha256": got.agent.digest,
            }
