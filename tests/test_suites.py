from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import gmbench
from gmbench import registry
from gmbench.errors import SuiteError, UnknownNameError
from gmbench.levels import EVAL_LEVELS
from gmbench.suites import SuiteEntry, load_suite, suites

GOOD = """\
name: mine
version: 1
summary: Two pairs.
protocol: transfer
deterministic: true
entries:
  - pair: procgen-coinrun
    mode: easy
    conditions: [train, test]
    levels: 10
  - pair: procgen-maze
    mode: hard
    conditions: [train, test, no-goal]
    levels: 20
    references: [random, goal]
"""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD)
    return file


def refused(file: Path) -> str:
    """The message with which the file is refused, without the folder it lies in."""
    with pytest.raises(SuiteError) as raised:
        load_suite(file)
    message = str(raised.value)
    assert len(message.splitlines()) == 1 and len(message) < 400
    return message.removeprefix(f"{file.parent}{os.sep}")


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
    monkeypatch.syspath_prepend(str(Path(__file__).parent / "plugin_package"))
    monkeypatch.setattr(registry, "WORLDS", plugin)
    entry = "  - pair: tunnel\n    conditions: [train, test]\n    levels: 5\n"
    head = GOOD.split("  - pair")[0]
    good.write_text(head + entry)
    assert load_suite(good).entries[0].mode == ""
    good.write_text(head + entry + "    mode: easy\n")
    assert refused(good) == "mine.yaml:10: tunnel has no modes; remove mode"


NATIVE = (
    GOOD.split("  - pair")[0]
    + """\
  - pair: corner
    conditions: [train, test]
    levels: 5
    parameters:
      size: 9
      layout: blocks
"""
)


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


