"""The leaderboard record: the JSON of one evaluation, its schema, reading and writing."""

from gmbench.records.parts import (
    MIN_REPEATS,
    AgentInfo,
    Hardware,
    McNemarInfo,
    Metric,
    PairResult,
    Run,
    SandboxInfo,
    Scope,
    Software,
    StepsPerSecond,
    SuiteInfo,
    Throughput,
)
from gmbench.records.record import SCHEMA_VERSION, USUAL_PROTOCOL, Record, json_schema, schema_text

__all__ = [
    "MIN_REPEATS",
    "SCHEMA_VERSION",
    "USUAL_PROTOCOL",
    "AgentInfo",
    "Hardware",
    "McNemarInfo",
    "Metric",
    "PairResult",
    "Record",
    "Run",
    "SandboxInfo",
    "Scope",
    "Software",
    "StepsPerSecond",
    "SuiteInfo",
    "Throughput",
    "json_schema",
    "schema_text",
]
