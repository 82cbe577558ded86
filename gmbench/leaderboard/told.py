"""What CI found of a pull request, as data: written by `ci`, read by `comment`.

Between the two lies a stranger's machine: the file is read within limits, every text in it is taken
for hostile, and nothing in it decides where the comment goes or what is run.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from gmbench import atomic
from gmbench.errors import RecordError
from gmbench.leaderboard.tracks import Status
from gmbench.records.parts import Count, Part
from gmbench.records.text import first_mistake, read_text, strict_json

SCHEMA_VERSION: Final = 1
MOST_LINES: Final = 50  # of faults, of other paths, of submissions, of pairs
LONGEST: Final = 500  # characters of a line

Line = Annotated[str, Field(max_length=LONGEST)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
Share = Annotated[float, Field(ge=0, le=1)]
Told = Annotated[float, Field(ge=-1e6, le=1e6)]


class ToldFigure(Part):
    """A figure as the submission tells it, and as it was found, over all its agents on a pair."""

    figure: Name
    told: Told | None
    found: Told | None


class ToldPair(Part):
    """What came of a pair's agents.

    Attributes:
        status: that it has earned.
        why: why not more; None where nothing stood in the way.
        equal: the least share of episodes that ended as was told, over agents; None if not rerun.
    """

    pair: Name
    status: Status
    why: Line | None
    equal: Share | None
    figures: Annotated[list[ToldFigure], Field(max_length=10)]


class ToldSubmission(Part):
    """What came of a submission.

    Attributes:
        slug: its folder.
        known: whether it was there before the change: only its authors may change it.
        removed: whether the change takes it away.
        faults: what `check` found, a line each.
        more_faults: how many it found beyond those.
        pairs: its pairs, where there were no faults.
    """

    slug: Name
    known: bool = False
    removed: bool = False
    faults: Annotated[list[Line], Field(max_length=MOST_LINES)] = Field(default_factory=list)
    more_faults: Count = 0
    pairs: Annotated[list[ToldPair], Field(max_length=MOST_LINES)] = Field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing stands against it."""
        return not self.faults and all(pair.why is None for pair in self.pairs)


class Report(Part):
    """What came of a change.

    Attributes:
        base, head: the commits.
        submissions: that it touches.
        more_submissions: how many beyond those, which were not looked at.
        others: paths that it touches besides.
        more_others: how many beyond those.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    base: Commit
    head: Commit
    submissions: Annotated[list[ToldSubmission], Field(max_length=MOST_LINES)]
    more_submissions: Count = 0
    others: Annotated[list[Line], Field(max_length=MOST_LINES)] = Field(default_factory=list)
    more_others: Count = 0

    @property
    def mixed(self) -> bool:
        """Whether it changes other files together with submissions."""
        return bool(self.submissions and self.others)

    @property
    def good(self) -> bool:
        """Whether it may be merged as far as can be told here."""
        return (
            not self.mixed
            and not self.more_submissions
            and all(one.good for one in self.submissions)
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it.

        Raises:
            UsageError: the file cannot be written.
        """
        atomic.write_text(path, json.dumps(self.model_dump(mode="json"), indent=1) + "\n")


def load_report(path: Path) -> Report:
    """Read a report.

    Raises:
        RecordError: the file cannot be read, is too long, or is no report.
    """
    text = read_text(path)
    strict_json(text, str(path))
    try:
        return Report.model_validate_json(text)
    except ValidationError as error:
        raise RecordError(f"{path}: {first_mistake(error)}") from None
