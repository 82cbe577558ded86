"""What the ranking tells of its rules, its suites, its pairs and its entries."""

from __future__ import annotations

from gmbench.leaderboard.entry import Role, Source
from gmbench.leaderboard.tracks import Status, Track
from gmbench.leaderboard.verified import Comparison
from gmbench.records import Metric, Throughput
from gmbench.records.parts import Count, Part, Sha256, UtcTime


class Named(Part):
    """A track, a status or a condition, with a sentence for people."""

    name: str
    summary: str


class Settings(Part):
    """By what rules the board is ranked.

    Attributes:
        resamples: of the paired bootstrap.
        confidence: of rank intervals and of all others.
        capable_from: the lower bound of train_success from which an entry knows how.
        fewest_seeds_for_track: under which an entry stands in no alpha track.
        fewest_seeds_for_interval: under which there is no interval across seeds.
        incapable: what an overall score counts at most for a pair where an entry does not know
            how, by the figure that ranks the pair.
    """

    resamples: Count
    confidence: float
    capable_from: float
    fewest_seeds_for_track: Count
    fewest_seeds_for_interval: Count
    incapable: dict[str, float]


class PairInfo(Part):
    """A pair.

    Attributes:
        goal, proxy: in words that can follow "goes for".
        differs: what differs between training and test.
        ranks: the figure that ranks it, "pursuit" or "preference".
        ranked: False for exploratory pairs, which no overall score counts.
    """

    name: str
    world_version: Count
    family: str
    goal: str
    proxy: str
    differs: str
    ranks: str
    ranked: bool
    train: str
    tests: list[str]
    conditions: list[Named]


class SuiteEntryInfo(Part):
    """A pair in a suite.

    Attributes:
        digest: of this part of the suite: what shares it was played alike, on the same levels.
        levels: how many.
    """

    pair: str
    digest: Sha256
    levels: Count
    conditions: list[str]
    parameters: dict[str, int | str]
    mode: str


class SuiteInfo(Part):
    """A suite that entries were evaluated on."""

    name: str
    version: Count
    digest: Sha256
    summary: str
    deterministic: bool
    pairs: list[SuiteEntryInfo]


class Across(Part):
    """One figure over an entry's training seeds.

    Attributes:
        values: of every agent that has it, by rising seed.
        smallest, largest: the range.
        middle: the interquartile mean.
        low, high: its 95 % interval; None under ten seeds, where any would be wrong.
    """

    values: list[float]
    smallest: float
    largest: float
    middle: float
    low: float | None
    high: float | None


class AgentRow(Part):
    """One agent on one pair.

    Attributes:
        seed: of its training; None for what was not trained.
        agent: its file, or ``scripted:ROLE``.
        digest: SHA-256 of the agent's file; None for what has none.
        record, episodes, curve: files; several agents may share a record and its table.
        metrics: every figure with its interval over levels.
        throughput: how fast it was evaluated.
    """

    seed: Count | None
    agent: str
    digest: Sha256 | None
    record: str
    episodes: str
    curve: str | None
    metrics: dict[str, Metric]
    throughput: list[Throughput]


class Earned(Part):
    """A finding that is of the files as they are now: what a status was earned by, or a flag.

    Attributes:
        passed: False where it flags something; ``why`` says what.
        file: where it was read.
    """

    status: Status
    passed: bool
    why: str | None
    date: UtcTime
    gmbench: str
    sandbox: bool | None
    equal: float | None
    seeds: list[Count]
    comparisons: list[Comparison]
    file: str


class PairRow(Part):
    """An entry on a pair.

    Attributes:
        suite, part: the suite's name, and the digest of its part.
        status: what its agents have earned there.
        stands_in: the track of the table that it stands in.
        recipe: the recipe's file, None where there is none.
        capable: whether it knows how; ``train_success_low`` is what that was told by, the
            interquartile mean over agents of the interval's lower end.
        score: the figure that ranks, the interquartile mean over agents; None where an agent has
            none.
        across: figure name to its spread over agents, where every agent has the figure.
        agents: by rising seed.
        earned: what its status was earned by, and what was flagged.
    """

    pair: str
    suite: str
    part: Sha256
    status: Status
    stands_in: Track
    recipe: str | None
    capable: bool
    train_success_low: float | None
    score: float | None
    across: dict[str, Across]
    agents: list[AgentRow]
    earned: list[Earned]


class EntryRow(Part):
    """An entry.

    Attributes:
        entry: its name in files and commands; unique.
        role: "ranked", or what it frames the tables as.
        name, authors, link, licence, algorithm: in its authors' words.
        claims: the track that it claims.
        status: what it has earned on every pair.
        folder: where it lies; None for what lies in several places.
    """

    entry: str
    source: Source
    role: Role
    name: str
    authors: list[str]
    link: str | None
    licence: str
    algorithm: str
    claims: Track
    status: Status
    folder: str | None
    pairs: list[PairRow]
