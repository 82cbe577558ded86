"""Bubblewrap's command line: every protection in one place."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from gmbench.errors import MissingPartError
from gmbench.sandbox import identity
from gmbench.sandbox.binds import AGENT, LIBRARY, python_binds
from gmbench.sandbox.limits import MIB, Limits

DOCTOR: Final = "run gmbench sandbox doctor, which says how to mend it"
NO_DISABLE: Final = (0, 8)  # the first version with --disable-userns
OLDEST: Final = (0, 5)  # the first with --size and --clearenv
KERNEL: Final = (5, 14)  # from here on a namespace counts its processes by itself

THREADS: Final = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA", "RAYON")
# One thread: an agent gets one processor, and equal sums everywhere.
ENVIRONMENT: Final = {
    "HOME": "/tmp",
    "LC_ALL": "C.UTF-8",
    "PATH": "/nonexistent",
    **{f"{name}_NUM_THREADS": "1" for name in THREADS},
}

# The worker's first lines: gmbench itself and the installed packages, and nothing else.
START: Final = (
    "import sys; sys.path[:0] = sys.argv[1:2]; sys.path += sys.argv[3:];"
    "from gmbench.sandbox.worker import main; main(sys.argv[2])"
)


@dataclass(frozen=True)
class Data:
    """A file that is copied into the sandbox.

    Attributes:
        name: under the agent's folder, with slashes.
        content: its bytes.
    """

    name: str
    content: bytes


@dataclass(frozen=True)
class Folder:
    """A folder that is shown in the sandbox, read-only.

    Attributes:
        name: under the agent's folder.
        path: where it is here.
    """

    name: str
    path: str


@cache
def bubblewrap() -> tuple[str, tuple[int, ...]]:
    """Where bubblewrap is, and its version.

    Raises:
        MissingPartError: it is not installed, or cannot be run.
    """
    if sys.platform != "linux":
        raise MissingPartError(f"the sandbox needs Linux, this is {sys.platform}; {DOCTOR}")
    path = shutil.which("bwrap")
    if path is None:
        raise MissingPartError(f"the sandbox needs bubblewrap, which is not installed; {DOCTOR}")
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingPartError(f"{path} cannot be run: {error}; {DOCTOR}") from None
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", said.stdout)
    version = tuple(int(part or 0) for part in found.groups()) if found else ()
    if version[:2] < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        raise MissingPartError(f"bubblewrap is older than {wanted}: {said.stdout!r}; {DOCTOR}")
    return path, version


def refuse_old_kernel() -> None:
    """Raises MissingPartError where the limit on processes would count those of others."""
    release = platform.release()
    found = re.match(r"(\d+)\.(\d+)", release)
    if found is None or (int(found[1]), int(found[2])) < KERNEL:
        wanted = ".".join(map(str, KERNEL))
        raise MissingPartError(f"the sandbox needs Linux {wanted}, this is {release}; {DOCTOR}")


def launch(
    limits: Limits,
    files: Sequence[Data | Folder],
    descriptors: Sequence[int],
    calls: int,
    group: Path | None,
    told: dict[str, Any],
    python: Sequence[str] | None = None,
) -> list[str]:
    """The command that starts a sandbox: the launcher, which becomes bubblewrap.

    Args:
        limits: of scratch space; the worker sets the others.
        files: what lies in the agent's folder.
        descriptors: one for every `Data` of them, from which bubblewrap reads it.
        calls: a descriptor that holds `gmbench.sandbox.calls.refused_calls`.
        group: a cgroup to join, None for none.
        told: what the worker is told.
        python: arguments to Python, instead of the worker's.

    Raises:
        MissingPartError: there is no bubblewrap.
    """
    path, version = bubblewrap()
    binds, uid = python_binds(), identity.private_uid()
    stage = identity.stage()
    show: list[list[str]] = []

    def here(source: str) -> str:
        """Where bubblewrap finds what is to be shown."""
        if uid is None:
            return source
        show.append([source, str(len(show))])
        return os.path.join(stage, show[-1][1])

    command = [path, *_walls(version), "--seccomp", str(calls)]
    # First, because what is shown may lie under one of them: an environment in /tmp.
    size = str(limits.scratch * MIB)
    command += ["--proc", "/proc", "--dev", "/dev"]
    for folder in ("/tmp", "/dev/shm"):
        command += ["--size", size, "--tmpfs", folder]
    for source, target in binds.paths:
        command += ["--ro-bind", here(source), target]
    for target, link in binds.links:
        command += ["--symlink", target, link]
    command += ["--dir", AGENT]
    waiting = iter(descriptors)
    for file in files:
        target = f"{AGENT}/{file.name}"
        if isinstance(file, Folder):
            command += ["--ro-bind", here(file.path), target]
        else:
            command += ["--ro-bind-data", str(next(waiting)), target]
    # Bubblewrap's own root and /dev are memory too, which nothing would cap.
    command += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", AGENT, "--"]
    arguments = ["-c", START, LIBRARY, json.dumps(told), *binds.packages]
    command += [binds.python, "-I", "-S", "-B", *(arguments if python is None else python)]
    plan = {
        "command": command,
        "uid": uid,
        "stage": stage,
        "show": show,
        "group": None if group is None else str(group),
        "parent": os.getpid(),
    }
    launcher = str(Path(__file__).with_name("launcher.py"))
    return [sys.executable, "-I", "-S", "-B", launcher, json.dumps(plan)]


def _walls(version: tuple[int, ...]) -> list[str]:
    """Namespaces, rights and environment."""
    options = ["--unshare-user", "--unshare-all", "--die-with-parent", "--new-session"]
    options += ["--cap-drop", "ALL", "--hostname", "sandbox", "--clearenv"]
    if version >= NO_DISABLE:
        options.append("--disable-userns")
    for name, value in ENVIRONMENT.items():
        options += ["--setenv", name, value]
    return options
