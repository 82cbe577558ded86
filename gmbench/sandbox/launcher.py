"""The step between gmbench and bubblewrap: run as a script, it becomes bubblewrap.

Run by its path with ``python -I -S``, so that it starts in milliseconds: the standard library
alone, and nothing of gmbench. Its one argument is JSON: ``command`` (bubblewrap and its arguments),
``uid`` (whom to become; null for an ordinary user), ``show`` (pairs of a path and its name on the
stage), ``stage`` (a folder to lay over with the stage) and ``group`` (a cgroup to join, or null).

Root becomes an unprivileged user first, because no limit on processes holds for root. Such a user
cannot reach what lies under root's own folders, Python perhaps. So root binds what is to be shown
to a stage, in a mount namespace that dies with the sandbox.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import sys

CLONE_NEWNS = 0x20000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MS_NOSUID, MS_NODEV = 0x2, 0x4

libc = ctypes.CDLL(None, use_errno=True)


def call(result: int, what: str) -> None:
    """Raises OSError where a call of the C library failed."""
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """Mount, as the system call does."""
    text = [part.encode() if part is not None else None for part in (source, target, kind)]
    call(libc.mount(*text, ctypes.c_ulong(flags), options.encode()), f"mount {target}")


def build_stage(stage: str, show: list[list[str]]) -> None:
    """Bind paths to numbered names in a folder that only this process and its children see."""
    call(libc.unshare(CLONE_NEWNS), "unshare")
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    # Opened before the stage covers what may lie beneath it.
    opened = [(os.open(path, os.O_PATH), name) for path, name in show]
    mount("stage", stage, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m")
    for descriptor, name in opened:
        target = os.path.join(stage, name)
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):
            os.mkdir(target, 0o755)
        else:
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
        mount(f"/proc/self/fd/{descriptor}", target, None, MS_BIND)
        os.close(descriptor)


def become(uid: int) -> None:
    """Be a user without rights, and without a way back."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def main() -> None:
    """Become bubblewrap; a failure is one line on stderr and exit code 125."""
    plan = json.loads(sys.argv[1])
    try:
        if plan["group"] is not None:
            with open(os.path.join(plan["group"], "cgroup.procs"), "w") as members:
                members.write(str(os.getpid()))
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
            score.write("1000")  # where the machine runs out of memory, this goes first
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if plan["uid"] is not None:
            build_stage(plan["stage"], plan["show"])
            become(plan["uid"])
        os.execv(plan["command"][0], plan["command"])
    except OSError as error:
        print(f"gmbench launcher: {error.strerror or error}", file=sys.stderr)
        sys.exit(125)


if __name__ == "__main__":
    main()
