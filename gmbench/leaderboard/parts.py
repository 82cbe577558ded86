"""A suite's part of one pair: what is comparable is what was played alike.

A record may be of a whole suite, or, where a sweep made it, of the part of its recipe's pair. An
entry of a suite is played the same in both, so that the part says what shares its levels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cache, lru_cache

from gmbench import registry
from gmbench.errors import UsageError
from gmbench.hints import quoted
from gmbench.metrics.transfer import CROSSING
from gmbench.protocols.run import condition_of
from gmbench.records import USUAL_PROTOCOL, SuiteInfo
from gmbench.stages.open import open_stage
from gmbench.suites import Suite, SuiteEntry, load_suite

Row = tuple[str, str]  # group, condition


@lru_cache(maxsize=1024)
def part_digest(suite: Suite, pair: str) -> str:
    """Of the part of one pair: what shares its levels.

    Raises:
        UsageError: the suite has no such pair.
    """
    return part(suite, pair).digest


@lru_cache(maxsize=1024)
def part(suite: Suite, pair: str) -> Suite:
    """The suite with one of its entries alone; its digest tells what shares its levels.

    Raises:
        UsageError: it has no such pair.
    """
    entry = next((entry for entry in suite.entries if entry.pair == pair), None)
    if entry is None:
        raise UsageError(f"suite {suite.name} has no pair {quoted(pair)}")
    return replace(suite, entries=(entry,))


@cache
def shipped(name: str) -> Suite:
    """A shipped suite that can be ranked.

    Raises:
        UsageError: none has that name, or it is of another protocol.
    """
    suite = load_suite(name)
    if suite.protocol != USUAL_PROTOCOL:
        raise UsageError(
            f"suite {name} is played by {suite.protocol}; only {USUAL_PROTOCOL} is ranked"
        )
    return suite


def played_of(info: SuiteInfo) -> Suite:
    """What a record of a shipped suite, or of one pair of it, says that was played.

    Raises:
        UsageError: no such suite ships with this gmbench, or its content is another.
    """
    suite, known = shipped(info.name), _digests(info.name)
    if info.digest not in known:
        raise UsageError(
            f"the digest of suite {suite.name} is {quoted(info.digest[:12])}, here it is"
            f" {suite.digest[:12]}; evaluate with this version of gmbench"
        )
    return known[info.digest]


@cache
def _digests(name: str) -> dict[str, Suite]:
    """What can be played of a shipped suite, by its digest: all of it, or one pair."""
    suite = shipped(name)
    known = {suite.digest: suite}
    return known | {one.digest: one for one in (part(suite, e.pair) for e in suite.entries)}


def is_whole(info: SuiteInfo) -> bool:
    """Whether a record is of all of the shipped suite that it names.

    Raises:
        UsageError: no such suite ships.
    """
    known = _digests(info.name)
    return info.digest in known and known[info.digest] is shipped(info.name)


def expected(entry: SuiteEntry) -> dict[Row, bool]:
    """Every group and condition that an entry plays, each on every level of it.

    Returns:
        To whether the rows are the agent's own.
    """
    pair = registry.pair(entry.pair)
    rows = {("", condition): True for condition in entry.conditions}
    for repeat in range(entry.counterfactual_runs):
        rows[f"{CROSSING}{repeat}", pair.train] = True
    for role in entry.references:
        wanted = [*pair.tests, "no-goal"] if role == "random" else list(pair.tests)
        rows |= {(role, condition): False for condition in entry.conditions if condition in wanted}
    return rows


def row_count(suite: Suite, pairs: Sequence[str]) -> int:
    """How many episodes some pairs of a suite have."""
    return sum(len(expected(e)) * e.levels for e in suite.entries if e.pair in pairs)


@lru_cache(maxsize=64)
def level_numbers(suite: Suite, pair: str) -> frozenset[int]:
    """The levels of a suite's pair: the first from its first that the world accepts.

    Raises:
        MissingPartError: the games are needed and not installed.
    """
    (entry,) = part(suite, pair).entries
    module = registry.WORLDS.load(pair)
    conditions = [condition_of(module.PAIR, name) for name in entry.conditions]
    with closing(open_stage(module, conditions, suite.batch_size, entry.setting())) as stage:
        found = stage.find_levels(entry.levels, entry.first_level, level_filter=entry.level_filter)
    return frozenset(found.numbers)


def ranked_pairs(suite: Suite) -> Iterator[str]:
    """The pairs of a suite that count for ranks."""
    for entry in suite.entries:
        if registry.pair(entry.pair).ranked:
            yield entry.pair
