"""What every protocol that ships keeps to, whatever it asks: each is played by its own suite."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import gmbench
from gmbench import registry
from gmbench.cli import run
from gmbench.episodes import Episodes
from gmbench.errors import SuiteError, UsageError
from gmbench.records import Metric, Record
from gmbench.suites import Suite, SuiteEntry, load_suite

OWN_SUITES = ("counterfactual", "degrade", "intent")
Output = pytest.CaptureFixture[str]


def small(name: str, pairs: int = 1, levels: int = 8) -> Suite:
    """A shipped suite on a few levels of its first pairs that are quick to play."""
    suite = load_suite(name)
    quick = [entry for entry in suite.entries if entry.pair != "coinrun"][:pairs]
    return replace(suite, entries=tuple(replace(entry, levels=levels) for entry in quick))


def test_every_protocol_that_evaluates_has_a_suite_of_its_name_or_many() -> None:
    asked = {load_suite(name).protocol for name in gmbench.suites.suites()}
    assert asked == set(registry.PROTOCOLS.names()) == {"transfer", *OWN_SUITES}
    assert all(load_suite(name).protocol == name for name in OWN_SUITES)


@pytest.mark.parametrize("name", OWN_SUITES)
def test_its_figures_come_from_its_table_and_survive_its_record(name: str, tmp_path: Path) -> None:
    suite = small(name, pairs=2)
    record = gmbench.evaluate("scripted:proxy", suite, episodes=tmp_path / "e.csv.gz")
    assert record.protocol == name
    record.save(tmp_path / "record.json")
    assert Record.load(tmp_path / "record.json") == record
    table = Episodes.read(tmp_path / "e.csv.gz")
    assert table.digest == record.episodes_digest
    protocol = registry.PROTOCOLS.load(name)
    for result in record.results:
        figures = protocol.figures(table, registry.pair(result.pair))
        assert {k: Metric(**f.to_json()) for k, f in figures.items()} == result.metrics
        assert all(line.startswith(result.pair) for line in protocol.in_words(result))


@pytest.mark.parametrize("name", OWN_SUITES)
def test_scripted_agents_play_the_same_at_any_batch_size(name: str) -> None:
    one, other = (
        gmbench.evaluate("scripted:random", replace(small(name, levels=4), batch_size=size))
        for size in (3, 50)
    )
    assert one.episodes_digest == other.episodes_digest
    assert [result.details for result in one.results] == [r.details for r in other.results]


@pytest.mark.parametrize("name", OWN_SUITES)
def test_progress_ends_at_its_total(name: str) -> None:
    seen: list[tuple[int, int]] = []
    gmbench.evaluate("scripted:goal", small(name, levels=3), progress=lambda *n: seen.append(n))
    total = seen[-1][1]
    assert seen == [(n, total) for n in range(1, total + 1)]


@pytest.mark.parametrize("name", OWN_SUITES)
def test_the_command_line_says_what_was_found_and_computes_it_again(
    name: str, tmp_path: Path, capsys: Output
) -> None:
    out, table = tmp_path / "r.json", tmp_path / "e.csv"
    arguments = ["eval", "scripted:goal", "--suite", name, "--levels", "2"]
    assert run([*arguments, "-o", str(out), "--episodes", str(table)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    record = Record.load(out)
    assert all(f"{result.pair}, 2 levels" in said for result in record.results)
    assert run(["recompute", str(table), "--protocol", name, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert {r.pair: {k: m.model_dump() for k, m in r.metrics.items()} for r in record.results} == (
        again
    )


def test_the_usual_protocol_is_not_named_so_that_records_stay_as_they_were() -> None:
    entry = SuiteEntry("corner", ("train", "test"), levels=2)
    record = gmbench.evaluate("scripted:goal", Suite("s", 0, "", (entry,)))
    assert record.protocol is None and record.results[0].details is None
    written = json.loads(record.to_json())
    assert "protocol" not in written and "details" not in written["results"][0]


GOOD = """\
name: mine
version: 0
summary: One pair.
protocol: degrade
deterministic: false
settings:
  action_noise: [0, 0.5]
entries:
  - pair: corner
    conditions: [train, test]
    levels: 2
"""


def test_a_suite_sets_what_it_likes_and_keeps_the_defaults_of_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD)
    suite = load_suite(file)
    assert suite.settings["action_noise"] == (0.0, 0.5)
    assert suite.settings["weight_noise"][-1] == 3.0
    assert suite.to_json()["settings"]["action_noise"] == [0.0, 0.5]
    assert (
        replace(suite, settings={**suite.settings, "action_noise": (0.5,)}).digest != suite.digest
    )
    assert "settings" not in load_suite("quick").to_json()


MISTAKES = {
    "unknown setting": ("action_noise:", "noise:", "7: unknown key 'noise'; known: "),
    "not rising": ("[0, 0.5]", "[0.5, 0]", "7: action_noise must be a list of rising numbers"),
    "twice": ("[0, 0.5]", "[0.5, 0.5]", "7: action_noise must be a list of rising numbers"),
    "empty": ("[0, 0.5]", "[]", "7: action_noise must be a list of rising numbers"),
    "above one": ("[0, 0.5]", "[0, 1.5]", "7: action_noise must be from 0 to 1, not '1.5'"),
    "no list": ("[0, 0.5]", "0.5", "7: action_noise must be a list, not '0.5'"),
    "none to set": ("protocol: degrade", "protocol: transfer", "transfer has no settings; remove"),
    "negative count": (
        "protocol: degrade\ndeterministic: false\nsettings:\n  action_noise: [0, 0.5]",
        "protocol: counterfactual\ndeterministic: false\nsettings:\n  maps: -1",
        "7: maps must be from 0 to 1000, not '-1'",
    ),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("case", MISTAKES)
def test_a_wrong_setting_is_refused_in_its_line(case: str, tmp_path: Path) -> None:
    good, bad, message = MISTAKES[case]
    assert good in GOOD
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD.replace(good, bad))
    with pytest.raises(SuiteError) as raised:
        load_suite(file)
    assert message in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("protocol", "pair", "message"),
    [
        ("intent", "trees", "trees is not made of cells"),
        ("intent", "coinrun", "coinrun is not made of cells"),
        ("counterfactual", "keys", "keys: its test moves no goal"),
        ("counterfactual", "lava", "lava: its test moves no goal"),
    ],
)
def test_a_world_that_cannot_be_asked_is_refused(protocol: str, pair: str, message: str) -> None:
    entry = SuiteEntry(pair, ("train", "test"), levels=2)
    with pytest.raises(UsageError, match=message):
        gmbench.evaluate("scripted:goal", Suite("s", 0, "", (entry,), protocol=protocol))
