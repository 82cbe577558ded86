"""From what a user names to what is carried into the sandbox; nothing of it runs here."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any, Final

from gmbench.agents.archive import MIB, Archive, read_file
from gmbench.agents.base import AgentSpec
from gmbench.agents.load import adapters, only_zip
from gmbench.agents.normalization import SUFFIX, beside
from gmbench.agents.sb3_text import read_text, statistics, told_beside
from gmbench.errors import AgentError
from gmbench.hints import printable, quoted
from gmbench.sandbox.binds import AGENT, is_under, python_binds
from gmbench.sandbox.command import Data, Folder

MAX_MODULE: Final = 64 * MIB
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)

log = logging.getLogger("gmbench")


@dataclass(frozen=True)
class Parcel:
    """An agent's files and what is known of it before they are opened.

    Attributes:
        name, kind, digest: of its `AgentSpec`.
        address: what the worker loads.
        files: what the worker is shown.
        unpickle: whether the worker loads it by Stable-Baselines3's own loader.
        foreign: whether code of its author runs in the sandbox.
        spec: what it is, None where only it can say.
        details: of its spec, where it says the rest itself.
    """

    name: str
    kind: str
    address: str
    files: Sequence[Data | Folder]
    digest: str | None = None
    unpickle: bool = False
    foreign: bool = False
    spec: AgentSpec | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def pack(source: str, trust: bool | None) -> Parcel:
    """What a user names, ready to be carried.

    Args:
        source: a zip, a folder with one, a file of another adapter, or ``module:attribute``.
        trust: as `gmbench.sandbox.sandboxed` has it.

    Raises:
        AgentError: it cannot be read, or is nothing that a sandbox takes.
    """
    prefix, colon, _ = source.partition(":")
    path = Path(source)
    try:
        exists = path.exists()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise AgentError(f"{quoted(source)} cannot be read: {reason}") from None
    if exists and path.is_dir():
        found = only_zip(path)
        _refuse_link(found)
        return _zip(found, trust)
    if not exists and colon and path.suffix != ".zip":
        if prefix in adapters():
            raise AgentError(
                f"{quoted(source)}: what the adapter {prefix!r} reads is not known, so it cannot be"
                " carried into a sandbox; name a file or module:attribute"
            )
        return _module(source)
    kind = path.suffix.removeprefix(".")
    if exists and kind in adapters():
        return _file(path, kind)
    return _zip(path, trust)


def _zip(path: Path, trust: bool | None) -> Parcel:
    """A zip of Stable-Baselines3: its text is read here where that unpickles nothing."""
    data = read_file(path)
    archive = Archive(data, str(path))
    found = statistics(path)
    stem = _plain(path.stem)
    files = [Data(f"{stem}.zip", data)]
    if found is not None:
        files.append(Data(f"{stem}{SUFFIX}", read_file(beside(path))))
    parcel: dict[str, Any] = {
        "name": printable(path.stem),
        "kind": "sb3",
        "address": f"{AGENT}/{stem}.zip",
        "files": files,
        "digest": archive.digest,
    }
    if not trust:
        try:
            return Parcel(**parcel, spec=read_text(path, archive).spec)
        except AgentError as error:
            if trust is False or "data" not in archive.names:
                raise
            reason = str(error).rpartition("; ")[0] or str(error)
            log.warning("%s; so it is unpickled, inside the sandbox", printable(reason))
    details = {"trusted": True, **told_beside(archive)}
    if found is not None:
        details["normalization"] = found.digest
    return Parcel(**parcel, unpickle=True, foreign=True, details=details)


def _file(path: Path, kind: str) -> Parcel:
    """The file of another adapter, by its suffix."""
    data = read_file(path)
    name = f"{_plain(path.stem)}.{kind}"
    digest = hashlib.sha256(data).hexdigest()
    return Parcel(printable(path.stem), kind, f"{AGENT}/{name}", [Data(name, data)], digest)


def _module(reference: str) -> Parcel:
    """A module's own file, or its package's folder; what is installed is there anyway."""
    name = reference.partition(":")[0].split(".")[0]
    found = _found(name) if name.isidentifier() else None
    files: list[Data | Folder] = []
    if found is not None and found.has_location and found.origin is not None:
        file = Path(found.origin)
        installed = any(is_under(os.path.realpath(file), path) for path, _ in python_binds().paths)
        if not installed:
            _refuse_link(file)
            if found.submodule_search_locations is None:
                files = [Data(file.name, read_file(file, MAX_MODULE))]
            else:
                files = [Folder(name, os.path.realpath(file.parent))]
    elif found is not None and found.submodule_search_locations is not None:
        raise AgentError(
            f"{quoted(reference)}: {name} is a folder without __init__.py, of which the sandbox"
            " cannot tell what belongs to the agent; add one, or name a module file"
        )
    # What was not found is looked for inside, and refused there as it would be outside.
    return Parcel(reference, "object", reference, files, foreign=True)


def _found(name: str) -> ModuleSpec | None:
    """Where a module lies, the current folder counting last; it is not imported."""
    here = os.getcwd()
    sys.path.append(here)
    try:
        importlib.invalidate_caches()
        return importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    finally:
        sys.path.remove(here)


def _refuse_link(path: Path) -> None:
    """A link in somebody's folder may point at a file that is yours."""
    if not is_under(os.path.realpath(path), os.path.realpath(path.parent)):
        raise AgentError(f"{path} is a link out of its folder; put the file itself there")


def _plain(stem: str) -> str:
    return stem if _PLAIN.fullmatch(stem) else "agent"
