"""The step between gmbench and bubblewrap: run as a script, it becomes bubblewrap.

Run by its path with ``python -I -S``, so that it starts in milliseconds: the standard library
alone, and nothing of gmbench. Its one argument is JSON: ``command`` (bubblewrap and its arguments),
``uid`` (whom to become; null for an ordinary user), ``show`` (pairs of a path and its name on the
stage), ``stage`` (a folder to lay over with the stage), ``group`` (a cgroup to join, or null) and
``parent`` (the process whose end is to be its end).

Root becomes an unprivileged user first, because no limit on processes holds for root. Such a user
cannot reach what lies under root's own folders, Python perhaps. So root binds what is to be shown
to a stage, in a mount namespace that dies with the sandbox.

Bubblewrap puts a process of its own beside the agent, first in the agent's namespace of processes,
and that one ends when gmbench does. But the agent could trace it, and bid it not to. So bubblewrap
is itself the first in a namespace around the agent's, which nobody in there sees, and with which
all end. An ordinary user who may not make one by other means than bubblewrap does without.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import sys
from collections.abc import Callable

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID = 0x20000, 0x10000000, 0x20000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
MS_NOSUID, MS_NODEV = 0x2, 0x4
PR_SET_PDEATHSIG = 1

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


def end_with(alive: Callable[[], bool]) -> None:
    """Be killed when the parent ends; `alive` tells whether it has ended by now."""
    call(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL), "prctl")
    if not alive():
        sys.exit(125)


def unshared(root: bool) -> bool:
    """Let the children to come have a namespace of processes; say whether they have.

    For an ordinary user it comes with a namespace of users, in which nobody changes.
    """
    own = f"{os.getuid()} {os.getuid()} 1", f"{os.getgid()} {os.getgid()} 1"
    if libc.unshare(CLONE_NEWPID | (0 if root else CLONE_NEWUSER)) != 0:
        return False
    if not root:
        for name, line in zip(("setgroups", "uid_map", "gid_map"), ("deny", *own), strict=True):
            try:
                with open(f"/proc/self/{name}", "w") as file:
                    file.write(line)
            except OSError:
                return False
    return True


def own_processes(root: bool) -> int | None:
    """Go on as the first process of a new namespace, while this one waits for its end.

    Returns:
        A descriptor that can be read once this process has ended; None where there is no namespace.
    """
    if not root:  # Ubuntu lets users make a namespace, and do nothing in it: tried by another
        trial = os.fork()
        if trial == 0:
            os._exit(0 if unshared(root) else 1)
        if os.waitpid(trial, 0)[1] != 0:
            return None
    if not unshared(root):
        raise OSError(ctypes.get_errno(), f"unshare: {os.strerror(ctypes.get_errno())}")
    life, mine = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(mine)
        return life
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os._exit(code if code >= 0 else 128 - code)


def main() -> None:
    """Become bubblewrap; a failure is one line on stderr and exit code 125."""
    plan = json.loads(sys.argv[1])
    root = plan["uid"] is not None
    try:
        end_with(lambda: os.getppid() == plan["parent"])
        if plan["group"] is not None:
            with open(os.path.join(plan["group"], "cgroup.procs"), "w") as members:
                members.write(str(os.getpid()))
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
            score.write("1000")  # where the machine runs out of memory, this goes first
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if root:
            build_stage(plan["stage"], plan["show"])
        life = own_processes(root)
        if root:
            become(plan["uid"])
        if life is not None:
            end_with(lambda: not select.select([life], [], [], 0)[0])
        os.execv(plan["command"][0], plan["command"])
    except OSError as error:
        print(f"gmbench launcher: {error.strerror or error}", file=sys.stderr)
        sys.exit(125)


if __name__ == "__main__":
    main()
