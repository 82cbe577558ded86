"""What of this machine's files the sandbox shows: what Python needs, and nothing that is yours."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LIBRARY: Final = "/sandbox/lib"  # where gmbench's own package is shown
AGENT: Final = "/sandbox/agent"  # where the agent's files are
# Shared libraries; most systems have the latter as links to the former.
SYSTEM: Final = ("/usr/lib", "/usr/lib64", "/usr/lib32", "/lib", "/lib64", "/lib32")
PACKAGES: Final = ("site-packages", "dist-packages")


@dataclass(frozen=True)
class Binds:
    """Folders and files to show, read-only.

    Attributes:
        paths: (where it is here, where it is shown).
        links: (what it points at, where it stands).
        python: the interpreter, as it is shown.
        packages: the folders of installed packages, as they are shown, in the order of `sys.path`.
    """

    paths: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...]
    python: str
    packages: tuple[str, ...]


def python_binds() -> Binds:
    """What this interpreter with its installed packages and gmbench needs.

    Of `sys.path` only folders of installed packages are shown: not the current folder, nor the
    checkout of anything that was installed in place, gmbench's own package excepted.
    """
    base = os.path.realpath(sys.base_prefix)
    python = os.path.realpath(sys.executable)
    packages = [
        os.path.realpath(path)
        for path in sys.path
        if os.path.basename(path) in PACKAGES and os.path.isdir(path)
    ]
    links = tuple((os.readlink(path), path) for path in SYSTEM if os.path.islink(path))
    wanted = [path for path in SYSTEM if not os.path.islink(path)]
    wanted += [os.path.realpath(os.path.join(base, name)) for name in ("lib", "lib64")]
    wanted += [python, "/etc/ld.so.cache", *packages]
    real = [path for path in dict.fromkeys(wanted) if os.path.exists(path)]
    paths = [
        (path, path)
        for path in real
        if not any(is_under(path, other) for other in real if other != path)
    ]
    own = str(Path(__file__).resolve().parent.parent)
    paths.append((own, f"{LIBRARY}/gmbench"))
    return Binds(tuple(paths), links, python, tuple(dict.fromkeys(packages)))


def is_under(path: str, folder: str) -> bool:
    """Whether a path lies in a folder, or is it."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
