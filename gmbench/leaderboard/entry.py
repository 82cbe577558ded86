"""What stands on the board: an entry, from wherever it comes, and the plays of its agents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from gmbench import registry
from gmbench.leaderboard.tracks import LADDER, Status, Track
from gmbench.leaderboard.verified import Finding, status_of
from gmbench.records import PairResult, Throughput
from gmbench.suites import Suite

Source = Literal["submission", "baseline", "scripted"]
Role = Literal["ranked", "floor", "ceiling", "oracle"]

SCRIPTED: Final = "scripted:"


@dataclass(frozen=True)
class Play:
    """One agent on one pair.

    Attributes:
        pair: the pair.
        seed: of its training; None for what was not trained.
        agent: its file, or ``scripted:ROLE``.
        record, episodes, curve: files; curve is None where there is none.
        result: its figures, as the record tells them.
        suite: the shipped suite that the episodes are of, all its pairs.
        throughput: how fast it went.
        digest: SHA-256 of the agent's file; None for what has none.
    """

    pair: str
    seed: int | None
    agent: str
    record: Path
    episodes: Path
    curve: Path | None
    result: PairResult
    suite: Suite = field(hash=False)
    throughput: tuple[Throughput, ...] = ()
    digest: str | None = None


@dataclass(frozen=True)
class Entry:
    """A method with its agents: one row of the board.

    Attributes:
        name: as people call it.
        entry: as files and commands call it: a submission's slug, ``baselines:<recipe>``,
            ``scripted:<role>``.
        role: what is ranked, and what frames the others: floor, ceiling, oracles.
        track: what it claims that training was allowed.
        recipes: pair to the recipe's file.
        plays: of all agents, by pair and rising seed.
        contents: pair to the digest of the files that a finding is of.
        findings: what was found of it.
    """

    entry: str
    source: Source
    role: Role
    name: str
    authors: tuple[str, ...]
    link: str | None
    licence: str
    algorithm: str
    track: Track
    plays: tuple[Play, ...]
    recipes: Mapping[str, Path] = field(default_factory=dict, hash=False)
    contents: Mapping[str, str] = field(default_factory=dict, hash=False)
    findings: tuple[Finding, ...] = ()

    @property
    def pairs(self) -> tuple[str, ...]:
        """The pairs that it plays, in the order of its plays."""
        return tuple(dict.fromkeys(play.pair for play in self.plays))

    def of(self, pair: str) -> tuple[Play, ...]:
        """Its agents on a pair."""
        return tuple(play for play in self.plays if play.pair == pair)

    def status(self, pair: str | None = None) -> Status:
        """What it has earned on a pair, or on every one."""
        if pair is not None:
            return status_of(self.findings, pair, self.contents[pair])
        return min((self.status(one) for one in self.pairs), key=LADDER.index)

    def current(self, pair: str) -> tuple[Finding, ...]:
        """The findings of a pair that are of its files as they are now."""
        content = self.contents[pair]
        return tuple(f for f in self.findings if (f.pair, f.content) == (pair, content))


def score_name(pair: str) -> str:
    """The name of the figure that ranks a pair."""
    return registry.pair(pair).ranks
