"""A record held against its episodes and its suite: all that can be told without the agent."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from gmbench import registry
from gmbench.episodes import Episodes
from gmbench.errors import UsageError
from gmbench.hints import quoted
from gmbench.leaderboard.faults import Faults
from gmbench.leaderboard.parts import expected, level_numbers, part, row_count
from gmbench.leaderboard.words import mistake_in_text
from gmbench.levels import EVAL_LEVELS
from gmbench.metrics import pair_figures
from gmbench.records import USUAL_PROTOCOL, Metric, PairResult, Record
from gmbench.suites import Suite

LONGEST_ROW: Final = 400  # bytes of an episode as text
SLACK: Final = 2e-6  # two of the last digits that are written, which other machines round otherwise
RECOMPUTE: Final = "write record and episodes anew with gmbench eval"


class AgentFiles(NamedTuple):
    """Digests of what an agent is made of; ``normalization`` is None where it has none."""

    agent: str
    normalization: str | None


def check_record(
    where: str, record: Record, suite: Suite, files: Mapping[str, AgentFiles], faults: Faults
) -> None:
    """Note what a record says that its submission does not.

    Args:
        where: its file.
        record: of one seed.
        suite: that was to be played.
        files: pair to the agent's, of the pairs that have one.
        faults: takes what is found.
    """
    right = suite.name, suite.version, suite.digest
    said = record.suite.name, record.suite.version, record.suite.digest
    if said != right:
        what = "is of suite {}, version {}, digest {:.12}".format(quoted(said[0]), *said[1:])
        faults.add(where, what, "evaluate on {}, version {}, digest {:.12}".format(*right))
    if record.protocol is not None:
        what = f"was played by the protocol {quoted(record.protocol)}"
        faults.add(where, what, f"evaluate on {suite.name} with its own, {USUAL_PROTOCOL}")
    told = _told_files(record)
    for pair, own in files.items():
        of_pair = told.get(pair, told.get("", AgentFiles("", None)))
        for name in AgentFiles._fields:
            if getattr(of_pair, name) != getattr(own, name):
                what = f"the {name} of {pair} is another than the file in the submission"
                faults.add(where, what, RECOMPUTE)
    for place, text in _texts(record.model_dump(mode="json"), ""):
        mistake = mistake_in_text(text) if text else None
        if mistake:
            faults.add(where, f"{quoted(place)} {mistake}")
    played = [result.pair for result in record.results if result.status == "ok"]
    for pair in sorted(set(played) ^ set(files)):
        says = "has figures and no agent" if pair in played else "has an agent and no figures"
        faults.add(where, f"{quoted(pair)} {says}", RECOMPUTE)


def read_table(where: str, path: Path, suite: Suite, pairs: list[str]) -> Episodes:
    """The episodes of some pairs, of which no more is unpacked than they can have.

    Raises:
        UsageError: it is no such table, or a longer one.
    """
    most = LONGEST_ROW * (1 + row_count(suite, pairs))
    try:
        with gzip.open(path, "rb") as stream:
            if len(stream.read(most + 1)) > most:
                raise UsageError(f"{where}: unpacks to more than {most:,} bytes; {RECOMPUTE}")
        return Episodes.read(path)
    except (OSError, EOFError, zlib.error):
        raise UsageError(f"{where}: not a sound gzip file; {RECOMPUTE}") from None
    except UsageError as error:
        raise UsageError(str(error).replace(str(path), where)) from None


def check_table(where: str, table: Episodes, record: Record, suite: Suite, faults: Faults) -> None:
    """Note where episodes are not those of the suite, or the record's figures not theirs."""
    if table.digest != record.episodes_digest:
        what = f"the digest is {table.digest[:12]}, its record says {record.episodes_digest[:12]}"
        faults.add(where, what, f"restore the table that was evaluated, or {RECOMPUTE}")
    results = {result.pair: result for result in record.results if result.status == "ok"}
    for pair in table.pairs():
        if pair not in results:
            faults.add(where, f"holds episodes of {quoted(pair)}, which has no figures", RECOMPUTE)
    for pair, result in results.items():
        rows = Episodes(tuple(row for row in table if row.pair == pair))
        if _check_levels(where, rows, suite, pair, faults):
            _check_figures(where, rows, result, suite, faults)


