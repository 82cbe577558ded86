"""How each figure is computed, read from the docstrings of the code that computes it."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# What computes the figures, in the order in which a reader meets them.
MODULES: Final = (
    "gmbench.metrics.shares",
    "gmbench.metrics.effects",
    "gmbench.metrics.transfer",
    "gmbench.metrics.scores",
    "gmbench.metrics.intent",
    "gmbench.metrics.posterior",
    "gmbench.metrics.intervals",
    "gmbench.metrics.seeds",
    "gmbench.leaderboard.ranks",
)
_SECTIONS: Final = re.compile(r"^(Args|Returns|Raises|Attributes|Yields):$", re.MULTILINE)


@dataclass(frozen=True)
class Piece:
    """A function and what it says it computes, in paragraphs."""

    name: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Chapter:
    """A module: what it is about, and its functions."""

    name: str
    title: str
    paragraphs: tuple[str, ...]
    pieces: tuple[Piece, ...]


def chapters() -> list[Chapter]:
    """The docstrings of `MODULES`; nothing is imported for it."""
    return [_chapter(name) for name in MODULES]


def _chapter(name: str) -> Chapter:
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.origin is not None  # they are ours
    tree = ast.parse(Path(spec.origin).read_text())
    title, *paragraphs = _paragraphs(ast.get_docstring(tree) or name)
    return Chapter(name, title, tuple(paragraphs), tuple(_pieces(tree)))


def _pieces(tree: ast.Module) -> Iterator[Piece]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            told = _paragraphs(ast.get_docstring(node) or "")
            if told:
                yield Piece(node.name, told)


def _paragraphs(docstring: str) -> tuple[str, ...]:
    """What stands above the sections on arguments, each paragraph on one line."""
    text = _SECTIONS.split(inspect.cleandoc(docstring))[0]
    return tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())
