"""How much memory all of a sandbox's processes may have together, and who sees to it.

A cgroup where one can be made, which takes root: the kernel counts everything, files in memory too,
and is never late. Elsewhere a watch: a thread that looks ten times a second at what the sandbox's
processes have mapped. It is late by so much, and does not see memory that nobody has mapped.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar, Final

from gmbench.sandbox.limits import MIB

MOUNT: Final = Path("/sys/fs/cgroup")
PREFIX: Final = "gmbench-"
EVERY: Final = 0.1  # seconds between two looks
STALE: Final = 3600  # seconds after which an empty group is nobody's


class Group:
    """A cgroup of one sandbox, version 1 or 2.

    Attributes:
        path: its folder.
    """

    NAMES: ClassVar = {  # by version: the limit, without swap, where kills are counted
        1: ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.oom_control"),
        2: ("memory.max", "memory.swap.max", "memory.events"),
    }

    def __init__(self, path: Path, version: int, limit: int) -> None:
        """Make it.

        Raises:
            OSError: one may not.
        """
        self.path = path
        path.mkdir()
        try:
            names = self.NAMES[version]
            (path / names[0]).write_text(str(limit * MIB))
            with contextlib.suppress(OSError):  # where swap is not counted there is mostly none
                (path / names[1]).write_text(str(limit * MIB if version == 1 else 0))
            self._events = path / names[2]
        except OSError:
            path.rmdir()
            raise

    @property
    def exceeded(self) -> bool:
        """Whether the kernel has killed for want of memory here."""
        try:
            words = dict(line.split() for line in self._events.read_text().splitlines())
        except (OSError, ValueError):
            return False
        return int(words.get("oom_kill", 0)) > 0

    def close(self) -> None:
        """Remove it, once its processes are gone."""
        for _ in range(500):
            try:
                self.path.rmdir()
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.01)
            else:
                return


def make_group(limit: int) -> Group | None:
    """A cgroup that holds its members to a limit in MiB, None where none can be made."""
    name = f"{PREFIX}{secrets.token_hex(8)}"
    for folder, version in _parents():
        with contextlib.suppress(OSError):
            group = Group(folder / name, version, limit)
            _tidy(folder)
            return group
    return None


def _tidy(folder: Path) -> None:
    """Remove groups whose gmbench was killed before it could; one with members stays by itself."""
    for old in folder.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - old.stat().st_mtime > STALE:
                old.rmdir()


def _parents() -> Iterator[tuple[Path, int]]:
    """Folders in which a cgroup with a limit on memory could be made, the nearest first."""
    try:
        rows = [line.split(":", 2) for line in Path("/proc/self/cgroup").read_text().splitlines()]
    except OSError:
        return
    for number, controllers, own in rows:
        if "memory" in controllers.split(","):
            yield MOUNT / "memory" / own.lstrip("/"), 1
        elif number == "0" and not controllers:
            folder = MOUNT / own.lstrip("/")
            # Who has members has no children with limits, so look further up.
            for place in (folder, *folder.parents):
                if not place.is_relative_to(MOUNT):
                    break
                with contextlib.suppress(OSError):
                    if "memory" in (place / "cgroup.subtree_control").read_text().split():
                        yield place, 2


class Watch:
    """Looks after the memory of a process and all that descend from it.

    Attributes:
        exceeded: whether they had more than the limit.
    """

    def __init__(self, pid: int, limit: int, stop: Callable[[], None]) -> None:
        """Begin to look.

        Args:
            pid: of the sandbox's first process.
            limit: in MiB.
            stop: called when it is passed.
        """
        self.exceeded = False
        self._over = threading.Event()
        self._pid, self._limit, self._stop = pid, limit * MIB, stop
        threading.Thread(target=self._look, name="gmbench-memory", daemon=True).start()

    def _look(self) -> None:
        while not self._over.wait(EVERY):
            members = family(self._pid)
            # What processes share since a fork counts once, which takes the kernel longer to tell.
            if all(sum(map(count, members)) > self._limit for count in (_resident, _proportional)):
                self.exceeded = True
                self._stop()
                return

    def close(self) -> None:
        """Look no more."""
        self._over.set()


def family(pid: int) -> list[int]:
    """A process and its descendants; orphans in a sandbox descend from its first process."""
    found = [pid]
    for member in found:
        found += children(member)
    return found


def children(pid: int) -> list[int]:
    """The processes that a process has started, and those that were handed to it; none if gone."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            text = Path(f"/proc/{pid}/task/{task}/children").read_text()
            found += [int(child) for child in text.split()]
    return found


def _resident(pid: int) -> int:
    """Bytes of memory that a process has and that no file on disk backs."""
    return _told(f"/proc/{pid}/status", ("RssAnon", "RssShmem"))


def _proportional(pid: int) -> int:
    """The same, of what several have an equal share each."""
    return _told(f"/proc/{pid}/smaps_rollup", ("Pss_Anon", "Pss_Shmem")) or _resident(pid)


def _told(path: str, names: tuple[str, ...]) -> int:
    """The sum of some rows of a table of kilobytes, in bytes; 0 where there is none."""
    try:
        rows = (row.split(":", 1) for row in Path(path).read_text().splitlines() if ":" in row)
        return sum(int(words.split()[0]) for name, words in rows if name in names) * 1024
    except (OSError, ValueError, IndexError):
        return 0  # it is gone, or may not be looked at
