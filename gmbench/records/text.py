"""A stranger's JSON file: read with limits, refused with one line.

What Python's reader lets pass and JSON does not have (NaN, infinity, a key twice) is a mistake.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any, Final, NoReturn

from pydantic import ValidationError

from gmbench.errors import RecordError
from gmbench.hints import quoted

MAX_BYTES: Final = 10 * 2**20
MAX_DIGITS: Final = 18
_PLACE: Final = 160  # characters of a place like results.0.metrics.pursuit.n


def read_text(path: str | os.PathLike[str]) -> str:
    """The file's text.

    Raises:
        RecordError: it cannot be read, is too long or is not UTF-8.
    """
    name = os.fspath(path)
    try:
        with Path(path).open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise RecordError(f"{name}: cannot be read: {error.strerror or error}") from None
    if len(data) > MAX_BYTES:
        raise RecordError(f"{name}: a record is at most {MAX_BYTES} bytes")
    if not data.strip():
        raise RecordError(f"{name}: the file is empty; write it with gmbench eval -o")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise RecordError(f"{name}: not a record: it is not UTF-8 text") from None


def strict_json(text: str, name: str) -> Any:
    """The value of a JSON text; messages call the file by ``name``.

    Raises:
        RecordError: it is not JSON, or holds a key twice or a number no record can hold.
    """
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_whole,
        )
    except json.JSONDecodeError as error:
        raise RecordError(f"{name}:{error.lineno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise RecordError(f"{name}: not a record: it is nested too deeply") from None
    except ValueError as error:
        raise RecordError(f"{name}: {error}") from None


def first_mistake(error: ValidationError) -> str:
    """The first mistake pydantic found, on one line: where, what, and how many more there are."""
    mistakes = error.errors(include_url=False, include_context=False)
    first = mistakes[0]
    place = ".".join(str(part) for part in first["loc"])
    place = place.encode("unicode_escape").decode("ascii")[:_PLACE] or "record"
    if first["type"] == "extra_forbidden":
        says = "unknown key; remove it"
    else:
        says = first["msg"].removeprefix("Value error, ")
        if isinstance(first["input"], (str, int, float)):
            says += f", not {quoted(str(first['input']))}"
    more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
    return f"{place}: {says}{more}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"key {quoted(key)} appears twice")
        found[key] = value
    return found


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number in JSON; write null")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {quoted(text)} is too large")
    return number


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        raise ValueError(f"the number {quoted(text)} has more than {MAX_DIGITS} digits")
    return int(text)
