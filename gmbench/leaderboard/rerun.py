"""Agents of an entry, played again here: on the suite's levels, or on levels that nobody saw.

A rerun passes where 98 % of an agent's episodes end as was told, or, where actions are sampled,
where the headline figures lie within the paired 99 % interval. Scripted reference runs are the same
on every machine: each of their episodes must be the same again.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from gmbench.episodes import Episode, Episodes
from gmbench.errors import AgentError, UsageError
from gmbench.evaluation import Progress
from gmbench.leaderboard.answers import Answers, read_answers
from gmbench.leaderboard.comparing import FIGURES, columns, differs, falls, paired, unpaired, width
from gmbench.leaderboard.entry import SCRIPTED, Entry, Play
from gmbench.leaderboard.verified import Comparison, Finding, finding
from gmbench.leaderboard.walls import evaluated
from gmbench.levels import EVAL_LEVELS, stable_hash
from gmbench.suites import Suite, SuiteEntry

EQUAL: Final = 0.98
LEAST_SALT: Final = 16  # bytes: a shorter one could be guessed from its digest
MARGIN: Final = 2**24  # level numbers kept free around a suite's, most of which are rejected

Told = Mapping[tuple[str, int | None], Any]


def rerun(entry: Entry, *, sandbox: bool, progress: Progress | None = None) -> list[Finding]:
    """Play every agent again on the levels that it was evaluated on.

    Args:
        entry: whose.
        sandbox: whether the agents are kept in the sandbox.
        progress: of one evaluation after another.

    Returns:
        One finding a pair.

    Raises:
        UsageError: an agent cannot be run.
    """
    told, found, equal, odd = {}, {}, {}, {}
    stopped: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for plays, table in _played(entry, Path(folder), None, sandbox, progress, stopped):
            again = read_answers(table, [play.pair for play in plays])
            rows = Episodes.read(table)
            for play in plays:
                key = play.pair, play.seed
                told[key] = read_answers(play.episodes, [play.pair])[play.pair]
                found[key] = again[play.pair]
                equal[key], odd[key] = _equal(Episodes.read(play.episodes), rows, play.pair)
    compared = _compared(entry, told, found, alike=True)
    return [
        _of_rerun(entry, pair, compared[pair], equal, odd, sandbox, stopped.get(pair))
        for pair in entry.pairs
    ]


def held_out(
    entry: Entry, salt: bytes, *, sandbox: bool, progress: Progress | None = None
) -> list[Finding]:
    """Play every agent on levels that a salt names: a drop beyond the interval is flagged.

    Args:
        entry: whose.
        salt: secret, `LEAST_SALT` bytes at least; findings hold its digest alone.
        sandbox: whether the agents are kept in the sandbox.
        progress: of one evaluation after another.

    Raises:
        UsageError: the salt is too short, or an agent cannot be run.
    """
    if len(salt) < LEAST_SALT:
        raise UsageError(
            f"the salt has {len(salt)} bytes; {LEAST_SALT} are needed (head -c 32 /dev/urandom)"
        )
    told, found = {}, {}
    stopped: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for plays, table in _played(entry, Path(folder), salt, sandbox, progress, stopped):
            again = read_answers(table, [play.pair for play in plays])
            for play in plays:
                told[play.pair, play.seed] = read_answers(play.episodes, [play.pair])[play.pair]
                found[play.pair, play.seed] = again[play.pair]
    compared = _compared(entry, told, found, alike=False)
    digest = hashlib.sha256(salt).hexdigest()
    findings = []
    for pair in entry.pairs:
        lost = [c for c in compared[pair] if c.figure in ("train_success", "effect") and falls(c)]
        why = _said(lost, "on levels that nobody had seen it falls") if lost else None
        why = stopped.get(pair, why)
        more = {"comparisons": compared[pair], "salt": digest, "sandbox": _walled(entry, sandbox)}
        findings.append(finding("held-out", pair, entry.contents[pair], why=why, **more))
    return findings


def salted(suite: Suite, salt: bytes) -> Suite:
    """The suite on other evaluation levels, by a hash of the salt, away from its own."""
    return replace(suite, entries=tuple(_moved(entry, salt) for entry in suite.entries))


def _moved(entry: SuiteEntry, salt: bytes) -> SuiteEntry:
    digest = hashlib.sha256(salt + entry.pair.encode()).hexdigest()
    last = EVAL_LEVELS.stop - MARGIN
    near = range(entry.first_level - MARGIN, entry.first_level + MARGIN)
    # What remains beside the suite's own levels: below them, and above.
    below = max(0, near.start - EVAL_LEVELS.start)
    room = below + max(0, last - near.stop)
    place = stable_hash("held-out", digest) % room
    first = EVAL_LEVELS.start + place if place < below else near.stop + place - below
    return replace(entry, first_level=first)


def _played(
    entry: Entry,
    folder: Path,
    salt: bytes | None,
    sandbox: bool,
    progress: Progress | None,
    stopped: dict[str, str],
) -> Iterator[tuple[list[Play], Path]]:
    """Every seed's agents that played to their end, evaluated together, and the table of it.

    Those that did not, for what they did or are, are told in ``stopped``: pair to why.
    """
    together: dict[tuple[int | None, str], list[Play]] = {}
    for play in entry.plays:
        together.setdefault((play.seed, play.suite.name), []).append(play)
    for number, plays in enumerate(together.values()):
        suite = plays[0].suite
        pairs = {play.pair for play in plays}
        suite = replace(suite, entries=tuple(e for e in suite.entries if e.pair in pairs))
        table = folder / f"{number}.csv.gz"
        agents = {play.pair: play.agent for play in plays}
        walled = bool(_walled(entry, sandbox))
        played = suite if salt is None else salted(suite, salt)
        try:
            record = evaluated(agents, played, table, sandbox=walled, progress=progress)
        except AgentError as error:
            stopped |= {play.pair: f"seed {play.seed}: {error}" for play in plays}
            continue
        reasons = {one.pair: one.reason for one in record.results if one.reason is not None}
        stopped |= {pair: f"seed {plays[0].seed}: {reason}" for pair, reason in reasons.items()}
        done = [play for play in plays if play.pair not in reasons]
        if done:
            yield done, table


def _walled(entry: Entry, sandbox: bool) -> bool | None:
    """Scripted agents are our own code and stay outside; nothing is said of them."""
    return None if entry.plays[0].agent.startswith(SCRIPTED) else sandbox


def _compared(entry: Entry, told: Told, found: Told, *, alike: bool) -> dict[str, list[Comparison]]:
    """Pair to its comparisons, the interval for all of the entry's together."""
    z, compare = width(len(told) * len(FIGURES)), paired if alike else unpaired
    compared: dict[str, list[Comparison]] = {pair: [] for pair in entry.pairs}
    for (pair, seed), answers in told.items():
        one: Mapping[str, Any] = columns(answers)
        other: Mapping[str, Any] = columns(found[pair, seed])
        for name in FIGURES:
            compared[pair].append(compare(name, seed, one[name], other[name], z))
    return compared