# Each case replaces a piece of the native file and says what must be answered.
NATIVE_MISTAKES = {
    "unknown parameter": ("size: 9", "sise: 9", "11: unknown key 'sise'; did you mean size?"),
    "parameter too small": ("size: 9", "size: 6", "11: size must be from 7 to 49, not '6'"),
    "parameter a text": ("size: 9", "size: big", "11: size must be a whole number, not 'big'"),
    "parameter of another kind": ("blocks", "block", "12: unknown layout 'block'; did you mean"),
    "parameter twice": ("layout: blocks", "size: 9", "12: duplicate key 'size', first on line 11"),
    "parameters as text": (
        "parameters:\n      size: 9\n      layout: blocks",
        "parameters: 9",
        "10: parameters must be a mapping",
    ),
    "parameters of a Procgen world": (
        "pair: corner",
        "pair: procgen-maze\n    mode: easy",
        "12: procgen-maze has no parameters; remove them",
    ),
    "mode": ("levels: 5", "levels: 5\n    mode: easy", "10: corner has no modes; remove mode"),
    "no filter": (
        "levels: 5",
        "levels: 5\n    level_filter: none",
        "10: corner draws its levels by its filter; remove level_filter",
    ),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("mistake", NATIVE_MISTAKES)
def test_a_mistake_about_a_native_world_is_answered_too(good: Path, mistake: str) -> None:
    old, new, expected = NATIVE_MISTAKES[mistake]
    assert old in NATIVE
    good.write_text(NATIVE.replace(old, new, 1))
    assert refused(good).startswith(f"mine.yaml:{expected}")


# Each case replaces a piece of the good file and says what must be answered.
MISTAKES = {
    "unknown key": (
        "entries:",
        "batchsize: 3\nentries:",
        "6: unknown key 'batchsize'; did you mean batch_size?",
    ),
    "unknown entry key": (
        "    levels: 10",
        "    level: 10",
        "10: unknown key 'level'; did you mean",
    ),
    "duplicate key": (
        "version: 1",
        "version: 1\nversion: 2",
        "3: duplicate key 'version', first on",
    ),
    "duplicate pair": ("procgen-maze", "procgen-coinrun", "11: pair 'procgen-coinrun' is listed"),
    "duplicate condition": (
        "[train, test]",
        "[train, test, test]",
        "9: condition of procgen-coinrun",
    ),
    "missing key": ("protocol: transfer\n", "", "1: missing key protocol; add protocol: ..."),
    "missing entry key": ("    levels: 10\n", "", "7: missing key levels; add levels: ..."),
    "missing mode": ("    mode: easy\n", "", "7: missing key mode; procgen-coinrun is played in"),
    "unknown pair": ("procgen-maze", "procgen-amaze", "11: unknown pair 'procgen-amaze'; did you"),
    "unknown condition": (
        "no-goal",
        "nogoal",
        "13: unknown condition of procgen-maze 'nogoal'; did you mean no-goal?",
    ),
    "condition of another pair": (
        "[train, test, no-goal]",
        "[train, section-start]",
        "13: unknown condition of procgen-maze 'section-start'; known: no-goal, test, train",
    ),
    "no train condition": ("[train, test]", "[test]", "9: conditions must hold train, with which"),
    "conditions as text": ("[train, test]", "train", "9: conditions must be a list, not 'train'"),
    "no conditions": ("[train, test]", "[]", "9: conditions must hold train"),
    "condition read as a boolean": (
        "[train, test]",
        "[no]",
        "9: conditions must be text, not 'no'",
    ),
    "unknown protocol": (
        "transfer",
        "transfr",
        "4: unknown protocol 'transfr'; did you mean trans",
    ),
    "unknown mode": ("mode: easy", "mode: esay", "8: unknown mode 'esay'; did you mean easy?"),
    "memory mode": ("mode: easy", "mode: memory", "8: unknown mode 'memory'; known: easy, hard"),
    "unknown reference": (
        "[random, goal]",
        "[rando]",
        "15: unknown scripted agent of procgen-maze",
    ),
    "oracle the pair lacks": (
        "levels: 10\n",
        "levels: 10\n    references: [goal]\n",
        "11: unknown scripted agent of procgen-coinrun 'goal'",
    ),
    "unknown level filter": (
        "levels: 10\n",
        "levels: 10\n    level_filter: pairs\n",
        "11: unknown level filter 'pairs'; did you mean pair?",
    ),
    "zero levels": ("levels: 10", "levels: 0", "10: levels must be from 1 to 1073741823, not '0'"),
    "negative levels": ("levels: 10", "levels: -5", "10: levels must be from 1 to"),
    "levels as text": (
        "levels: 10",
        "levels: many",
        "10: levels must be a whole number, not 'many'",
    ),
    "levels a float": ("levels: 10", "levels: 1.5", "10: levels must be a whole number, not '1.5'"),
    "levels empty": ("levels: 10", "levels:", "10: levels must be a whole number, not empty"),
    "levels beyond all": ("levels: 10", "levels: 2147483648", "10: levels must be from 1 to"),
    "training levels": (
        "levels: 10\n",
        "levels: 10\n    first_level: 1073741823\n",
        "11: first_level 1073741823 is not an evaluation level; those start at 1073741824",
    ),
    "negative first level": (
        "levels: 10\n",
        "levels: 10\n    first_level: -1\n",
        "11: first_level -1 is not an evaluation level",
    ),
    "past the last level": (
        "levels: 10\n",
        "levels: 10\n    first_level: 2147483638\n",
        "11: 10 levels from 2147483638 reach past the last level, 2147483646",
    ),
    "deterministic as yes": ("true", "yes", "5: deterministic must be true or false, not 'yes'"),
    "name a path": ("name: mine", "name: ../mine", "1: name must be lower case letters, digits"),
    "version a text": (
        "version: 1",
        "version: one",
        "2: version must be a whole number, not 'one'",
    ),
    "batch size zero": (
        "entries:",
        "batch_size: 0\nentries:",
        "6: batch_size must be from 1 to 65536, not '0'",
    ),
    "no counterfactual runs": (
        "levels: 10\n",
        "levels: 10\n    counterfactual_runs: 0\n",
        "11: counterfactual_runs must be from 1 to 1000, not '0'",
    ),
    "a tag that runs code": (
        "name: mine",
        "name: !!python/object/apply:os.system [id]",
        "1: tags are not allowed; remove 'tag:yaml.org,2002:python/object/apply:os.system'",
    ),
    "an anchor": ("[train, test]", "&both [train, test]", "9: anchors (&name) are not allowed"),
    "an alias": ("[train, test]", "*both", "9: aliases (*name) are not allowed"),
    "a merge key": ("entries:", "<<: {seed: 1}\nentries:", "6: unknown key '<<'"),
    "a key that is a list": (
        "entries:",
        "? [seed]\n: 1\nentries:",
        "6: a key must be text, not a list",
    ),
    "entry as text": (
        "  - pair: procgen-maze",
        "  - x\n  - pair: procgen-maze",
        "11: entries must",
    ),
    "a tab": ("    mode: easy", "\tmode: easy", "8: "),
    "unclosed list": ("[train, test]", "[train, test", "10: "),
    "a second document": ("entries:", "---\nname: two\nentries:", "6: expected a single document"),
    "a control character": (
        "Two pairs.",
        "Two \x07 pairs.",
        "3: holds a control character; remove",
    ),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_answered_with_file_line_and_remedy(good: Path, mistake: str) -> None:
    old, new, expected = MISTAKES[mistake]
    assert old in GOOD
    good.write_text(GOOD.replace(old, new, 1))
    assert refused(good).startswith(f"mine.yaml:{expected}")


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "mine.yaml:1: the file is empty"),
        (b"# nothing\n", "mine.yaml:1: the file is empty"),
        (b"- a\n- b\n", "mine.yaml:1: the document must be a mapping (key: value), not a list"),
        (b"quick\n", "mine.yaml:1: the document must be a mapping (key: value), not 'quick'"),
        (b"name: mine\nsummary: caf\xe9\n", "mine.yaml:2: is not UTF-8 text; save it as UTF-8"),
        (GOOD.encode("utf-16"), "mine.yaml:1: is not UTF-8 text"),
        (b"#" * 100_001, "mine.yaml: is larger than 100,000 bytes; is it the right file?"),
        (b"[" * 10_000, "mine.yaml:1: nested deeper than 16 levels"),
        (
            b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n",
            "mine.yaml:1: anchors (&name) are not allowed",
        ),
        (b"PK\x03\x04\x00\x00", "mine.yaml:1: holds a control character"),
        (GOOD.split("  - pair")[0].encode() + b"  []\n", "mine.yaml:7: entries is empty"),
    ],
    ids=[
        "empty",
        "only a comment",
        "a list",
        "a word",
        "latin-1",
        "utf-16",
        "too large",
        "deep",
        "alias bomb",
        "a zip",
        "no entries",
    ],
)
def test_a_file_that_is_no_suite_is_refused(good: Path, data: bytes, expected: str) -> None:
    good.write_bytes(data)
    assert refused(good).startswith(expected)


