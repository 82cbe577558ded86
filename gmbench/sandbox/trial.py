"""Looks around in a sandbox and says what it found, as JSON; run there by its text alone.

Every wall is tried as an agent would: what it gets is the fault, "" where it gets nothing.
"""

import ctypes
import json
import os
import socket

CLONE_NEWUSER = 0x10000000


def writes(folder: str) -> str:
    """Whether a file can be made in a folder that nothing caps."""
    try:
        with open(os.path.join(folder, "trial"), "w"):
            return f"{folder} can be written to"
    except OSError:
        return ""


def capped(folder: str) -> str:
    """Whether a folder in memory has an end."""
    found = os.statvfs(folder)
    return "" if found.f_blocks * found.f_frsize <= 2**30 else f"{folder} has no end"


def connects() -> str:
    """Whether there is a network but the sandbox's own."""
    names = {name for _, name in socket.if_nameindex()}
    return "" if names <= {"lo"} else f"there are {', '.join(sorted(names))}"


def environment() -> str:
    """Whether it has any of the user's variables."""
    mine = {"HOME", "LC_ALL", "PATH", "PWD", "LC_CTYPE"}
    found = [name for name in os.environ if name not in mine and "NUM_THREADS" not in name]
    return f"it sees {', '.join(sorted(found)[:5])}" if found else ""


def processes() -> str:
    """Whether there are processes but the sandbox's own: its first, and this one."""
    found = [name for name in os.listdir("/proc") if name.isdigit()]
    return "" if len(found) <= 3 else f"it sees {len(found)} processes"


def namespaces() -> str:
    """Whether it can make a user namespace, in which it would have rights again."""
    failed = ctypes.CDLL(None).unshare(CLONE_NEWUSER)
    return "" if failed else "it can make user namespaces (bubblewrap before 0.8)"


def keys() -> str:
    """Whether it can reach the kernel's keyrings, which are the user's, whatever the namespaces."""
    keyctl = {"x86_64": 250, "aarch64": 219}[os.uname().machine]
    return "it can reach the user's keys" if ctypes.CDLL(None).syscall(keyctl, 0, -3, 0) > 0 else ""


def rights() -> str:
    """Whether it has any of root's rights."""
    with open("/proc/self/status") as status:
        held = next(line.split()[1] for line in status if line.startswith("CapEff"))
    return "" if int(held, 16) == 0 else f"it has the rights {held}"


def main() -> None:
    """Try every wall."""
    walls: dict[str, str] = {
        "nothing to write to": writes("/") or writes("/dev") or writes("/sandbox"),
        "scratch capped": capped("/tmp") or capped("/dev/shm"),
        "no network": connects(),
        "empty environment": environment(),
        "own processes only": processes(),
        "no rights": rights() or namespaces(),
        "no keys": keys(),
    }
    print(json.dumps({"uid": os.getuid(), "walls": list(walls), **walls}))


if __name__ == "__main__":
    main()
