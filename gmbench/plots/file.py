"""From a result's file to a picture's."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Final

from gmbench import registry
from gmbench.atomic import write_bytes
from gmbench.errors import MissingPartError, RecordError, UsageError
from gmbench.hints import quoted
from gmbench.records import Record
from gmbench.records.text import read_text, strict_json

SUFFIXES: Final = (".svg", ".png")
SHARPNESS: Final = 2.0  # pixels of a PNG for one of the chart's own


def plot(
    result: str | os.PathLike[str], output: str | os.PathLike[str], pair: str | None = None
) -> None:
    """Draw a result: a record, or what a protocol or a study wrote.

    Args:
        result: the JSON file.
        output: the picture, ``.svg`` or ``.png``.
        pair: draw this pair alone, of a result that has several.

    Raises:
        UsageError: another suffix, or the picture cannot be written.
        RecordError: the file is no result, or lacks what its chart needs.
        MissingPartError: the packages of the extra ``site`` are not installed.
    """
    kind = refuse_bad_picture(output)
    write_bytes(output, picture(read_result(result), kind, os.fspath(result), pair))


def refuse_bad_picture(output: str | os.PathLike[str]) -> str:
    """The kind of picture that a file name asks for, "svg" or "png".

    Raises:
        UsageError: another.
    """
    suffix = Path(output).suffix
    if suffix not in SUFFIXES:
        raise UsageError(f"{os.fspath(output)}: the name of a chart ends in .svg or .png")
    return suffix.removeprefix(".")


def read_result(path: str | os.PathLike[str]) -> dict[str, Any]:
    """A result's JSON; one that is a record is checked as such.

    Raises:
        RecordError: the file is no result.
    """
    name, text = os.fspath(path), read_text(path)
    document = strict_json(text, name)
    if isinstance(document, dict) and "schema_version" in document:
        return Record.parse(text, name).model_dump(mode="json")
    if isinstance(document, dict) and isinstance(document.get("protocol"), str):
        return document
    raise RecordError(f"{name}: neither a record nor the result of a protocol or a study")


def picture(
    document: dict[str, Any], kind: str, name: str = "result", pair: str | None = None
) -> bytes:
    """The picture of a result.

    Args:
        document: the result.
        kind: "svg" or "png".
        name: what messages call it.
        pair: draw this pair alone.

    Raises:
        UnknownNameError: nothing draws such results.
        RecordError: it lacks what its chart needs, or the pair.
        MissingPartError: the packages of the extra ``site`` are not installed.
    """
    try:
        import vl_convert
    except ImportError as error:
        raise MissingPartError(
            f"charts need altair and vl-convert: pip install 'gmbench[site]' ({error})"
        ) from error
    drawn = chart(_only(document, pair, name), name).to_json(format="vega-lite")
    if kind == "svg":
        return _numbered_anew(vl_convert.vegalite_to_svg(drawn)).encode()
    png: bytes = vl_convert.vegalite_to_png(drawn, scale=SHARPNESS)
    return png


def chart(document: dict[str, Any], name: str = "result") -> Any:
    """The Altair chart of a result; see `picture`."""
    kind = document.get("protocol") or "record"
    module = registry.PLOTS.load(kind)
    try:
        return module.chart(document)
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        says = f"{type(error).__name__} {error}".strip()
        raise RecordError(
            f"{name}: it lacks what a chart of {kind} needs ({' '.join(says.split())})"
        ) from error


def _numbered_anew(svg: str) -> str:
    """The same picture, whatever this process has drawn before: Vega counts its names on."""
    names: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f"{found[1]}{len(names)}")

    return re.sub(r"\b(gradient_|clip)\d+", name, svg)


def _only(document: dict[str, Any], pair: str | None, name: str) -> dict[str, Any]:
    if pair is None:
        return document
    results = [r for r in document.get("results", []) if r.get("pair") == pair]
    if not results:
        raise RecordError(f"{name}: it has no pair {quoted(pair)}")
    return {**document, "results": results}
