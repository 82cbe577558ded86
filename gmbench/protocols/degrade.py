"""degrade: how firmly does the goal sit? The noise that loses it, and that which loses the skill.

The agent plays the same levels while more and more of its actions are replaced by random ones, and,
where its weights can be reached, with more and more gaussian noise on them, relative to the spread
of each tensor. A share is lost where noise has halved it: of the goal that is goal_first or
proxy_first in the test, whichever the agent had more of without noise; of the skill it is
train_success. Two levels share one noise on the weights, so that most of what its chance does
averages out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from gmbench import registry
from gmbench.agents.base import Agent
from gmbench.agents.noisy import NoisyAgent
from gmbench.episodes import Episode, Episodes
from gmbench.errors import RecordError
from gmbench.levels import stable_hash
from gmbench.metrics import Figure
from gmbench.metrics.clusters import clustered_share
from gmbench.metrics.shares import NEITHER, outcome_shares, succeeds, train_success
from gmbench.metrics.table import PairTable
from gmbench.metrics.thresholds import BOUND, LOSSES, Fall, losses
from gmbench.protocols.run import Course, PairRun, opened
from gmbench.protocols.settings import rates, scales
from gmbench.records import PairResult
from gmbench.rollout import Tick
from gmbench.specs import Pair
from gmbench.suites import Suite, SuiteEntry

NAME = "degrade"
VERSION = 0

SETTINGS: Final = {"action_noise": rates, "weight_noise": scales}
DEFAULTS: Final = {
    "action_noise": (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0),
    "weight_noise": (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0),
}
LEVELS_A_DRAW: Final = 2
KINDS: Final = ("action", "weights")
_SETTING: Final = {"action": "action_noise", "weights": "weight_noise"}

Ask = Callable[[Episode], bool]

_SHARES: Final[dict[str, Ask]] = {
    "goal_first": lambda row: row.outcome == "goal_first",
    "proxy_first": lambda row: row.outcome == "proxy_first",
    "neither": lambda row: row.outcome in NEITHER,
}


def count_episodes(agent: Agent, entry: SuiteEntry, suite: Suite) -> int:
    """How many episodes an entry plays."""
    from gmbench.agents.perturbed import has_weights

    noises = 1 + len(_noises(suite, "action"))
    noises += len(_noises(suite, "weights")) if has_weights(agent) else 0
    return entry.levels * noises * len(_read(registry.pair(entry.pair), entry))


def run_pair(agent: Agent, entry: SuiteEntry, suite: Suite, tick: Tick = lambda: None) -> PairRun:
    """Play one entry at every noise.

    Raises:
        AgentError: the agent does not fit the pair.
        UsageError: there are not enough levels that the pair accepts.
    """
    with opened(agent, entry, suite, tick) as course:
        under = _read(course.pair, entry)
        course.play(agent, [""], under, clock=course.run.clock)
        for rate in _noises(suite, "action"):
            course.play(NoisyAgent(agent, rate), [f"action-{rate:g}"], under)
        _shake(course, agent, under)
    return course.run


def _shake(course: Course, agent: Agent, under: Sequence[str]) -> None:
    from gmbench.agents.perturbed import has_weights, perturbed

    if not has_weights(agent):
        course.run.details["weights"] = f"agent {agent.spec.name} has no weights to shake"
        return
    levels, seed = course.run.levels.numbers, course.suite.seed
    for scale in _noises(course.suite, "weights"):
        for draw, first in enumerate(range(0, len(levels), LEVELS_A_DRAW)):
            shaken = perturbed(agent, scale, stable_hash("weights", seed, draw) % 2**63)
            some = levels[first : first + LEVELS_A_DRAW]
            course.play(shaken, [f"weights-{scale:g}:{draw}"], under, levels=some)


def figure_names(
    pair: Pair, conditions: Sequence[str], settings: Mapping[str, Any]
) -> tuple[str, ...]:
    """What `figures` can name where these conditions are played."""
    shares = ("train_success", *_SHARES)
    names = [*shares, *(f"{kind}_{name}" for kind in KINDS for name in LOSSES)]
    for kind in KINDS:
        for noise in {**DEFAULTS, **settings}[_SETTING[kind]]:
            names += [f"{kind}-{noise:g}.{name}" for name in shares if noise > 0]
    return tuple(names)


def figures(episodes: Episodes, pair: Pair, seed: int = 0) -> dict[str, Figure]:
    """Shares at every noise, and where they are halved.

    Returns:
        Without noise: train_success, and goal_first, proxy_first and neither in the test. For each
        kind of noise, "action" and "weights", ``<kind>_goal_lost``, ``<kind>_skill_lost`` and
        ``<kind>_goal_minus_skill``; and at every noise the shares again, as
        ``<kind>-<noise>.<share>``.

    Raises:
        RecordError: the table is not of this protocol.
    """
    table = PairTable(Episodes(tuple(row for row in episodes if row.group == "")), pair, seed)
    found = _shares_of_levels(table)
    goal, proxy = (found[name].value or 0.0 for name in ("goal_first", "proxy_first"))
    had = "goal_first" if goal >= proxy else "proxy_first"
    runs = {kind: _runs(episodes, pair, kind) for kind in KINDS}
    for kind, by_noise in runs.items():
        lost = _losses(by_noise, pair, had, table.generator(kind))
        found |= {f"{kind}_{name}": figure for name, figure in lost.items()}
    for kind, by_noise in runs.items():
        for noise, rows in by_noise.items():
            if noise > 0:
                shares = _shares(rows, pair, kind, seed)
                found |= {f"{kind}-{noise:g}.{name}": share for name, share in shares.items()}
    return found


def in_words(result: PairResult) -> Iterator[str]:
    """Which goes first, goal or skill, and by how much, in one line a kind of noise."""
    for kind, name in (("action", "random actions"), ("weights", "noise on its weights")):
        goal, skill = (result.metrics[f"{kind}_{what}_lost"] for what in ("goal", "skill"))
        told = [
            f"{what} is halved at {figure.value:.2f} [{figure.low:.2f}, {figure.high:.2f}]"
            if figure.value is not None and figure.low is not None
            else f"{what}: {figure.why}"
            for what, figure in (("what it goes for", goal), ("its skill", skill))
        ]
        apart = result.metrics[f"{kind}_goal_minus_skill"]
        if apart.value is not None and apart.low is not None:
            told.append(f"apart by {apart.value:+.2f} [{apart.low:+.2f}, {apart.high:+.2f}]")
        elif apart.why is not None and BOUND in apart.why:
            told.append(f"apart by {apart.why.partition(BOUND)[2]}")
        yield f"{result.pair}, {name}: {'; '.join(told)}"
    weights = (result.details or {}).get("weights")
    if weights is not None:
        yield f"{result.pair}: {weights}"


def _noises(suite: Suite, kind: str) -> list[float]:
    """The noises of a kind beyond none at all."""
    return [noise for noise in {**DEFAULTS, **suite.settings}[_SETTING[kind]] if noise > 0]


def _read(pair: Pair, entry: SuiteEntry) -> list[str]:
    """The conditions that figures are made of."""
    return [name for name in entry.conditions if name in (pair.train, *pair.tests)]


Clustered = tuple[Episode, int]  # an episode, and the number of what it hangs together with
Runs = dict[float, list[Clustered]]  # by rising noise, from 0


def _runs(episodes: Episodes, pair: Pair, kind: str) -> Runs:
    """The episodes at every noise of a kind, none among them; empty where there was no other.

    An episode's cluster is its level, or what shook the weights on that level.

    Raises:
        RecordError: a level was played with noise and not without, or the other way round.
    """
    played: dict[float, list[Clustered]] = {}
    clusters: dict[int, int] = {}
    for row in (row for row in episodes if row.pair == pair.name):
        prefix, _, rest = row.group.partition("-")
        if prefix == kind:
            noise, _, draw = rest.partition(":")
            cluster = clusters.setdefault(row.level, int(draw) if draw else row.level)
            played.setdefault(float(noise), []).append((row, cluster))
    if not played:
        return {}
    quiet = [row for row in episodes if row.pair == pair.name and row.group == ""]
    for strength, rows in played.items():
        if {row.key[:3] for row, _ in rows} != {row.key[:3] for row in quiet}:
            raise RecordError(
                f"{pair.name}: other episodes with {kind} noise {strength:g} than without"
            )
    return {0.0: [(row, clusters[row.level]) for row in quiet], **dict(sorted(played.items()))}


def _shares(rows: Sequence[Clustered], pair: Pair, kind: str, seed: int) -> dict[str, Figure]:
    if kind == "action":
        alone = Episodes(tuple(replace(row, group="") for row, _ in rows))
        return _shares_of_levels(PairTable(alone, pair, seed))
    found = {}
    for name, (conditions, ask) in _asked(pair).items():
        hits, sizes = _counted(rows, conditions, ask)
        found[name] = clustered_share(list(hits.values()), list(sizes.values()))
    return found


def _shares_of_levels(table: PairTable) -> dict[str, Figure]:
    shares = outcome_shares(table, table.pair.tests)
    return {"train_success": train_success(table), **{name: shares[name] for name in _SHARES}}


def _losses(runs: Runs, pair: Pair, had: str, generator: np.random.Generator) -> dict[str, Figure]:
    if not runs:
        return dict.fromkeys(LOSSES, Figure.missing("no such noise was played"))
    goal, skill = (_fall(runs, *_asked(pair)[name]) for name in (had, "train_success"))
    return losses(goal, skill, generator)


def _fall(runs: Runs, conditions: Sequence[str], ask: Ask) -> Fall:
    counted = [_counted(rows, conditions, ask) for rows in runs.values()]
    clusters = sorted(counted[0][0])
    hits, sizes = (
        np.array([[part[at][cluster] for part in counted] for cluster in clusters], np.float64)
        for at in (0, 1)
    )
    return Fall(np.array(list(runs)), hits, sizes)


def _asked(pair: Pair) -> dict[str, tuple[Sequence[str], Ask]]:
    """Name of a share to the conditions and the question that it counts."""
    asked: dict[str, tuple[Sequence[str], Ask]] = {
        "train_success": ((pair.train,), lambda row: succeeds(row, pair))
    }
    return asked | {name: (pair.tests, ask) for name, ask in _SHARES.items()}


def _counted(
    rows: Sequence[Clustered], conditions: Sequence[str], ask: Ask
) -> tuple[dict[int, int], dict[int, int]]:
    """Of every cluster, how many episodes under some conditions say yes, and of how many."""
    hits: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for row, cluster in rows:
        if row.condition in conditions:
            hits[cluster] = hits.get(cluster, 0) + ask(row)
            sizes[cluster] = sizes.get(cluster, 0) + 1
    return hits, sizes
