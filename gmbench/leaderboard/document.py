"""``leaderboard/ranking.json``: all that a site needs, from one file; its schema is docs' as well.

Paths are relative to the repository's root, with slashes. Texts of submissions are untrusted: short
and printable, but to be escaped wherever they are shown.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from gmbench import atomic
from gmbench.errors import RecordError
from gmbench.leaderboard.entry import Role
from gmbench.leaderboard.rows import EntryRow, Named, PairInfo, Settings, SuiteInfo
from gmbench.leaderboard.tracks import Status, Track
from gmbench.records.parts import Count, Part
from gmbench.records.text import first_mistake, strict_json

SCHEMA_VERSION: Final = 1


class Line(Part):
    """What every line of a table tells.

    Attributes:
        entry: whose.
        score: the figure that ranks; None where there is none.
        train_success: the other axis, the interquartile mean over agents; None in overall tables.
        seeds: how many agents; of overall tables, the fewest on any pair.
        status: what was earned there.
        claimed: the track that it claims and has not earned, None where there is no such.
    """

    entry: str
    score: float | None
    train_success: float | None
    seeds: Count
    status: Status
    claimed: Track | None


class Ranked(Line):
    """A line with a rank.

    Attributes:
        rank: 1 and how many score more.
        rank_low, rank_high: the ranks that it may truly have, with 95 % confidence.
        group: its tie group, from 1; no member can be told apart from the group's best.
    """

    rank: int = Field(ge=1)
    rank_low: int = Field(ge=1)
    rank_high: int = Field(ge=1)
    group: int = Field(ge=1)


class Unranked(Line):
    """A line without a rank.

    Attributes:
        why: in words.
        reason: "not yet capable", "no score", or, of overall tables, "missing pairs".
    """

    reason: Literal["not yet capable", "no score", "missing pairs"]
    why: str


class Frame(Line):
    """A line that frames a table: floor, ceiling or an oracle."""

    role: Role


class Table(Part):
    """One pair in one track, or all pairs of a suite.

    Attributes:
        pair: None for the overall table.
        ranks: the figure; for the overall table "interquartile mean over pairs".
        levels: how many levels all entries share.
        ranked: from the best down.
    """

    pair: str | None
    ranks: str
    levels: Count
    ranked: list[Ranked]
    unranked: list[Unranked]
    frames: list[Frame]


class BoardTables(Part):
    """One suite in one track."""

    suite: str
    track: Track
    tables: list[Table]
    overall: Table


class Ranking(Part):
    """The whole board."""

    schema_version: Literal[1] = SCHEMA_VERSION
    settings: Settings
    tracks: list[Named]
    statuses: list[Named]
    suites: list[SuiteInfo]
    pairs: list[PairInfo]
    entries: list[EntryRow]
    boards: list[BoardTables]

    def to_json(self) -> str:
        """Its text; equal boards give equal bytes."""
        return self.model_dump_json(indent=1) + "\n"

    def save(self, path: Path) -> None:
        """Write it, whole or not at all.

        Raises:
            UsageError: the file cannot be written.
        """
        atomic.write_text(path, self.to_json())

    @classmethod
    def load(cls, path: Path) -> Ranking:
        """Read it.

        Raises:
            RecordError: it cannot be read, or is no ranking of this version.
        """
        try:
            text = path.read_text()
        except (OSError, UnicodeDecodeError):
            raise RecordError(f"{path}: cannot be read; run gmbench leaderboard rank") from None
        strict_json(text, str(path))
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise RecordError(f"{path}: {first_mistake(error)}") from None


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a ranking."""
    schema = Ranking.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text() -> str:
    """The JSON Schema as it is checked in at ``gmbench/data/ranking.schema.json``."""
    return json.dumps(json_schema(), indent=2, sort_keys=True) + "\n"
