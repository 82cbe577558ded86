from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gmbench.errors import RecordError, SuiteError
from gmbench.strict_yaml import MAX_DEPTH, Value, parse, read

Read = Callable[[Value], Any]


def value(text: str) -> Value:
    """What stands under the key ``it``."""
    return parse(f"it: {text}\n", "a.yaml", SuiteError).mapping(["it"])["it"]


@pytest.mark.parametrize(
    ("text", "method", "expected"),
    [
        ("12", lambda v: v.integer(0, 20), 12),
        ("-3", lambda v: v.integer(-3, 0), -3),
        ("12", lambda v: v.number(0, 20), 12.0),
        ("-1.50", lambda v: v.number(-2, 0), -1.5),
        ("true", Value.boolean, True),
        ("false", Value.boolean, False),
        ("'12'", Value.text, "12"),
        ("[b, a]", lambda v: v.choices(["a", "b"], "letter"), ("b", "a")),
        ("[]", Value.items, []),
        ("1_000_000", Value.scalar, 1_000_000),
        ("-12", Value.scalar, -12),
        ("1.0e-3", Value.scalar, 0.001),
        ("1e-3", Value.scalar, 0.001),
        ("2.5E+2", Value.scalar, 250.0),
        ("'1e-3'", Value.scalar, "1e-3"),
        ("0.5", Value.scalar, 0.5),
        ("true", Value.scalar, True),
        ("null", Value.scalar, None),
        ("", Value.scalar, None),
        ("grid-cnn", Value.scalar, "grid-cnn"),
        ("1e999", Value.scalar, "1e999"),
    ],
)
def test_values_are_read_as_what_they_are(text: str, method: Read, expected: object) -> None:
    assert method(value(text)) == expected


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("0o17", lambda v: v.integer(0, 99)),
        ("017", lambda v: v.integer(0, 99)),
        ("0x1f", lambda v: v.integer(0, 99)),
        ("1:30", lambda v: v.integer(0, 99)),
        ("1_0", lambda v: v.integer(0, 99)),
        ("1.0", lambda v: v.integer(0, 99)),
        ("'1'", lambda v: v.integer(0, 99)),
        ("true", lambda v: v.integer(0, 99)),
        ("9" * 5000, lambda v: v.integer(0, 99)),
        (".inf", lambda v: v.number(0, 99)),
        (".5", lambda v: v.number(0, 99)),
        ("1:30.5", lambda v: v.number(0, 99)),
        ("1.5e+1", lambda v: v.number(0, 99)),
        ("'1.5'", lambda v: v.number(0, 99)),
        ("1.5", lambda v: v.number(2, 99)),
        ("1." + "0" * 5000, lambda v: v.number(0, 99)),
        ("yes", Value.boolean),
        ("1", Value.boolean),
        ("'true'", Value.boolean),
        ("no", Value.text),
        ("2026-01-01", Value.text),
        ("' '", Value.text),
        (r'"\uD800"', Value.text),
        (r'"a\nb"', Value.text),
        ("", Value.text),
        ("a", Value.items),
        ("017", Value.scalar),
        ("1_0", Value.scalar),
        ("1:30", Value.scalar),
        ("yes", Value.scalar),
        (".inf", Value.scalar),
        ("9" * 5000, Value.scalar),
        ("[1]", Value.scalar),
    ],
)
def test_nothing_is_converted_to_what_it_is_not(text: str, method: Read) -> None:
    with pytest.raises(SuiteError, match=r"^a\.yaml:1: it must be [^\n]*$"):
        method(value(text))


def test_a_value_knows_its_line() -> None:
    document = parse("a: 1\n\nb:\n  - 2\n  - x\n", "a.yaml", SuiteError)
    second = document.mapping(["a", "b"])["b"].items()[1]
    with pytest.raises(SuiteError, match=r"^a\.yaml:5: b must be a whole number, not 'x'$"):
        second.integer(0, 9)


def test_depth_is_bounded_but_ample() -> None:
    deep = "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)
    assert parse(deep, "a.yaml", SuiteError).items()
    with pytest.raises(SuiteError, match="nested deeper than"):
        parse("[" * 100_000, "a.yaml", SuiteError)


def test_errors_are_of_the_class_asked_for(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="there is no such file$"):
        read(tmp_path / "absent.yaml", RecordError)


def test_a_file_name_cannot_break_the_line(tmp_path: Path) -> None:
    file = tmp_path / "a\nb.yaml"
    file.write_text("[")
    with pytest.raises(SuiteError, match=r"a\\nb\.yaml':1: [^\n]*$"):
        read(file, SuiteError)


@given(st.text(alphabet=st.sampled_from("ab0:-[]{}&*!|>%@`'\"\\#?,. \n\t\x00\x85U")))
@example(r'"\UFFFFFFFF"')
@example("%YAML 1." + "9" * 5000 + "\n---\n")
@example("? [a]\n: b")
def test_any_text_is_a_document_or_one_line(text: str) -> None:
    try:
        parse(text, "a.yaml", SuiteError).mapping(["a"], ["b"])
    except SuiteError as error:
        assert str(error).startswith("a.yaml:")
        assert len(str(error).splitlines()) == 1
