"""Thresholds of suites: how they are written, what they judge, and what they leave alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gmbench
from gmbench import registry
from gmbench.cli import run
from gmbench.errors import SuiteError
from gmbench.metrics import Figure
from gmbench.records import Record
from gmbench.suites import Suite, SuiteEntry, load_suite, read_demands, suites, with_demands
from gmbench.suites.require import Threshold, condition_of_figure

PLAIN = """\
name: mine
version: 0
summary: A small maze.
protocol: transfer
deterministic: true
batch_size: 8
entries:
  - pair: corner
    parameters: {size: 9}
    conditions: [train, test, no-goal]
    levels: 4
"""


def suite_with(folder: Path, require: str, text: str = PLAIN) -> Path:
    file = folder / "mine.gmbench.yaml"
    file.write_text(f"{text}    require: {require}\n")
    return file


def test_thresholds_change_nothing_that_is_played(tmp_path: Path) -> None:
    suite = load_suite(suite_with(tmp_path, '{pursuit: ">= 0.5 (low)", train_success: "> 0.8"}'))
    (entry,) = suite.entries
    assert entry.require == {
        "pursuit": Threshold(">=", 0.5, "low"),
        "train_success": Threshold(">", 0.8),
    }
    plain = replace(suite, entries=(replace(entry, require={}),))
    assert suite.digest == plain.digest
    assert "require" not in plain.to_json()["entries"][0]
    assert suite.to_json()["entries"][0]["require"]["pursuit"] == ">= 0.5 (low)"
    assert "require" not in suite.decisive()["entries"][0]
    assert suite.with_levels(9).entries[0].require == entry.require


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("require", "answer"),
    [
        ('{persuit: ">= 0.5"}', "unknown figure of corner 'persuit'; did you mean pursuit or"),
        ('{proxy_effect: ">= 0.5"}', "unknown figure of corner 'proxy_effect'; did you mean"),
        ('{pursuit: "=> 0.5"}', "pursuit must be a threshold such as"),
        ('{pursuit: ">= half"}', "pursuit must be a threshold such as"),
        ('{pursuit: ">= 0.5 (lower)"}', "pursuit must be a threshold such as"),
        ('{pursuit: ">= nan"}', "pursuit must be a threshold such as"),
        ('{pursuit: ">= 1e99"}', "pursuit must be a threshold such as"),
        ("{pursuit: 0.5}", "pursuit must be a threshold such as"),
        ("{pursuit: [0.5]}", "pursuit must be one value, not a list"),
        ("{pursuit: }", "pursuit must be one value, not empty"),
        ('[">= 0.5"]', "require must be a mapping (key: value), not a list"),
        ("{}", "require is empty; write a figure and its threshold"),
        ('{pursuit: ">= 0", pursuit: "> 0"}', "duplicate key 'pursuit'"),
    ],
)
def test_a_mistake_is_answered_with_its_line(tmp_path: Path, require: str, answer: str) -> None:
    with pytest.raises(SuiteError) as raised:
        load_suite(suite_with(tmp_path, require))
    assert str(raised.value).startswith(f"{tmp_path}/mine.gmbench.yaml:12: {answer}")


@pytest.mark.bad_input
def test_a_figure_whose_condition_is_not_played_is_unknown(tmp_path: Path) -> None:
    text = PLAIN.replace("[train, test, no-goal]", "[train, no-goal]")
    with pytest.raises(SuiteError, match="unknown figure of corner 'goal_first'"):
        load_suite(suite_with(tmp_path, '{goal_first: ">= 0.5"}', text))


FIGURES = {
    "whole": Figure(0.5, 0.4, 0.6, 100, "wilson"),
    "bare": Figure(0.5, None, None, 1, "none"),
    "missing": Figure.missing("nothing was played"),
}


@pytest.mark.parametrize(
    ("name", "threshold", "line"),
    [
        ("whole", Threshold(">=", 0.5), None),
        ("whole", Threshold(">", 0.5), "whole > 0.5 is required; it is 0.50 [0.40, 0.60]"),
        (
            "whole",
            Threshold("<", 0.6, "high"),
            "whole < 0.6 (high) is required; it is 0.50 [0.40, 0",
        ),
        ("whole", Threshold("<=", 0.6, "high"), None),
        (
            "whole",
            Threshold(">=", 0.45, "low"),
            "whole >= 0.45 (low) is required; it is 0.50 [0.40",
        ),
        ("bare", Threshold(">=", 0.5), None),
        ("bare", Threshold(">=", 0.0, "low"), "bare >= 0 (low) is required; bare 0.5 has no inter"),
        ("missing", Threshold("<", 9), "missing < 9 is required; it has no value: nothing was pl"),
        ("wholly", Threshold("<", 9), "wholly < 9 is required; there is no such figure, did you"),
    ],
)
def test_what_meets_a_threshold(name: str, threshold: Threshold, line: str | None) -> None:
    said = threshold.shortfall(name, FIGURES)
    assert (said is None) == (line is None)
    assert line is None or (said is not None and said.startswith(line))


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_signs_divide_the_line(value: float, bound: float) -> None:
    figures = {"x": Figure(value, None, None, 1, "")}

    def met(sign: str) -> bool:
        return Threshold(sign, bound).shortfall("x", figures) is None

    assert met(">=") != met("<") and met("<=") != met(">")
    assert (met(">=") and met("<=")) == (value == bound)


def test_a_pair_that_was_not_played_meets_nothing() -> None:
    entry = SuiteEntry("corner", ("train",), 1, require={"pursuit": Threshold(">=", 0)})
    assert entry.shortfalls({}, "no agent was given") == {
        "pursuit": "pursuit >= 0 is required; no agent was given"
    }


@pytest.mark.parametrize(
    ("figure", "pair", "condition"),
    [
        ("train_success", "corner", "train"),
        ("goal_first", "corner", "test"),
        ("pursuit", "corner", None),
        ("preference", "corner", None),
        ("goal_first", "gems", None),  # pooled over two conditions
        ("end-open.passed", "coinrun", "end-open"),
        ("uncrossed.end-open.goal_first", "coinrun", "end-open"),
        ("goal-0.5.intent_goal", "corner", None),
    ],
)
def test_the_condition_that_a_figure_is_about(
    figure: str, pair: str, condition: str | None
) -> None:
    known = registry.pair(pair)
    played = [one.name for one in known.world.conditions]
    assert condition_of_figure(figure, known, played) == condition


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in suites() if not n.startswith(("langosco", "quick"))])
def test_every_figure_of_the_shipped_suites_has_a_name_beforehand(name: str) -> None:
    suite = few_levels(load_suite(name))
    protocol = registry.PROTOCOLS.load(suite.protocol)
    for result in gmbench.evaluate("scripted:proxy", suite).results:
        if result.status == "ok":
            entry = next(one for one in suite.entries if one.pair == result.pair)
            pair = registry.pair(result.pair)
            known = set(protocol.figure_names(pair, entry.conditions, suite.settings))
            told = {key for key, figure in result.metrics.items() if figure.value is not None}
            assert told <= known, result.pair
            # What is refused beforehand could never have had a value.
            assert "train_success" in known or suite.protocol == "intent"


def few_levels(suite: Suite) -> Suite:
    settings = {
        key: suite.settings[key] for key in ("action_noise", "noise") if key in suite.settings
    }
    short = {key: tuple(values)[::4] for key, values in settings.items()}
    more = {"weight_noise": (0.5,)} if "weight_noise" in suite.settings else {}
    maps = {"maps": 0} if "maps" in suite.settings else {}
    return replace(
        suite.with_levels(2), batch_size=8, settings={**suite.settings, **short, **more, **maps}
    )


def test_eval_ends_with_1_and_a_line_for_each_threshold_missed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PLAIN + PLAIN.split("entries:\n")[1].replace("corner", "dish")
    file = suite_with(tmp_path, '{train_success: ">= 0.9", goal_first: ">= 0.5"}', text)
    record = tmp_path / "record.json"
    assert run(["eval", "scripted:proxy", "--suite", str(file), "-o", str(record)]) == 1
    said = capsys.readouterr().err
    assert "threshold missed: dish: goal_first >= 0.5 is required; it is 0.00 [0.00, 0.49]" in said
    assert said.count("threshold missed") == 1
    # What was found is written all the same, and says what was required.
    asked = Record.load(record).run.arguments["suite"]
    assert isinstance(asked, dict) and "require" in str(asked)
    assert run(["eval", "scripted:goal", "--suite", str(file)]) == 0
    assert "threshold missed" not in capsys.readouterr().err


def test_eval_misses_the_thresholds_of_a_pair_that_is_not_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PLAIN + PLAIN.split("entries:\n")[1].replace("corner", "dish")
    file = suite_with(tmp_path, '{train_success: ">= 0.9"}', text)
    assert run(["eval", "--pair", "corner=scripted:goal", "--suite", str(file), "--json"]) == 1
    captured = capsys.readouterr()
    assert "dish: train_success >= 0.9 is required; no agent was given for this" in captured.err
    assert Record.parse(captured.out).results[1].status == "not_applicable"


@pytest.mark.bad_input
@pytest.mark.parametrize("require", ["{pursuit: >= 0.5}", "\n      pursuit: >= 0.5"])
def test_a_threshold_without_quotes_is_told_of_them(tmp_path: Path, require: str) -> None:
    with pytest.raises(SuiteError, match='what begins with > stands in quotes, as in ">= 0.5"'):
        load_suite(suite_with(tmp_path, require))


def test_demands_stand_beside_the_suites_own_or_in_their_place(tmp_path: Path) -> None:
    suite = load_suite(suite_with(tmp_path, '{pursuit: ">= 0.5", train_success: "> 0.8"}'))
    asked = with_demands(suite, read_demands(["pursuit >= 0.9 (low)", "goal_first > 0"]))
    assert asked.entries[0].require == {
        "pursuit": Threshold(">=", 0.9, "low"),
        "train_success": Threshold(">", 0.8),
        "goal_first": Threshold(">", 0.0),
    }
    assert asked.digest == suite.digest and with_demands(suite, {}) == suite


def test_a_demand_is_made_of_the_pairs_that_have_the_figure() -> None:
    suite = with_demands(load_suite("native"), read_demands(["proxy_effect < 0.5", "pursuit >= 0"]))
    asked = {entry.pair: set(entry.require) for entry in suite.entries}
    assert asked["dish"] == {"proxy_effect", "pursuit"} and asked["corner"] == {"pursuit"}


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("demands", "answer"),
    [
        (["pursuit"], "'pursuit': write a figure and its threshold, such as 'pursuit >= 0.5'"),
        (["pursuit>=0.5"], "'pursuit>=0.5': write a figure and its threshold"),
        (["pursuit => 0.5"], "'pursuit => 0.5': write a figure and its threshold"),
        ([""], "'': write a figure and its threshold"),
        (["persuit >= 1"], "unknown figure of suite quick 'persuit'; did you mean pursuit"),
        (["pursuit > 0", "pursuit < 1"], "pursuit is required twice; say it once"),
    ],
)
def test_a_mistaken_demand_is_answered_in_a_line(
    demands: list[str], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [word for demand in demands for word in ("--require", demand)]
    assert run(["eval", "scripted:random", *words]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert answer in told and "Traceback" not in told
