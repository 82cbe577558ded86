"""One registry for worlds, protocols and agent adapters; adding one edits no table.

In-tree: a file in one of the registry's folders with two literals ::

    NAME = "procgen-coinrun"
    VERSION = 0

They are read with `ast`, so listing names imports nothing. A file without ``NAME`` is not an
item: it is what its neighbours share.

Third parties: a module of the same form, announced by an entry point whose name is the item's ::

    [project.entry-points."gmbench.worlds"]
    tunnel = "gmbench_tunnel.tunnel"

Names are lower case letters, digits and dashes. Two items with one name are an error wherever
they come from: a silent override would change what a leaderboard's figures mean.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from gmbench.errors import GmbenchError, UnknownNameError, UsageError
from gmbench.hints import nearest, quoted
from gmbench.specs import Pair

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


@dataclass(frozen=True)
class Item:
    """Something registered, not yet imported.

    Attributes:
        name: its name.
        module: the module that holds it.
        version: its version; None for third parties, whose module must be imported to know it.
        package: the third-party distribution it comes from, None for what ships with gmbench.
    """

    name: str
    module: str
    version: int | None
    package: str | None = None

    @property
    def origin(self) -> str:
        """Where it comes from, for a message."""
        return self.module if self.package is None else f"{self.module} of package {self.package}"


class Registry:
    """The items of one kind, by name.

    Attributes:
        kind: what an item is, for messages: "world".
        folders: packages whose files are items, as dotted names; one that is absent is empty.
        entry_point_group: where third parties announce theirs.
        holds: what every module must hold beside NAME and VERSION: attribute to type.
    """

    def __init__(
        self,
        kind: str,
        folders: Sequence[str],
        entry_point_group: str,
        holds: Mapping[str, type] | None = None,
    ) -> None:
        """Say where to look; nothing is read until the first use."""
        self.kind = kind
        self.folders = tuple(folders)
        self.entry_point_group = entry_point_group
        self.holds = dict(holds or {})

    @cached_property
    def items(self) -> dict[str, Item]:
        """Every item by name, in the order of names; found once, at first use.

        Raises:
            UsageError: two items share a name, or one is announced wrongly.
        """
        found: dict[str, Item] = {}
        for item in (*self._in_tree(), *self._third_party()):
            if not _NAME.fullmatch(item.name):
                raise UsageError(
                    f"{self.kind} name {quoted(item.name)} ({item.origin}) must be lower case"
                    " letters, digits and dashes; rename it"
                )
            if item.name in found:
                raise UsageError(
                    f"{self.kind} name {item.name!r} is taken twice: by"
                    f" {found[item.name].origin} and by {item.origin}; rename or uninstall one"
                )
            found[item.name] = item
        return dict(sorted(found.items()))

    def names(self) -> tuple[str, ...]:
        """Every name, sorted; imports nothing."""
        return tuple(self.items)

    def item(self, name: str) -> Item:
        """The item of that name; imports nothing.

        Raises:
            UnknownNameError: there is none; the message names the nearest.
        """
        if name not in self.items:
            raise UnknownNameError(
                f"unknown {self.kind} {quoted(name)}; {nearest(name, self.items)}"
            )
        return self.items[name]

    def versions(self) -> dict[str, int]:
        """Name to version; imports third parties' modules, none of gmbench's own."""
        return {
            name: int(self.load(name).VERSION) if item.version is None else item.version
            for name, item in self.items.items()
        }

    def load(self, name: str) -> ModuleType:
        """The item's module, imported now.

        Raises:
            UnknownNameError: there is no such item.
            UsageError: a third party's module cannot be imported, or is not what it says.
        """
        item = self.item(name)
        try:
            module = importlib.import_module(item.module)
        except GmbenchError:
            raise
        except Exception as error:
            if item.package is None:
                raise
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise UsageError(
                f"{self.kind} {name!r} ({item.origin}) cannot be imported: {reason};"
                " update or uninstall the package"
            ) from error
        self._check(item, module)
        return module

    def _check(self, item: Item, module: ModuleType) -> None:
        """Refuse a module that does not hold what its kind must."""
        if getattr(module, "NAME", None) != item.name:
            raise UsageError(
                f"{self.kind} {item.name!r}: {item.origin} has another NAME; make them equal"
            )
        for attribute, kind in {"VERSION": int, **self.holds}.items():
            if not isinstance(getattr(module, attribute, None), kind):
                wanted = f"{attribute}, of type {kind.__name__}"
                raise UsageError(f"{self.kind} {item.name!r}: {item.origin} needs {wanted}")

    def _in_tree(self) -> Iterator[Item]:
        for folder in self.folders:
            root, *parts = folder.split(".")
            for place in importlib.import_module(root).__path__:
                for file in sorted(Path(place, *parts).glob("[!_]*.py")):
                    yield from _declared(f"{folder}.{file.stem}", file.read_bytes())

    def _third_party(self) -> Iterator[Item]:
        for point in entry_points(group=self.entry_point_group):
            package = _package(point)
            if not _MODULE.fullmatch(point.value):
                raise UsageError(
                    f"entry point {quoted(point.name)} of package {package} must name a module,"
                    f" not {quoted(point.value)}"
                )
            yield Item(point.name, point.value, None, package)


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "unknown"


def _declared(module: str, source: bytes) -> Iterator[Item]:
    """The item that a source file declares by its NAME and VERSION literals, if it does."""
    literals: dict[str, object] = {}
    for statement in ast.parse(source, filename=module).body:
        if isinstance(statement, ast.Assign):
            target, value = statement.targets[0], statement.value
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            target, value = statement.target, statement.value
        else:
            continue
        if isinstance(target, ast.Name) and target.id in ("NAME", "VERSION"):
            literals[target.id] = value.value if isinstance(value, ast.Constant) else None
    if "NAME" not in literals:
        return
    name, version = literals["NAME"], literals.get("VERSION")
    if not isinstance(name, str) or type(version) is not int:
        raise UsageError(f'{module} must set NAME = "..." and VERSION = 0 as plain literals')
    yield Item(name, module, version)


WORLDS = Registry(
    "world",
    ("gmbench.procgen.worlds", "gmbench.worlds"),
    "gmbench.worlds",
    holds={"PAIR": Pair},
)
PROTOCOLS = Registry("protocol", ("gmbench.protocols",), "gmbench.protocols")
AGENTS = Registry("agent", ("gmbench.agents",), "gmbench.agents")
STUDIES = Registry("study", ("gmbench.studies",), "gmbench.studies")
PLOTS = Registry("plot", ("gmbench.plots",), "gmbench.plots")


def pairs() -> tuple[str, ...]:
    """The names of all pairs, which are those of their worlds, sorted; imports nothing."""
    return WORLDS.names()


def pair(name: str) -> Pair:
    """The pair of a world; imports that world and no other.

    Raises:
        UnknownNameError: no world has that name.
        UsageError: a third party's world is not what it says.
    """
    found: Pair = WORLDS.load(name).PAIR
    if found.name != name:
        raise UsageError(
            f"world {name!r}: {WORLDS.item(name).origin} holds the pair of {quoted(found.name)}"
        )
    return found
