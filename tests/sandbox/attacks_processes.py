"""Attacks on other processes: their memory, their environment, their keys, their lives."""

from __future__ import annotations

import time
from pathlib import Path

from hostile import GHOST, SECRET, Attack, Target, said


def ghosts() -> list[int]:
    """The processes that call themselves so and are alive."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().partition(") ")
        except OSError:
            continue
        if name.endswith(f"({GHOST}") and not rest.startswith("Z"):
            found.append(int(stat.parent.name))
    return found


def left_behind(target: Target, _: str) -> bool:
    """Whether one outlives its parent by more than the moment that the kernel takes to end it."""
    until = time.monotonic() + 3
    while ghosts() and time.monotonic() < until:
        time.sleep(0.1)
    return bool(ghosts())


ATTACKS = (
    Attack(
        "kills-another-process",
        "kills a process of the user, gmbench perhaps",
        """
        def strike():
            os.kill(VICTIM, 9)
        """,
        "ProcessLookupError",
        lambda target, _: target.victim.poll() is not None,
    ),
    Attack(
        "traces-another-process",
        "attaches to a process by ptrace",
        """
        def strike():
            libc = ctypes.CDLL(None, use_errno=True)
            libc.ptrace.argtypes = [ctypes.c_long] * 4
            if libc.ptrace(16, VICTIM, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            libc.ptrace(17, VICTIM, 0, 0)
            raise RuntimeError("attached")
        """,
        "No such process|not permitted",
        said("attached"),
    ),
    Attack(
        "reads-anothers-memory",
        "reads the memory of a process",
        """
        def strike():
            with open(f"/proc/{VICTIM}/mem", "rb", 0) as memory:
                memory.seek(ADDRESS)
                raise RuntimeError("stole " + memory.read(len(SECRET)).decode())
        """,
        "FileNotFoundError|PermissionError",
        said(SECRET),
    ),
    Attack(
        "reads-anothers-environment",
        "reads the environment of a process",
        """
        def strike():
            for name in os.listdir("/proc"):
                if name == str(VICTIM):
                    raise RuntimeError("stole " + open(f"/proc/{name}/environ").read())
            raise RuntimeError("no such process")
        """,
        "no such process",
        said(SECRET),
    ),
    Attack(
        "reads-the-environment",
        "reads a token from the environment it was started in",
        """
        def strike():
            raise RuntimeError("stole " + os.environ["GMBENCH_TEST_TOKEN"])
        """,
        "KeyError",
        said(SECRET),
    ),
    Attack(
        "leaves-a-ghost",
        "leaves a process behind that outlives it",
        """
        def strike():
            haunt()
            raise RuntimeError("left a ghost")
        """,
        "left a ghost",
        left_behind,
    ),
    Attack(
        "unties-itself",
        "bids a process, here the one its sandbox ends with, to outlive its parent, and stays",
        """
        WORD = ctypes.c_ulong * 27

        def untie(pid):
            libc = ctypes.CDLL(None, use_errno=True)
            libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
            if libc.ptrace(16, pid, None, None) != 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            os.waitpid(pid, 0x40000000)
            before = WORD()
            libc.ptrace(12, pid, None, ctypes.addressof(before))
            now = WORD(*before)
            # prctl(PR_SET_PDEATHSIG, 0), by the system call that it waits in
            now[10], now[14], now[13], now[15], now[16] = 157, 1, 0, 2**64 - 1, before[16] - 2
            libc.ptrace(13, pid, None, ctypes.addressof(now))
            libc.ptrace(9, pid, None, None)
            os.waitpid(pid, 0x40000000)
            libc.ptrace(12, pid, None, ctypes.addressof(now))
            libc.ptrace(13, pid, None, ctypes.addressof(before))
            libc.ptrace(17, pid, None, None)
            return now[10] == 0

        def strike():
            inside = "gmbench.sandbox.worker" in sys.modules
            told = untie(1 if inside else VICTIM) if os.uname().machine == "x86_64" else None
            haunt()
            raise RuntimeError(f"untied: {told}")
        """,
        "untied: (True|None)|not permitted",
        left_behind,
    ),
    Attack(
        "steals-a-key",
        "reads a key from the kernel's keyring, where tickets and pass phrases lie",
        """
        def strike():
            libc = ctypes.CDLL(None, use_errno=True)
            number = {"x86_64": 250, "aarch64": 219}[os.uname().machine]
            found = libc.syscall(number, 10, -3, b"user", NAME.encode(), 0)
            if found < 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            held = ctypes.create_string_buffer(64)
            libc.syscall(number, 11, found, held, 64)
            raise RuntimeError("stole " + held.value.decode())
        """,
        "not permitted",
        said(SECRET),
    ),
    Attack(
        "makes-a-namespace",
        "makes a user namespace, to have root's rights in it",
        """
        def strike():
            libc = ctypes.CDLL(None, use_errno=True)
            if libc.unshare(0x10000000) != 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
            raise RuntimeError("made a namespace")
        """,
        "No space left|not permitted",
        said("made a namespace"),
    ),
    Attack(
        "walks-the-heap",
        "finds the harness's own objects in memory, with the condition that is played",
        """
        def strike():
            for found in gc.get_objects():
                if type(found).__name__ == "Task" or hasattr(type(found), "condition"):
                    raise RuntimeError("it plays the " + str(found.condition))
            raise RuntimeError("nothing to be found")
        """,
        "nothing to be found",
        said("it plays the test"),
    ),
)
