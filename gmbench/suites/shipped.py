"""Finds suites: those that ship, by name, and anybody's, by file.

The shipped suites lie in ``gmbench/_suites`` in an installed wheel, and in ``suites/`` beside the
package in a source checkout.
"""

from __future__ import annotations

import os
from pathlib import Path

from gmbench import strict_yaml
from gmbench.errors import SuiteError, UnknownNameError
from gmbench.hints import nearest, quoted
from gmbench.suites.document import read_suite
from gmbench.suites.suite import Suite

SUFFIX = ".gmbench.yaml"

_PACKAGE = Path(__file__).parents[1]
_SHIPPED = (_PACKAGE / "_suites", _PACKAGE.parent / "suites")


def suites() -> tuple[str, ...]:
    """The names of the shipped suites, sorted."""
    return tuple(_shipped())


def load_suite(name_or_path: str | os.PathLike[str]) -> Suite:
    """A shipped suite by its name, or any suite by its file.

    A string is a path if it ends in .yaml or .yml or names a folder; a shipped suite is never
    shadowed by a file that happens to bear its name.

    Raises:
        UnknownNameError: no shipped suite has that name.
        SuiteError: the file is missing or has a mistake.
    """
    if isinstance(name_or_path, str) and not _is_path(name_or_path):
        known = _shipped()
        if name_or_path not in known:
            raise UnknownNameError(
                f"unknown suite {quoted(name_or_path)}; {nearest(name_or_path, known)}"
                " (a file of your own must end in .yaml)"
            )
        return read_suite(strict_yaml.read(known[name_or_path], SuiteError))
    return read_suite(strict_yaml.read(name_or_path, SuiteError))


def _is_path(text: str) -> bool:
    return text.endswith((".yaml", ".yml")) or os.path.basename(text) != text


def _shipped() -> dict[str, Path]:
    """Name to file of the shipped suites; the wheel's folder comes before the checkout's."""
    for folder in _SHIPPED:
        found = {file.name.removesuffix(SUFFIX): file for file in folder.glob("*" + SUFFIX)}
        if found:
            return dict(sorted(found.items()))
    return {}