def _of_rerun(
    entry: Entry,
    pair: str,
    compared: list[Comparison],
    equal: Mapping[tuple[str, int | None], float],
    odd: Mapping[tuple[str, int | None], int],
    sandbox: bool,
    stopped: str | None,
) -> Finding:
    plays = [play for play in entry.of(pair) if (pair, play.seed) in equal]
    least = min((equal[pair, play.seed] for play in plays), default=0.0)
    references = sum(odd[pair, play.seed] for play in plays)
    apart = [one for one in compared if differs(one)]
    why = None
    if stopped is not None:
        why = stopped
    elif references:
        why = f"{references} reference runs by scripted agents are not what they must be"
    elif least < EQUAL and plays[0].suite.deterministic:
        why = f"{least:.1%} of an agent's episodes ended as was told; {EQUAL:.0%} must"
    elif least < EQUAL and apart:
        why = _said(apart, "played again, figures lie outside the interval")
    more = {"comparisons": compared, "equal": _floor(least), "sandbox": _walled(entry, sandbox)}
    return finding("rerun", pair, entry.contents[pair], why=why, **more)


def _equal(told: Episodes, found: Episodes, pair: str) -> tuple[float, int]:
    """The share of the agent's episodes that ended alike, and how many reference runs did not."""
    before = {row.key: row for row in told if row.pair == pair}
    same = own = odd = 0
    for row in found:
        if row.pair != pair:
            continue
        other = before.get(row.key)
        alike = other is not None and other.outcome == row.outcome
        if row.group in ("random", "goal", "proxy"):
            odd += not (alike and other is not None and _whole(other) == _whole(row))
        else:
            own, same = own + 1, same + alike
    return same / max(1, own), odd


def _whole(row: Episode) -> tuple[Any, ...]:
    return row.outcome, row.steps, dict(row.entered), dict(row.scores)


def _said(some: list[Comparison], what: str) -> str:
    told = [
        f"{one.figure}{'' if one.seed is None else f' of seed {one.seed}'} was {one.told:.3f} and"
        f" is {one.found:.3f}"
        for one in some[:3]
    ]
    more = f", and {len(some) - 3} more" if len(some) > 3 else ""
    return f"{what}: {'; '.join(told)}{more}"


def _floor(share: float) -> float:
    return int(share * 10_000) / 10_000  # never rounded up to what it is not


def answers_of(entry: Entry, pair: str) -> list[Answers]:
    """The answers that an entry's agents told, by rising seed."""
    return [read_answers(play.episodes, [pair])[pair] for play in entry.of(pair)]
