"""What an entry has earned: ``leaderboard/verified/<entry>.json``, written by `verify` alone.

Every finding names the digest of the content that it is of: who changes an agent, a record or a
table has lost what it had earned.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from gmbench import atomic
from gmbench.errors import RecordError
from gmbench.leaderboard.tracks import LADDER, Status
from gmbench.provenance import software
from gmbench.records.parts import Count, Part, Sha256, Software, UtcTime
from gmbench.records.text import first_mistake, read_text, strict_json

SCHEMA_VERSION: Final = 1


class Comparison(Part):
    """One figure as it was told, beside what was found.

    Attributes:
        figure: its name.
        seed: of the agent; None for all of them.
        told, found: its values.
        low, high: the interval of what was found less what was told; None where there is none.
        n: how many levels, or agents, it rests on.
    """

    figure: str
    seed: Count | None
    told: float | None
    found: float | None
    low: float | None = None
    high: float | None = None
    n: Count


class Finding(Part):
    """What an attempt to verify one pair of an entry found.

    Attributes:
        status: that was tried for.
        pair: whose agents.
        content: digest of the files that it is of.
        passed: whether the status is earned.
        why: why not; None where it is.
        date: UTC.
        sandbox: whether the agents were kept in the sandbox; None where none was run, or none is
            a stranger's.
        equal: the share of episodes that ended as was told, of a rerun.
        comparisons: the figures.
        seeds: of the agents that were trained anew.
        salt: SHA-256 of the salt of levels that nobody had seen.
    """

    status: Status
    pair: str
    content: Sha256
    passed: bool
    why: str | None = None
    date: UtcTime
    software: Software
    sandbox: bool | None = None
    equal: float | None = Field(default=None, ge=0, le=1)
    comparisons: list[Comparison] = Field(default_factory=list)
    seeds: list[Count] = Field(default_factory=list)
    salt: Sha256 | None = None


class Verified(Part):
    """All findings of an entry, one for a pair and a status."""

    schema_version: Literal[1] = 1
    entry: str
    findings: list[Finding]


def finding(status: Status, pair: str, content: str, **more: Any) -> Finding:
    """A finding of today, by this software."""
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = {"passed": more.get("why") is None, "date": now, "software": software(), **more}
    return Finding(status=status, pair=pair, content=content, **told)


def read_findings(folder: Path, entry: str) -> list[Finding]:
    """The findings of an entry; none where nothing was written.

    Raises:
        RecordError: the file is damaged, or is another entry's.
    """
    path = findings_file(folder, entry)
    if not path.exists():
        return []
    text = read_text(path)
    strict_json(text, str(path))
    try:
        found = Verified.model_validate_json(text)
    except ValidationError as error:
        raise RecordError(f"{path}: {first_mistake(error)}") from None
    if found.entry != entry:
        raise RecordError(f"{path}: is of {found.entry}; verify {entry} again")
    return found.findings


def write_findings(folder: Path, entry: str, new: Iterable[Finding]) -> Path:
    """Write findings, in the place of older ones of the same pair and status.

    Raises:
        UsageError: the file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = {(one.pair, one.status): one for one in read_findings(folder, entry)}
    kept |= {(one.pair, one.status): one for one in new}
    order = sorted(kept, key=lambda key: (key[0], LADDER.index(key[1])))
    whole = Verified(entry=entry, findings=[kept[key] for key in order])
    path = findings_file(folder, entry)
    atomic.write_text(path, json.dumps(whole.model_dump(mode="json"), indent=1) + "\n")
    return path


def findings_file(folder: Path, entry: str) -> Path:
    """Where the findings of an entry lie; no slug has a dot, which stands for a source's colon."""
    return folder / f"{entry.replace(':', '.')}.json"


def status_of(findings: Iterable[Finding], pair: str, content: str) -> Status:
    """The highest step of the ladder that a pair has earned, and every one below it.

    Args:
        findings: of the entry.
        pair: the pair.
        content: digest of its files as they are now.
    """
    passed = {f.status for f in findings if (f.pair, f.content, f.passed) == (pair, content, True)}
    reached: Status = LADDER[0]
    for status in LADDER[1:]:
        if status not in passed:
            break
        reached = status
    return reached
