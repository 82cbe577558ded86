"""Reports are data: read within limits, and shown as nothing but text."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmbench.cli import run
from gmbench.errors import RecordError
from gmbench.leaderboard.comment import LONGEST, MARKER, comment, plain
from gmbench.leaderboard.told import Report, load_report

HOSTILE = (
    "<img src=x onerror=alert(1)> [x](javascript:1) @all #1 | `a` **b** \u202e\x1b[31m ]]> <!--"
)


def report(**more: Any) -> dict[str, Any]:
    pair = {
        "pair": "corner",
        "status": "rerun",
        "why": None,
        "equal": 1.0,
        "figures": [
            {"figure": "train_success", "told": 0.96, "found": 0.94},
            {"figure": "effect", "told": None, "found": 0.5},
        ],
    }
    submission = {"slug": "far", "faults": [], "pairs": [pair]} | more.pop("submission", {})
    return {
        "schema_version": 1,
        "base": "a" * 40,
        "head": "b" * 40,
        "submissions": [submission],
    } | more


def parsed(data: dict[str, Any]) -> Report:
    return Report.model_validate_json(json.dumps(data))


def test_a_good_report_is_a_table_of_what_differs() -> None:
    text = comment(parsed(report()))
    assert text.startswith(MARKER + "\n\n**Good**: 1 submission, aaaaaaaaaaaa to bbbbbbbbbbbb.")
    assert "### <code>far</code>" in text
    assert "| <code>corner</code> | rerun | 100.0% | <code>train&#95;success</code> |" in text
    assert "| 0.960 | 0.940 | -0.020 |" in text
    assert "| - | 0.500 | - |" in text


def test_what_is_not_good_is_said() -> None:
    faulty = parsed(report(submission={"faults": ["evaluations: bad"], "pairs": []}))
    assert not faulty.good and "1 fault:" in comment(faulty)
    mixed = parsed(report(others=["gmbench/x.py"], more_others=3))
    assert mixed.mixed and not mixed.good
    assert "It also changes 4 other files." in comment(mixed)
    bad = report()
    bad["submissions"][0]["pairs"][0] |= {"status": "recomputed", "why": "it plays otherwise"}
    assert not parsed(bad).good
    assert "<code>corner</code>: <code>it plays otherwise</code>" in comment(parsed(bad))
    nothing = parsed(report(submissions=[]))
    assert nothing.good and "No submission is touched**: there is nothing" in comment(nothing)
    assert "It is taken away." in comment(parsed(report(submission={"pairs": [], "removed": True})))


@given(st.text(max_size=300))
def test_a_strangers_text_is_nothing_but_text(text: str) -> None:
    shown = plain(text)
    inner = shown.removeprefix("<code>").removesuffix("</code>")
    assert re.fullmatch(r"(&#\d+;|[^\W_]| )*", inner), inner
    assert "\n" not in shown and shown.isprintable()
    if text.isprintable() and len(text) <= 100:
        assert html.unescape(inner) == text


def test_who_changes_what_is_on_the_board_is_looked_at() -> None:
    assert "on the board already" not in comment(parsed(report()))
    known = parsed(report(submission={"known": True}))
    assert known.good and "on the board already: only its own authors" in comment(known)


def test_a_fault_is_told_with_its_mend() -> None:
    fault = "x" * 200 + "; do this"
    assert "do this" in comment(parsed(report(submission={"faults": [fault], "pairs": []})))


def test_hostile_texts_everywhere_leave_no_markup() -> None:
    data = report(others=[HOSTILE], submission={"slug": HOSTILE, "faults": [HOSTILE]})
    pair = data["submissions"][0]["pairs"][0]
    pair |= {"pair": HOSTILE, "why": HOSTILE, "status": "recomputed"}
    pair["figures"][0]["figure"] = HOSTILE
    text = comment(parsed(data)).removeprefix(MARKER)
    without = text.replace("<code>", "").replace("</code>", "")
    for sign in ("<", ">", "`", "[", "](", "@", "javascript:", "\u202e", "\x1b"):
        assert sign not in without, sign
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.count("|") == 8 for line in rows)


def test_a_long_report_fits_a_comment() -> None:
    many = [{"slug": f"s{n}", "faults": ["x" * 500] * 50, "pairs": []} for n in range(50)]
    text = comment(parsed(report(submissions=many)))
    assert len(text) <= LONGEST and "The rest is left out here" in text


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", "the file is empty"),
        ("[]", "Input should be an object"),
        ("{", "not JSON"),
        (json.dumps(report(schema_version=2)), "schema_version: "),
        (json.dumps(report(extra=1)), "extra: unknown key; remove it"),
        (json.dumps(report(base="main")), "base: "),
        (json.dumps(report(submissions=[{"slug": "x" * 201}])), "submissions.0.slug: "),
        (json.dumps(report(others=["x"] * 51)), "others: "),
        (json.dumps(report(others=["x" * 501])), "others.0: "),
        (json.dumps(report(more_others=-1)), "more_others: "),
        ('{"schema_version": 1, "schema_version": 1}', "appears twice"),
        ('{"schema_version": NaN}', "NaN is not a number in JSON"),
        ("x" * (10 * 2**20 + 1), "a record is at most"),
    ],
    ids=range(13),
)
def test_what_is_no_report_is_refused_in_a_line(
    tmp_path: Path, text: str, answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "report.json"
    file.write_text(text)
    with pytest.raises(RecordError) as raised:
        load_report(file)
    assert answer in str(raised.value)
    assert run(["leaderboard", "comment", str(file), "-o", str(tmp_path / "c.md")]) == 2
    said = capsys.readouterr()
    assert said.out == "" and len(said.err.splitlines()) == 1
    assert not (tmp_path / "c.md").exists()


def test_the_command_prints_the_comment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parsed(report()).save(tmp_path / "report.json")
    assert run(["leaderboard", "comment", str(tmp_path / "report.json")]) == 0
    assert capsys.readouterr().out == comment(load_report(tmp_path / "report.json"))