@pytest.mark.bad_input
def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path / "absent.yaml") == "absent.yaml: there is no such file"
    assert refused(tmp_path / "nul\0.yaml").endswith("there is no such file")
    (tmp_path / "folder.yaml").mkdir()
    assert refused(tmp_path / "folder.yaml") == "folder.yaml: there is no such file"


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "quik",
            "unknown suite 'quik'; did you mean quick? (a file of your own must end in .yaml)",
        ),
        ("everything", "unknown suite 'everything'; known: " + suites()[0]),
        ("", "unknown suite ''; known: " + suites()[0]),
    ],
    ids=["near", "far", "empty"],
)
def test_an_unknown_suite_is_answered_with_the_nearest(name: str, expected: str) -> None:
    with pytest.raises(UnknownNameError) as raised:
        load_suite(name)
    assert str(raised.value).startswith(expected)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (0, "procgen-coinrun: levels must be at least 1, not 0"),
        (-1, "procgen-coinrun: levels must be at least 1, not -1"),
        (2**30, "procgen-coinrun: 1073741824 levels from 1073741824 reach past the last level"),
    ],
    ids=["zero", "negative", "too many"],
)
def test_with_levels_refuses_numbers_that_make_no_sense(levels: int, expected: str) -> None:
    with pytest.raises(SuiteError) as raised:
        load_suite("quick").with_levels(levels)
    assert str(raised.value).startswith(expected)
