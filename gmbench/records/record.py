"""The record itself: reading, writing and its JSON Schema."""

from __future__ import annotations

import json
import os
from typing import Any, Final, Literal

from pydantic import Field, ValidationError, model_validator

from gmbench import atomic
from gmbench.errors import RecordError
from gmbench.hints import quoted
from gmbench.records.parts import (
    AgentInfo,
    Hardware,
    PairResult,
    Part,
    Run,
    Sha256,
    Software,
    SuiteInfo,
    Throughput,
)
from gmbench.records.text import first_mistake, read_text, strict_json

SCHEMA_VERSION: Final = 1
USUAL_PROTOCOL: Final = "transfer"


class Record(Part):
    """One evaluation: an agent on a suite.

    Attributes:
        protocol: the suite's, where it is another than `USUAL_PROTOCOL`; such records are not
            ranked.
        track: what the agent was allowed to see in training; "open" where nothing is known.
        episodes_digest: `gmbench.episodes.Episodes.digest` of the raw table.
    """

    LATER = frozenset({"protocol"})

    schema_version: Literal[1] = SCHEMA_VERSION
    protocol: str | None = None
    suite: SuiteInfo
    agent: AgentInfo
    track: Literal["alpha-0", "alpha-0.01", "alpha-0.1", "open"] = "open"
    results: list[PairResult]
    throughput: list[Throughput] = Field(default_factory=list)
    software: Software
    hardware: Hardware
    run: Run
    episodes_digest: Sha256

    @model_validator(mode="after")
    def _pairs_once(self) -> Record:
        seen: set[str] = set()
        for result in self.results:
            if result.pair in seen:
                raise ValueError(f"pair {quoted(result.pair)} has two results")
            seen.add(result.pair)
        return self

    def to_json(self) -> str:
        """The record as indented JSON text, every field written, defaults too."""
        data = self.model_dump(mode="json")
        return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the record, whole or not at all.

        Raises:
            UsageError: the file cannot be written.
        """
        atomic.write_text(path, self.to_json())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Record:
        """Read a record.

        Raises:
            RecordError: the file cannot be read or is no record of a version known here.
        """
        return cls.parse(read_text(path), os.fspath(path))

    @classmethod
    def parse(cls, text: str, name: str = "record") -> Record:
        """A record from its JSON text; messages call it by ``name``.

        Raises:
            RecordError: it is no record of a version known here.
        """
        data = strict_json(text, name)
        if not isinstance(data, dict) or "schema_version" not in data:
            raise RecordError(f"{name}: not a record: it has no schema_version")
        version = data["schema_version"]
        if type(version) is not int or version != SCHEMA_VERSION:
            raise RecordError(
                f"{name}: schema_version {quoted(str(version))} is unknown; this gmbench reads "
                f"version {SCHEMA_VERSION}, newer records need a newer gmbench"
            )
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise RecordError(f"{name}: {first_mistake(error)}") from None


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a record."""
    schema = Record.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text() -> str:
    """The JSON Schema as it is checked in at ``gmbench/data/record.schema.json``."""
    return json.dumps(json_schema(), indent=2, sort_keys=True) + "\n"
