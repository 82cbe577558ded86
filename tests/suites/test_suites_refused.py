"""Suites with a mistake are answered in one line: file, line and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from suite_files import GOOD, NATIVE, refused

from gmbench.errors import SuiteError, UnknownNameError
from gmbench.suites import load_suite, suites

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
