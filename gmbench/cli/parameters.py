"""``--set NAME=VALUE``: the parameters of a native world, for every command that plays one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

import typer

from gmbench.errors import UsageError
from gmbench.hints import quoted

_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)

Parameters = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A parameter of a native world, such as size=9; repeatable.",
        show_default=False,
    ),
]


def parameters(texts: Iterable[str] | None, option: str = "--set") -> dict[str, int | str]:
    """Values by name, numbers where they read as such; the world says which it allows.

    Args:
        texts: as given, each NAME=VALUE.
        option: what the message calls it.

    Raises:
        UsageError: one is not NAME=VALUE, or a name is given twice.
    """
    found: dict[str, int | str] = {}
    for text in texts or ():
        name, sign, value = text.partition("=")
        if not sign or not name or not value:
            raise UsageError(f"{option} {quoted(text)} must be NAME=VALUE, such as size=9")
        if name in found:
            raise UsageError(f"{option} {quoted(name)} was given twice")
        found[name] = int(value) if _WHOLE.fullmatch(value) else value
    return found
