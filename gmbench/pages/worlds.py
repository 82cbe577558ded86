"""The table of the pairs, with their pictures, and a page for every world, from its docstring."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Final

from gmbench import registry
from gmbench.atomic import write_bytes, write_text
from gmbench.drawing import png
from gmbench.figures import condition_pictures, pair_picture
from gmbench.report import parameters_table

PICTURES: Final = "docs/pairs"
WORLDS: Final = "docs/worlds"
HEADINGS: Final = (
    "Layout",
    "Goal",
    "Proxy",
    "Conditions",
    "Observation",
    "Actions",
    "Reward",
    "End",
    "Source",
    "Version history",
)

_SECTION = re.compile(r"^(\S.*)$", re.MULTILINE)


def pairs_table() -> str:
    """The Markdown table of all pairs that ship, with their pictures."""
    lines = [
        "| pair | goal | proxy | what differs in the test | one level in both |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name in shipped():
        pair = registry.pair(name)
        label = f"[`{name}`]({WORLDS}/{name}.md)" + ("" if pair.ranked else " (exploratory)")
        picture = f"![{pair.differs}]({PICTURES}/{name}.png)"
        cells = (label, pair.world.goal, pair.world.proxy, pair.differs, picture)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def shipped() -> list[str]:
    """The names of the worlds that gmbench itself brings."""
    return [name for name, item in registry.WORLDS.items.items() if item.package is None]


def world_page(name: str) -> str:
    """The page of one world, in Markdown.

    Raises:
        ValueError: its docstring lacks one of `HEADINGS`.
    """
    module = registry.WORLDS.load(name)
    title, sections = docstring_of(module)
    title, _, preface = title.partition("\n\n")
    lines = [f"# {title}", "", *([preface, ""] if preface else [])]
    lines += ["| condition | one level |", "| --- | --- |"]
    for condition in module.PAIR.world.conditions:
        picture = f"![{condition.name}]({name}-{condition.name}.png)"
        lines.append(f"| `{condition.name}`: {condition.summary} | {picture} |")
    for heading, text in sections.items():
        lines += ["", f"## {heading}", "", text]
        if heading == "Layout":
            lines += _parameters(module)
    return "\n".join([*lines, ""])


def _parameters(module: ModuleType) -> list[str]:
    """The table of a world's parameters, where it has some."""
    rows = parameters_table(module)
    if not rows:
        return []
    table = [f"| `{name}` | {usual} | {values} |" for name, usual, values in rows]
    return ["", "| parameter | default | allowed |", "| --- | --- | --- |", *table]


def docstring_of(module: ModuleType) -> tuple[str, Mapping[str, str]]:
    """A world's docstring: what stands above the headings, and the text under each, in order.

    Raises:
        ValueError: it does not have the headings that every world's docstring has.
    """
    text = inspect.cleandoc(module.__doc__ or "")
    title, first, body = text.partition(f"\n\n{HEADINGS[0]}\n")
    parts = _SECTION.split(first + body)[1:]
    sections = {
        heading.strip(): inspect.cleandoc(text)
        for heading, text in zip(parts[::2], parts[1::2], strict=True)
    }
    if tuple(sections) != HEADINGS:
        raise ValueError(f"{module.__name__}: its docstring's headings must be {HEADINGS}")
    return title, sections


def write_worlds(root: Path) -> None:
    """Write the pictures and the worlds' pages."""
    for folder in (PICTURES, WORLDS):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name in shipped():
        write_bytes(root / PICTURES / f"{name}.png", png(pair_picture(name)))
        write_text(root / WORLDS / f"{name}.md", world_page(name))
        for condition, picture in condition_pictures(name).items():
            write_bytes(root / WORLDS / f"{name}-{condition}.png", png(picture))
