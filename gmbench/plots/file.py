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
SWEEP_VERSION: Final = 1  # schema_version of results of sweeps
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
        RecordError: the file is no result, or that of a sweep without a study.
    """
    name, text = os.fspath(path), read_text(path)
    document = strict_json(text, name)
    if isinstance(document, dict) and "sweep" in document:
        return _of_sweep(document, name)
    if isinstance(document, dict) and "schema_version" in document:
        return Record.parse(text, name).model_dump(mode="json")
    if isinstance(document, dict) and isinstance(document.get("protocol"), str):
        return document
    raise RecordError(f"{name}: neither a record nor the result of a protocol or a study")


def _of_sweep(document: dict[str, Any], name: str) -> dict[str, Any]:
    """A sweep's results, whose study is drawn."""
    if document.get("schema_version") != SWEEP_VERSION:
        raise RecordError(
            f"{name}: results of a sweep have schema_version {SWEEP_VERSION} here; run gmbench"
            " sweep again"
        )
    study = document.get("study")
    if study is None:
        raise RecordError(
            f"{name}: a sweep without a study, or without a finished cell, has no chart"
        )
    if not isinstance(study, dict) or not isinstance(study.get("name"), str):
        raise RecordError(f"{name}: it does not say by which study it was made")
    return document


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
        return numbered_anew(vl_convert.vegalite_to_svg(drawn)).encode()
    png: bytes = vl_convert.vegalite_to_png(drawn, scale=SHARPNESS)
    return png


def chart(document: dict[str, Any], name: str = "result") -> Any:
    """The Altair chart of a result; see `picture`."""
    kind = _kind(document)
    module = registry.PLOTS.load(kind)
    try:
        return module.chart(document)
    except (KeyError, TypeError, IndexError, AttributeError, ValueError) as error:
        says = f"{type(error).__name__} {error}".strip()
        raise RecordError(
            f"{name}: it lacks what a chart of {kind} needs ({' '.join(says.split())})"
        ) from error


def _kind(document: dict[str, Any]) -> str:
    """The name of the chart that draws a result."""
    if "sweep" in document:
        return str(document["study"]["name"])
    return document.get("protocol") or "record"


def numbered_anew(svg: str) -> str:
    """The same picture, whatever this process has drawn before: Vega counts its names on."""
    names: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f"{found[1]}{len(names)}")

    return re.sub(r"\b(gradient_|clip)\d+", name, svg)


def _only(document: dict[str, Any], pair: str | None, name: str) -> dict[str, Any]:
    if pair is None:
        return document
    if "sweep" in document:
        study = document["study"]
        return {
            **document,
            "study": {**study, "result": _kept(study["result"], "recipes", pair, name)},
        }
    return _kept(document, "results", pair, name)


def _kept(holder: Any, key: str, pair: str, name: str) -> dict[str, Any]:
    """What holds a list of parts, with those of one pair alone."""
    parts = holder.get(key) if isinstance(holder, dict) else None
    found = [one for one in parts or () if isinstance(one, dict) and one.get("pair") == pair]
    if not found:
        raise RecordError(f"{name}: it has no pair {quoted(pair)}")
    return {**holder, key: found}
