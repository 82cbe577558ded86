from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from suite_files import GOOD, NATIVE, refused

import gmbench
from gmbench import registry
from gmbench.levels import EVAL_LEVELS
from gmbench.suites import SuiteEntry, load_suite, suites


@pytest.mark.parametrize("name", suites())
def test_every_shipped_suite_loads_under_its_files_name(name: str) -> None:
    suite = load_suite(name)
    assert suite.name == name
    assert all(entry.first_level in EVAL_LEVELS for entry in suite.entries)


def test_quick_is_two_pairs_on_200_easy_levels() -> None:
    suite = load_suite("quick")
    assert not suite.deterministic and suite.protocol == "transfer" and suite.batch_size == 64
    assert suite.entries == tuple(
        SuiteEntry(pair, ("train", "test"), 200, 2**30, "easy")
        for pair in ("procgen-coinrun", "procgen-coinrun-left")
    )


def test_procgen_has_references_wherever_there_is_no_goal_condition() -> None:
    suite = load_suite("procgen")
    assert len(suite.entries) == 6 and not suite.deterministic
    for entry in suite.entries:
        assert (entry.levels, entry.mode) == (1000, "easy")
        assert entry.conditions[:2] == ("train", "test")
        assert ("no-goal" in entry.conditions) == (entry.pair != "procgen-jumper")
        assert ("random" in entry.references) == ("no-goal" in entry.conditions)
    maze = next(entry for entry in suite.entries if entry.pair == "procgen-maze")
    assert maze.references == ("random", "goal", "proxy")


def test_langosco_samples_actions_and_filters_as_published() -> None:
    suite = load_suite("langosco")
    assert not suite.deterministic
    assert suite.entries == (
        SuiteEntry(
            "procgen-coinrun",
            ("train", "section-start"),
            1000,
            mode="hard",
            level_filter="none",
            counterfactual_runs=10,
        ),
    )


def test_a_file_is_read_with_its_defaults(good: Path) -> None:
    suite = load_suite(good)
    assert (suite.name, suite.version, suite.seed, suite.batch_size) == ("mine", 1, 0, 64)
    assert suite.entries[1] == SuiteEntry(
        "procgen-maze",
        ("train", "test", "no-goal"),
        20,
        2**30,
        "hard",
        references=("random", "goal"),
    )
    assert load_suite(str(good)) == suite


def test_a_shipped_suite_is_not_shadowed_by_a_file_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "quick").write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    assert load_suite("quick").name == "quick"
    assert load_suite("./quick").name == "mine"


def test_with_levels_changes_every_entry_and_the_digest(good: Path) -> None:
    suite = load_suite(good)
    longer = suite.with_levels(10_000)
    assert [entry.levels for entry in longer.entries] == [10_000, 10_000]
    assert longer.entries[1].references == suite.entries[1].references
    assert longer.digest != suite.digest


def test_the_digest_is_of_what_is_run_not_of_how_it_is_written(good: Path) -> None:
    suite = load_suite(good)
    good.write_text("# a comment\n" + GOOD.replace("Two pairs.", "Two fine pairs.") + "\nseed: 0\n")
    assert load_suite(good).digest == suite.digest
    assert replace(suite, seed=1).digest != suite.digest
    assert replace(suite, deterministic=False).digest != suite.digest
    assert replace(suite, entries=suite.entries[:1]).digest != suite.digest
    assert len(bytes.fromhex(suite.digest)) == 32


def test_to_json_is_plain_and_whole(good: Path) -> None:
    plain = load_suite(good).to_json()
    assert plain["entries"][0]["conditions"] == ["train", "test"]
    assert plain["entries"][0]["counterfactual_runs"] == 0
    assert plain["batch_size"] == 64


def test_worlds_without_modes_take_no_mode(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = registry.Registry("world", ("gmbench_tunnel",), "gmbench.nothing")
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "plugin_package"))
    monkeypatch.setattr(registry, "WORLDS", plugin)
    entry = "  - pair: tunnel\n    conditions: [train, test]\n    levels: 5\n"
    head = GOOD.split("  - pair")[0]
    good.write_text(head + entry)
    assert load_suite(good).entries[0].mode == ""
    good.write_text(head + entry + "    mode: easy\n")
    assert refused(good) == "mine.yaml:10: tunnel has no modes; remove mode"


def test_a_native_world_is_played_in_its_parameters(good: Path) -> None:
    good.write_text(NATIVE)
    suite = load_suite(good)
    assert suite.entries[0].parameters == {"size": 9, "layout": "blocks"}
    assert suite.to_json()["entries"][0]["parameters"] == {"size": 9, "layout": "blocks"}
    usual = replace(suite, entries=(SuiteEntry("corner", ("train", "test"), 5),))
    assert usual.digest != suite.digest
    # Parameters that are not given are not written: records older than they keep their digests.
    assert "parameters" not in usual.to_json()["entries"][0]


def test_an_installed_wheel_finds_its_suites_outside_the_checkout(tmp_path: Path) -> None:
    checkout = Path(gmbench.__file__).parent
    installed = tmp_path / "site-packages" / "gmbench"
    shutil.copytree(checkout, installed, ignore=shutil.ignore_patterns("__pycache__", "_suites"))
    shutil.copytree(checkout.parent / "suites", installed / "_suites")
    code = f"""
import sys; sys.path.insert(0, {str(installed.parent)!r})
import gmbench.suites as s
assert s.__file__.startswith({str(installed)!r})
print(*[f"{{name}}={{s.load_suite(name).digest}}" for name in s.suites()])
"""
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == [f"{name}={load_suite(name).digest}" for name in suites()]
