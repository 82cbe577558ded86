"""YAML with no surprises: plain data only, and every mistake has its line.

Tags, anchors, aliases and merge keys are refused (no code, no expansion bombs), so is a second
document. The node tree is walked instead of being turned into dictionaries, because dictionaries
forget lines and swallow duplicate keys. YAML's own conversions are not used either: ``no`` is not
a boolean here, ``0o17`` and ``1:30`` are not numbers.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import yaml

from gmbench.errors import UsageError
from gmbench.hints import nearest, quoted

MAX_BYTES = 100_000  # a suite takes 1,000; PyYAML takes seconds for more than this
MAX_DEPTH = 16
MAX_DIGITS = 20  # of a number

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(_INTEGER.pattern + r"(\.[0-9]+)?")
_GROUPED = re.compile(r"[-+]?[1-9][0-9]{0,2}(_[0-9]{3})+")
_SCIENTIFIC = re.compile(_NUMBER.pattern + r"([eE][-+]?[0-9]{1,2})?")


def read(path: str | os.PathLike[str], error: type[UsageError]) -> Value:
    """The document in a file.

    Raises:
        UsageError: of the given class; the message begins with the file and, where one is at
            fault, the line.
    """
    shown = os.fspath(path) if os.fspath(path).isprintable() else repr(os.fspath(path))
    if not Path(path).is_file():
        raise error(f"{shown}: there is no such file")
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as problem:
        raise error(f"{shown}: cannot be read: {problem.strerror}") from problem
    if len(data) > MAX_BYTES:
        raise error(f"{shown}: is larger than {MAX_BYTES:,} bytes; is it the right file?")
    try:
        text = data.decode()
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise error(f"{shown}:{line}: is not UTF-8 text; save it as UTF-8") from problem
    return parse(text, shown, error)


def parse(text: str, source: str, error: type[UsageError]) -> Value:
    """The document in a text; ``source`` is what messages call the file.

    Raises:
        UsageError: of the given class, as in `read`.
    """
    line = 1
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.reader.ReaderError as problem:
        line = text.count("\n", 0, problem.position) + 1
        raise error(f"{source}:{line}: holds a control character; remove it") from problem
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = mark.line + 1 if mark else 1
        said = " ".join(f"{problem.context or ''} {problem.problem or ''}".split())
        if "block scalar" in said or "found character '>'" in said:
            said += '; what begins with > stands in quotes, as in ">= 0.5"'
        raise error(f"{source}:{line}: {said}") from problem
    except (ValueError, OverflowError) as problem:
        # PyYAML lets these through for escapes and version directives out of range.
        line = loader.line + 1
        raise error(f"{source}:{line}: holds a number or an escape out of range") from problem
    if node is None:
        raise error(f"{source}:1: the file is empty")
    return Value(node, "the document", source, error)


class _Loader(yaml.SafeLoader):
    """Composes the node tree and refuses what could hide or multiply something in it."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        refusal = None
        if isinstance(event, yaml.AliasEvent):
            refusal = "aliases (*name) are not allowed; write the value out"
        elif getattr(event, "anchor", None) is not None:
            refusal = "anchors (&name) are not allowed; write the value out where it is needed"
        elif getattr(event, "tag", None) is not None:
            refusal = f"tags are not allowed; remove {quoted(event.tag)}"
        elif self.depth == MAX_DEPTH:
            refusal = f"nested deeper than {MAX_DEPTH} levels"
        if refusal is not None:
            raise yaml.composer.ComposerError(None, None, refusal, event.start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


@dataclass(frozen=True)
class Value:
    """A value in a document, which knows its place.

    Every method but `fail` reads the value as what its name says, or fails with one line.

    Attributes:
        node: the node of the tree.
        key: what messages call the value: the key it stands under.
        source: what messages call the file.
        error: the class of the errors raised.
    """

    node: yaml.Node
    key: str
    source: str
    error: type[UsageError]

    def fail(self, mistake: str) -> NoReturn:
        """Raise the error "FILE:LINE: mistake"."""
        raise self.error(f"{self.source}:{self.node.start_mark.line + 1}: {mistake}")

    def mapping(self, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Value]:
        """A mapping with these keys and no others, none twice."""
        known = (*required, *optional)
        found = self._entries(known)
        missing = [name for name in required if name not in found]
        if missing:
            self.fail(f"missing key {', '.join(missing)}; add {missing[0]}: ...")
        return found

    def entries(self) -> dict[str, Value]:
        """A mapping with any keys, none twice."""
        return self._entries(None)

    @property
    def is_mapping(self) -> bool:
        """Whether it is a mapping."""
        return isinstance(self.node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self.node, yaml.SequenceNode)

    def items(self) -> list[Value]:
        """A list; its items are called by the list's own key."""
        if not isinstance(self.node, yaml.SequenceNode):
            self._not("a list")
        return [Value(node, self.key, self.source, self.error) for node in self.node.value]

    def text(self) -> str:
        """One line of printable text."""
        value = self._scalar("str", "text")
        if not value.strip() or not value.isprintable():
            self._not("one line of printable text")
        return value

    def written(self) -> str:
        """What stands there on one line, be it a number or text; fails for lists and mappings."""
        if not isinstance(self.node, yaml.ScalarNode) or self._tag() == "null":
            self._not("one value")
        return str(self.node.value)

    def choice(self, known: Collection[str], noun: str) -> str:
        """One of the known names; ``noun`` says what they name."""
        value = self.text()
        if value not in known:
            self.fail(f"unknown {noun} {quoted(value)}; {nearest(value, known)}")
        return value

    def choices(self, known: Collection[str], noun: str) -> tuple[str, ...]:
        """A list of known names, none twice."""
        found: list[str] = []
        for item in self.items():
            name = item.choice(known, noun)
            if name in found:
                item.fail(f"{noun} {name!r} is listed twice; keep one")
            found.append(name)
        return tuple(found)

    def boolean(self) -> bool:
        """``true`` or ``false``; YAML's yes, no, on and off are refused."""
        value = self._scalar("bool", "true or false")
        if value not in ("true", "false"):
            self._not("true or false")
        return value == "true"

    def integer(self, low: int, high: int) -> int:
        """A decimal whole number, low <= it <= high."""
        value = self._scalar("int", "a whole number")
        if not _INTEGER.fullmatch(value):
            self._not("a whole number in decimal digits")
        # Python refuses to read thousands of digits, so length is looked at first.
        if len(value) > MAX_DIGITS or not low <= int(value) <= high:
            self.fail(f"{self.key} must be from {low} to {high}, not {quoted(value)}")
        return int(value)

    def number(self, low: float, high: float) -> float:
        """A number in decimal digits, with or without a fraction, low <= it <= high."""
        tag = "int" if self._tag() == "int" else "float"
        value = self._scalar(tag, "a number")
        if not _NUMBER.fullmatch(value):
            self._not("a number in decimal digits")
        if len(value) > MAX_DIGITS or not low <= float(value) <= high:
            self.fail(f"{self.key} must be from {low:g} to {high:g}, not {quoted(value)}")
        return float(value)

    def scalar(self) -> bool | int | float | str | None:
        """One plain value of the type that it is written as; ``null`` and nothing are None.

        Numbers may be written 1_000_000 and 1e-3 here; what is in quotes is text.
        """
        if not isinstance(self.node, yaml.ScalarNode):
            self._not("a single value")
        value, tag = str(self.node.value), self._tag()
        if self.node.style is not None:
            return self.text()
        if tag == "null" and value in ("", "~", "null"):
            return None
        if tag == "bool":
            return self.boolean()
        if len(value) <= MAX_DIGITS and _SCIENTIFIC.fullmatch(value):
            return int(value) if _INTEGER.fullmatch(value) else float(value)
        if len(value) <= MAX_DIGITS and _GROUPED.fullmatch(value):
            return int(value)
        return self.text()

    def _entries(self, known: Collection[str] | None) -> dict[str, Value]:
        if not isinstance(self.node, yaml.MappingNode):
            self._not("a mapping (key: value)")
        found: dict[str, Value] = {}
        for key_node, node in self.node.value:
            key = Value(key_node, "a key", self.source, self.error)
            if not isinstance(key_node, yaml.ScalarNode):
                key._not("text")
            name = key_node.value
            if known is not None and name not in known:
                key.fail(f"unknown key {quoted(name)}; {nearest(name, known)}")
            if name in found:
                first = found[name].node.start_mark.line + 1
                key.fail(f"duplicate key {name!r}, first on line {first}; keep one")
            found[name] = Value(node, name, self.source, self.error)
        return found

    def _tag(self) -> str:
        return str(self.node.tag).rsplit(":", 1)[-1]

    def _scalar(self, tag: str, wanted: str) -> str:
        """The text of a scalar that YAML resolves to the tag."""
        if not isinstance(self.node, yaml.ScalarNode) or self._tag() != tag:
            self._not(wanted)
        return str(self.node.value)

    def _not(self, wanted: str) -> NoReturn:
        if isinstance(self.node, yaml.MappingNode):
            given = "a mapping"
        elif isinstance(self.node, yaml.SequenceNode):
            given = "a list"
        elif self._tag() == "null":
            given = "empty"
        else:
            given = quoted(self.node.value)
        self.fail(f"{self.key} must be {wanted}, not {given}")
