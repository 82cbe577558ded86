"""The JSON that ``gmbench throughput`` writes, and its schema."""

from __future__ import annotations

import json
import os
from typing import Any, Final, Literal

from pydantic import Field

from gmbench import atomic
from gmbench.records import Hardware, Run, Software, StepsPerSecond, Throughput
from gmbench.records.parts import Part, Quartiles

SCHEMA_VERSION: Final = 1

Verdict = Literal["met", "missed", "reported", "absent"]


class Peer(Part):
    """What a speed is divided by.

    Attributes:
        what: whose speed it is.
        measured: the date of a figure from elsewhere; None where it was measured in this run.
        steps_per_second: its speed; of a copy, how many observations it moves a second.
    """

    what: str
    measured: str | None
    steps_per_second: StepsPerSecond


class Ratio(Quartiles):
    """The median and the quartiles of the ratios of repeats that were taken side by side."""


class FloorResult(Part):
    """One floor and what was found.

    Attributes:
        name: the floor's.
        what: what is measured, in words.
        floor: what the figure must reach, None where it is only reported.
        aim: what a figure that is only reported ought to reach, None where nothing is said.
        verdict: "met" or "missed"; "reported" where there is no floor; "absent" where it could not
            be measured here.
        why: why it is absent.
        measured: the speed, None where it is absent.
        peer: what it was divided by, None where it stands alone.
        ratio: the figure that is held against the floor; without a peer that is the speed's median.
    """

    name: str
    what: str
    floor: float | None
    aim: float | None
    verdict: Verdict
    why: str | None = None
    measured: Throughput | None = None
    peer: Peer | None = None
    ratio: Ratio | None = None


class ThroughputReport(Part):
    """What one call of ``gmbench throughput`` measured.

    Attributes:
        throughput: everything that was timed of gmbench.
        floors: the floors it was held against.
        skipped: pair to why it was not timed.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    throughput: list[Throughput]
    floors: list[FloorResult] = Field(default_factory=list)
    skipped: dict[str, str] = Field(default_factory=dict)
    software: Software
    hardware: Hardware
    run: Run

    @property
    def passed(self) -> bool:
        """Whether no floor was missed."""
        return all(floor.verdict != "missed" for floor in self.floors)

    def to_json(self) -> str:
        """Indented JSON text, every field written, defaults too."""
        data = self.model_dump(mode="json")
        return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it, whole or not at all.

        Raises:
            UsageError: the file cannot be written.
        """
        atomic.write_text(path, self.to_json())


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a report."""
    schema = ThroughputReport.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text() -> str:
    """The JSON Schema as it is checked in at ``gmbench/data/throughput.schema.json``."""
    return json.dumps(json_schema(), indent=2, sort_keys=True) + "\n"
