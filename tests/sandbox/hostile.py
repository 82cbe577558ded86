"""What an attack is, what it strikes at, and how it runs outside and inside the sandbox."""

from __future__ import annotations

import os
import pickle
import re
import secrets
import select
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import keys
import numpy as np
import pytest

from gmbench.errors import AgentStopped
from gmbench.sandbox import Limits, sandboxed

OUTSIDE = Path(__file__).with_name("outside.py")
SECRET = "the-secret-of-this-machine"
GHOST = f"gmb-{os.getpid()}"  # how attacks call what they leave; files of tests run side by side
SMALL = Limits(
    memory=320, processes=24, cpu=60, start=120, step=60, scratch=8, output=256, files=64
)

AGENT = '''
import ctypes, errno, gc, mmap, os, socket, struct, sys, time
import numpy as np

{constants}


def haunt():
    """Leave a process behind that is named as a ghost, and holds nothing open."""
    if os.fork() == 0:
        os.setsid()
        ctypes.CDLL(None).prctl(15, GHOST.encode(), 0, 0, 0)
        null = os.open("/dev/null", os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.closerange(3, 256)
        time.sleep(600)
        os._exit(0)


{code}


class Agent:
    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        sent = strike()
        return (np.zeros(len(observation), int) if sent is None else sent), state
'''

VICTIM = """
import ctypes, sys
secret = bytearray(b"the-secret-of-this-machine")
ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1))  # whoever may, may trace it
print(ctypes.addressof(ctypes.c_char.from_buffer(secret)), flush=True)
sys.stdin.read()
"""


class Target:
    """Harmless things to strike at: files, a process, listening sockets, a pipe, memory, a key.

    Attributes:
        home: a folder with a secret, a record and a library.
        victim: a process that holds the secret in its memory and its environment.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / "secret.txt").write_text(SECRET)
        (home / "record.json").write_text(f'{{"score": "{SECRET}"}}')
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.setblocking(False)
        self.name = f"gmbench-{secrets.token_hex(8)}"
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind("\0" + self.name)
        self.abstract.listen()
        self.key = keys.add(self.name, SECRET)
        self.victim = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", VICTIM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"SECRET": SECRET},
            text=True,
        )
        assert self.victim.stdout is not None
        self.address = int(self.victim.stdout.readline())
        # What an agent without a wall could get hold of: a pipe to its parent, a socket, and
        # shared memory.
        self.pipe, self.pipe_end = os.pipe()
        self.socket, self.socket_end = socket.socketpair()
        self.memory = os.memfd_create("shared")
        os.write(self.memory, b"honest" * 1000)

    def constants(self) -> str:
        values = {
            "HOME": str(self.home),
            "PORT": self.listener.getsockname()[1],
            "VICTIM": self.victim.pid,
            "ADDRESS": self.address,
            "SECRET": SECRET,
            "NAME": self.name,
            "GHOST": GHOST,
        }
        return "\n".join(f"{name} = {value!r}" for name, value in values.items())

    def close(self) -> None:
        self.victim.kill()
        self.victim.communicate()
        keys.remove(self.key)
        for one in (self.listener, self.abstract, self.socket, self.socket_end):
            one.close()
        for descriptor in (self.pipe, self.pipe_end, self.memory):
            os.close(descriptor)

    def called(self) -> bool:
        """Whether somebody connected."""
        try:
            self.listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True

    def piped(self) -> bytes:
        """What came through the pipe."""
        if not select.select([self.pipe], [], [], 0)[0]:
            return b""
        return os.read(self.pipe, 65_536)


Sign = Callable[[Target, str], bool]  # of success, from the target and what was said


def said(text: str) -> Sign:
    return lambda _, heard: text in heard


@dataclass(frozen=True)
class Attack:
    """One attack.

    Attributes:
        name: for the table.
        does: what it does where nothing holds it.
        code: Python that defines ``strike()``, called in every step.
        line: what the one line about it matches.
        happened: whether it succeeded.
        limits: of its sandbox.
        timeout: seconds after which it counts as endless outside.
        checked: whether gmbench checks its actions in its own process outside.
    """

    name: str
    does: str
    code: str
    line: str
    happened: Sign
    limits: Limits = field(default=SMALL)
    timeout: float = 120
    checked: bool = False

    @property
    def module(self) -> str:
        return "hostile_" + self.name.replace("-", "_")

    def write(self, target: Target) -> None:
        code = textwrap.dedent(self.code)
        text = AGENT.format(constants=target.constants(), code=code)
        (target.home / f"{self.module}.py").write_text(text)

    def outside(self, target: Target) -> str:
        """Run it in a plain process; what was said, "endless" where it did not come back."""
        command = [sys.executable, "-B", str(OUTSIDE), str(target.home), self.module]
        given = (target.pipe_end, target.socket_end.fileno(), target.memory)
        try:
            done = subprocess.run(
                [*command, *(["--gmbench"] if self.checked else [])],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=given,
                timeout=self.timeout,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        except subprocess.TimeoutExpired:
            return "endless"
        return done.stdout.decode(errors="replace") + f"\nexit code {done.returncode}"

    def inside(self, target: Target) -> str:
        """Let it play in a sandbox; the one line about it."""
        with pytest.raises(AgentStopped) as caught:
            play(f"{self.module}:Agent", self.limits)
        return str(caught.value)


def play(source: str, limits: Limits, steps: int = 10) -> None:
    """Play a few steps in a world of four actions."""
    agent = sandboxed(source, limits=limits)
    with agent:
        player = agent.player(4, True)
        player.num_actions = 4
        for slot in range(4):
            player.begin(slot, slot)
        for _ in range(steps):
            player.act(np.zeros((4, 3, 9, 9), np.uint8))


def one_line(message: str, pattern: str) -> None:
    """Checks the form of what is said of a bad agent."""
    assert message.isprintable() and len(message) < 700, message
    assert re.search(pattern, message), message


@contextmanager
def targeted(home: Path) -> Iterator[Target]:
    target = Target(home)
    try:
        yield target
    finally:
        target.close()


def unpickled(data: bytes) -> bool:
    """A naive harness that takes whatever comes through its pipe."""
    try:
        pickle.loads(data)
    except Exception:
        return False
    return True
