"""Which files a world's kernels are compiled from, and whether they are still what was imported."""

from __future__ import annotations

import ast
import functools
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

import numba
import numpy as np

from gmbench.engine import kernels, par, tiles
from gmbench.engine.rules import STARTED

ENGINE: Final = (kernels, tiles, par)
SHARED: Final = ("gmbench.engine", "gmbench.worlds")


def sources(module: ModuleType) -> dict[str, Path]:
    """Every file whose rules and constants a world's kernels take over, by its module's name.

    Found by following imports into the world's own package or folder, into the parts that all
    worlds share, and into any module whose compiled rules a world uses.
    """
    own = module.__name__.partition(".")[0]
    within = (*SHARED, *(() if own == "gmbench" else (own,)))
    beside = Path(str(module.__file__)).parent
    found: dict[str, Path] = {}
    waiting = [module.__name__, *(part.__name__ for part in ENGINE)]
    while waiting:
        name = waiting.pop()
        path = _file(name)
        if name in found or path is None:
            continue
        found[name] = path
        named = _imports(name, path, path.stat().st_mtime_ns)
        waiting += [to for to in named if _lies(to, within) or _folder(to) == beside]
        waiting += _homes_of_rules(sys.modules[name])
    return found


def digest_of(files: dict[str, Path], text: str) -> str:
    """What names a driver: all that its compiled kernels depend on."""
    digest = hashlib.sha256(text.encode())
    for name, file in sorted(files.items()):
        digest.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    digest.update("\0".join([numba.__version__, np.__version__, sys.version]).encode())
    return digest.hexdigest()[:16]


def changed_since_import(files: dict[str, Path]) -> bool:
    """Whether some file may differ from what this process holds in memory.

    It would be compiled as it was, and kept under the digest of what it is now.
    """
    return any(file.stat().st_mtime >= STARTED for file in files.values())


@functools.cache
def _imports(name: str, file: Path, changed: int) -> tuple[str, ...]:
    """The modules that a module names in its import statements, wherever in it.

    Args:
        name: of the module.
        file: its source.
        changed: when, in nanoseconds; another time is another answer.
    """
    # A package's relative imports start from itself, a module's from the package around it.
    start = name.split(".") if file.name == "__init__.py" else name.split(".")[:-1]
    found: list[str] = []
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            around = start[: len(start) - node.level + 1] if node.level else []
            base = ".".join([*around, *([node.module] if node.module else [])])
            found += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return tuple(found)


def _homes_of_rules(module: ModuleType) -> Iterator[str]:
    for value in vars(module).values():
        if hasattr(value, "py_func"):
            yield value.py_func.__module__


def _file(name: str) -> Path | None:
    """The file of a module that is loaded."""
    file = getattr(sys.modules.get(name), "__file__", None)
    return None if file is None else Path(file)


def _folder(name: str) -> Path | None:
    file = _file(name)
    return None if file is None else file.parent


def _lies(name: str, within: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in within)