def _check_levels(where: str, rows: Episodes, suite: Suite, pair: str, faults: Faults) -> bool:
    """Whether a pair's episodes are each level of the suite once, in all that it plays."""
    (entry,) = part(suite, pair).entries
    wanted, before = expected(entry), len(faults.found)
    levels: dict[tuple[str, str], set[int]] = {}
    for row in rows:
        levels.setdefault((row.group, row.condition), set()).add(row.level)
    every = {row.level for row in rows}
    training = sum(level < EVAL_LEVELS.start for level in every)
    if training:
        what = f"{pair}: level {min(every)} is a training level, below {EVAL_LEVELS.start}"
        what += f", {training} in all"
        faults.add(where, what, RECOMPUTE)
        return False
    for key in sorted(wanted.keys() - levels.keys()):
        faults.add(where, f"{pair}: nothing was played {_said(key)}", RECOMPUTE)
    for key in sorted(levels.keys() - wanted.keys()):
        faults.add(where, f"{pair}: the suite plays nothing {_said(key)}", RECOMPUTE)
    right = level_numbers(suite, pair)
    for key in sorted(levels.keys() & wanted.keys()):
        missing, odd = right - levels[key], levels[key] - right
        if missing:
            what = f"{pair}: level {min(missing)} is missing {_said(key)}"
            faults.add(where, f"{what}, {len(missing)} in all", RECOMPUTE)
        if odd:
            what = f"{pair}: level {min(odd)} {_said(key)} is not one of the suite's"
            faults.add(where, f"{what}, {len(odd)} in all", RECOMPUTE)
    return len(faults.found) == before


def _check_figures(
    where: str, rows: Episodes, result: PairResult, suite: Suite, faults: Faults
) -> None:
    (entry,) = part(suite, result.pair).entries
    pair = registry.pair(result.pair)
    said = {
        "world_version": (result.world_version, pair.world.version),
        "score": (result.score, pair.score),
        "levels": (result.levels, entry.levels),
        "conditions": (sorted(result.conditions), sorted(entry.conditions)),
        "episodes": (result.episodes, sum(row.group == "" for row in rows)),
    }
    for name, (told, right) in said.items():
        if told != right:
            what = f"{result.pair}: {name} is {quoted(str(told))}, it must be {right}"
            faults.add(where, what, RECOMPUTE)
    figures = faults.tried(where, lambda: pair_figures(rows, pair)) or {}
    again = {name: Metric(**figure.to_json()) for name, figure in figures.items()}
    for name in sorted(again.keys() ^ result.metrics.keys()):
        says = "is missing" if name in again else "does not follow from the episodes"
        faults.add(where, f"{result.pair}: the figure {quoted(name)} {says}", RECOMPUTE)
    for name in [name for name in again if name in result.metrics]:
        mistake = _unequal(result.metrics[name], again[name])
        if mistake:
            faults.add(where, f"{result.pair}: {name} {mistake}", RECOMPUTE)


def _unequal(told: Metric, right: Metric) -> str | None:
    for part_ in ("value", "low", "high"):
        one, other = getattr(told, part_), getattr(right, part_)
        same = one == other if None in (one, other) else math.isclose(one, other, abs_tol=SLACK)
        if not same:
            return f"says {part_} {one}; the episodes give {other}"
    if (told.n, told.method, told.mcnemar) != (right.n, right.method, right.mcnemar):
        return f"says n {told.n} by {quoted(told.method)}; the episodes give {right.n}"
    return None


def _told_files(record: Record) -> dict[str, AgentFiles]:
    """Pair to the agent's digests by the record; "" for the only agent."""
    if record.agent.kind != "several":
        return {"": _told(record.agent.digest, record.agent.details)}
    agents = record.agent.details.get("agents")
    if not isinstance(agents, dict):
        return {}
    return {p: _told(one.get("digest"), one) for p, one in agents.items() if isinstance(one, dict)}


def _told(digest: Any, more: Mapping[str, Any]) -> AgentFiles:
    return AgentFiles(digest, more.get("normalization"))


def _said(key: tuple[str, str]) -> str:
    group, condition = key
    return f"under {quoted(condition)}" + (f" by {quoted(group)}" if group else "")


def _texts(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Every text in plain data, names too, with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts(item, f"{place}.{number}".strip("."))
    elif isinstance(value, dict):
        for name, item in value.items():
            yield place or "a key", name
            yield from _texts(item, f"{place}.{name}".strip("."))
