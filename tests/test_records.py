"""The record: what is saved loads again, old files still load, a wrong file is one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

import gmbench
from gmbench.errors import RecordError, UsageError
from gmbench.metrics import Figure, paired_difference, wilson
from gmbench.records import Metric, PairResult, Record, json_schema, schema_text, text

VERSION_1 = Path(__file__).parent / "data" / "record-v1.json"

Change = Callable[[dict[str, Any]], object]


def good() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(VERSION_1.read_text())
    return data


def test_the_checked_in_schema_is_fresh() -> None:
    checked_in = Path(gmbench.__file__).parent / "data" / "record.schema.json"
    assert checked_in.read_text() == schema_text(), "write `gmbench schema` to this file"


def test_the_schema_is_closed_and_names_what_is_required() -> None:
    schema = json_schema()
    parts = [schema, *schema["$defs"].values()]
    objects = [part for part in parts if "properties" in part]
    assert len(objects) == 12
    assert all(part["additionalProperties"] is False for part in objects)
    assert {"suite", "agent", "results", "run", "episodes_digest"} <= set(schema["required"])


def test_a_record_of_version_1_still_loads_and_saves_as_it_was(tmp_path: Path) -> None:
    record = Record.load(VERSION_1)
    record.save(tmp_path / "record.json")
    assert (tmp_path / "record.json").read_text() == VERSION_1.read_text()
    assert Record.load(tmp_path / "record.json") == record
    assert record.results[0].metrics["goal_effect"].mcnemar is not None
    assert record.results[1].status == "not_applicable"


@pytest.mark.parametrize(
    "figure",
    [
        wilson(3, 7),
        paired_difference([True, False, True], [False] * 3, np.random.default_rng(0)),
        Figure.missing("needs reference runs"),
    ],
    ids=["share", "difference", "missing"],
)
def test_a_figure_becomes_a_metric(figure: Figure) -> None:
    metric = Metric.model_validate(figure.to_json())
    assert metric.model_dump(mode="json") == figure.to_json()


def test_a_record_cannot_be_changed_after_the_fact() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Record.load(VERSION_1).track = "alpha-0"


def test_a_record_is_not_saved_into_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        Record.load(VERSION_1).save(tmp_path / "nowhere" / "record.json")


def test_non_finite_numbers_do_not_enter_a_record() -> None:
    data = good()
    data["run"]["arguments"]["alpha"] = [1.0, float("nan")]
    with pytest.raises(ValidationError, match="finite"):
        Record.model_validate(data)
    with pytest.raises(ValidationError, match="finite"):
        Metric(value=float("inf"), low=None, high=None, n=1, method="none")


def set_to(value: Any, *place: Any) -> Change:
    def change(data: dict[str, Any]) -> None:
        for step in place[:-1]:
            data = data[step]
        data[place[-1]] = value

    return change


METRIC = ("results", 0, "metrics", "pursuit")

BAD_RECORDS: dict[str, tuple[Change, str]] = {
    "unknown-version": (set_to(2, "schema_version"), "schema_version '2' is unknown; this gmbench"),
    "version-is-true": (set_to(True, "schema_version"), "schema_version 'True' is unknown"),
    "no-version": (lambda data: data.pop("schema_version"), "it has no schema_version"),
    "extra-key": (set_to(1, "prize"), "prize: unknown key; remove it"),
    "extra-inner-key": (set_to(1, *METRIC, "sd"), "results.0.metrics.pursuit.sd: unknown key"),
    "extra-key-of-control-characters": (set_to(1, "a\n\x1b[31mb"), r"a\n\x1b[31mb: unknown key"),
    "missing-part": (lambda data: data.pop("hardware"), "hardware: Field required"),
    "wrong-type": (set_to("3", *METRIC, "n"), "n: Input should be a valid integer, not '3'"),
    "results-not-a-list": (set_to({}, "results"), "results: Input should be a valid array"),
    "negative-count": (set_to(-1, *METRIC, "n"), "greater than or equal to 0, not '-1'"),
    "fraction-of-levels": (set_to(1.5, "results", 0, "levels"), "levels: Input should be a valid"),
    "value-outside-interval": (set_to(7.0, *METRIC, "value"), "lies outside its interval"),
    "value-without-reason": (set_to(None, *METRIC, "value"), "either a value or a reason"),
    "half-an-interval": (set_to(None, *METRIC, "low"), "both ends or none"),
    "unknown-track": (set_to("alpha-2", "track"), "track: Input should be 'alpha-0'"),
    "digest-too-short": (set_to("abc", "suite", "digest"), "suite.digest: "),
    "local-time": (set_to("2026-01-31T12:00:00+02:00", "run", "started"), "run.started: "),
    "no-such-day": (set_to("2026-02-31T12:00:00Z", "run", "started"), "write a UTC time like"),
    "ok-with-a-reason": (set_to("late", "results", 0, "reason"), "has metrics and no reason"),
    "not-applicable-without-reason": (set_to(None, "results", 1, "reason"), "has a reason and no"),
    "pair-twice": (set_to("procgen-coinrun", "results", 1, "pair"), "has two results"),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("case", BAD_RECORDS)
def test_a_wrong_record_is_one_line(tmp_path: Path, case: str) -> None:
    change, says = BAD_RECORDS[case]
    data = good()
    change(data)
    assert says in refusal(tmp_path, json.dumps(data).encode())


def edited(old: str, new: str) -> bytes:
    assert old in VERSION_1.read_text()
    return VERSION_1.read_text().replace(old, new, 1).encode()


BAD_FILES = {
    "empty": (b" \n", "the file is empty"),
    "not-json": (b"suite: quick\n", ":1: not JSON: Expecting value"),
    "cut-off": (VERSION_1.read_bytes()[:700], "not JSON: "),
    "not-utf8": (b"\xff\xfe{\x00", "not UTF-8"),
    "a-list": (b"[1, 2]", "no schema_version"),
    "nan": (edited('"seconds": 12.5', '"seconds": NaN'), "NaN is not a number in JSON"),
    "infinity": (edited('"seconds": 12.5', '"seconds": 1e999'), "'1e999' is too large"),
    "endless-number": (edited('"seed": 0', '"seed": ' + "9" * 5000), "more than 18 digits"),
    "key-twice": (edited('"seed": 0', '"seed": 0, "seed": 1'), "key 'seed' appears twice"),
    "nested-too-deeply": (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    "half-a-character": (edited('"quick"', r'"\ud800"'), "record: Invalid JSON"),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("case", BAD_FILES)
def test_what_is_no_record_is_one_line(tmp_path: Path, case: str) -> None:
    data, says = BAD_FILES[case]
    assert says in refusal(tmp_path, data)


@pytest.mark.bad_input
def test_a_huge_file_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MAX_BYTES", 100)
    assert "at most 100 bytes" in refusal(tmp_path, VERSION_1.read_bytes())


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("name", "says"), [("missing.json", "No such file"), (".", "Is a directory")]
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(RecordError, match=says):
        Record.load(tmp_path / name)


def test_further_mistakes_are_counted() -> None:
    data = good()
    data |= {"prize": 1, "medal": 2}
    with pytest.raises(RecordError, match=r"unknown key; remove it \(and 1 more\)$"):
        Record.parse(json.dumps(data))


def test_a_result_says_why_it_is_not_applicable() -> None:
    result = PairResult(
        pair="procgen-maze",
        world_version=0,
        score="goal_effect",
        status="not_applicable",
        reason="the agent has 4 actions, the world 15",
    )
    assert result.metrics == {}


def refusal(folder: Path, data: bytes) -> str:
    path = folder / "record.json"
    path.write_bytes(data)
    with pytest.raises(RecordError) as caught:
        Record.load(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert len(message.splitlines()) == 1
    return message
