"""`verify`: let an entry earn its statuses, and write down what was found."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from gmbench.episodes import Episodes
from gmbench.errors import SubmissionError, UsageError
from gmbench.hints import nearest, quoted
from gmbench.leaderboard.check import check_submission
from gmbench.leaderboard.entry import Entry
from gmbench.leaderboard.evaluated import check_table
from gmbench.leaderboard.faults import Faults
from gmbench.leaderboard.inventory import file_digest
from gmbench.leaderboard.parts import part
from gmbench.leaderboard.places import Places
from gmbench.leaderboard.sources import find_entry
from gmbench.leaderboard.verified import Finding, finding, write_findings
from gmbench.records import Record


def recomputed(board: Places, entry: Entry) -> list[Finding]:
    """Check an entry whole, which earns ``recomputed``.

    Raises:
        SubmissionError: it has a fault.
    """
    faults = Faults(board.root)
    if entry.source == "submission":
        faults.found += check_submission(board.submission(entry.entry))
    else:
        _check_ours(entry, faults)
    if faults.found:
        more = f" (and {len(faults.found) - 1} more)" if len(faults.found) > 1 else ""
        raise SubmissionError(f"{entry.entry}: {faults.found[0]}{more}")
    return [finding("recomputed", pair, entry.contents[pair]) for pair in entry.pairs]


def only(entry: Entry, pairs: Collection[str]) -> Entry:
    """The entry with the agents of some of its pairs; with all of them where none is named.

    Raises:
        UsageError: it has no agent of a pair.
    """
    for pair in pairs:
        if pair not in entry.pairs:
            hint = nearest(pair, entry.pairs)
            raise UsageError(f"{entry.entry} has no agents of {quoted(pair)}; {hint}")
    plays = tuple(play for play in entry.plays if play.pair in (pairs or entry.pairs))
    return replace(entry, plays=plays)


def write(board: Places, entry: Entry, found: Iterable[Finding]) -> Path:
    """Write findings down, unless the entry has changed since it was read.

    Raises:
        SubmissionError: it has changed.
    """
    now = find_entry(board, entry.entry)
    if now.contents != entry.contents:
        raise SubmissionError(f"{entry.entry} changed while it was verified; verify it again")
    return write_findings(board.verified, entry.entry, found)


def _check_ours(entry: Entry, faults: Faults) -> None:
    """A baseline or a scripted agent: its record is of its agent, and its figures of its table."""
    for path in dict.fromkeys(play.record for play in entry.plays):
        plays = [play for play in entry.plays if play.record == path]
        record, where = Record.load(path), str(plays[0].episodes)
        table = Episodes.read(plays[0].episodes)
        suite = plays[0].suite
        if record.suite.digest != suite.digest:
            suite = part(suite, plays[0].pair)
        agent = Path(plays[0].agent)
        if plays[0].seed is not None and record.agent.digest != file_digest(agent):
            faults.add(str(path), "is of another agent", "evaluate it again")
        check_table(where, table, record, suite, faults)
