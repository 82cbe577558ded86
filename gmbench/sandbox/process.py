"""One running sandbox as its parent sees it: orders in, checked frames out, and why it ended."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from gmbench.errors import AgentStopped, MissingPartError
from gmbench.hints import quoted
from gmbench.sandbox import wire
from gmbench.sandbox.command import DOCTOR, Data, Folder, launch
from gmbench.sandbox.limits import Limits
from gmbench.sandbox.memory import Group, Watch, make_group
from gmbench.sandbox.wire import ACTIONS, FAILED, HEADER, HELLO, MAGIC, READY, Order

TAIL: Final = 2_000  # bytes of what it printed that are kept
SAID: Final = 300  # characters of what it said of itself in a message


class Process:
    """A worker in its sandbox.

    Every wait has a deadline, every read a length; whatever is not as it must be ends the sandbox
    with everything in it, and an `AgentStopped` says in one line what it was.

    Attributes:
        name: of the agent, for messages.
        limits: what it may use.
        memory: "cgroup" or "watch": who limits what all its processes have together.
    """

    def __init__(
        self, name: str, limits: Limits, files: Sequence[Data | Folder], task: dict[str, Any]
    ) -> None:
        """Start it; it begins to load the agent at once.

        Args:
            name: of the agent.
            limits: what it may use.
            files: what it is shown of the agent.
            task: what the worker is told beside limits and descriptors.

        Raises:
            MissingPartError: there is no bubblewrap.
        """
        self.name, self.limits = name, limits
        self._began = time.monotonic()
        self._reason: str | None = None
        self._tail, self._printed = b"", 0
        self._exceeded = False
        group = make_group(limits.memory)
        try:
            self._start(files, task, group)
        except BaseException:
            if group is not None:
                group.close()
            raise
        self.memory = "watch" if group is None else "cgroup"
        self._guard: Group | Watch = (
            Watch(self._child.pid, limits.memory, self._kill) if group is None else group
        )
        self._drain = threading.Thread(target=self._draining, name="gmbench-output", daemon=True)
        self._drain.start()

    def _start(
        self, files: Sequence[Data | Folder], task: dict[str, Any], group: Group | None
    ) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        answers, voice = os.pipe()
        data = [_memory_file(file.content) for file in files if isinstance(file, Data)]
        try:
            told = {**task, "limits": self.limits.to_json()}
            told |= {"orders": theirs.fileno(), "answers": voice}
            path = None if group is None else group.path
            self._child = subprocess.Popen(
                launch(self.limits, files, data, path, told),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs.fileno(), voice, *data),
                env={},
                close_fds=True,
            )
        except BaseException:
            ours.close()
            os.close(answers)
            raise
        finally:
            theirs.close()
            os.close(voice)
            for descriptor in data:
                os.close(descriptor)
        ours.shutdown(socket.SHUT_RD)  # nothing is ever read here
        ours.setblocking(False)
        self._orders, self._answers = ours, answers

    def ready(self) -> bytes:
        """What the agent says of itself, once it is loaded.

        Raises:
            MissingPartError: there is no sandbox on this machine.
            AgentStopped: it could not be loaded.
        """
        until = self._began + self.limits.start
        what = f"it was not loaded after {self.limits.start:,} s"
        self._frame(HELLO, 0, 0, until, what, before_hello=True)
        return self._frame(READY, 0, wire.MAX_READY, until, what)

    def order(self, order: Order, descriptor: int | None = None) -> None:
        """Tell the worker what to do, and give it a descriptor."""
        try:
            descriptors = [] if descriptor is None else [descriptor]
            socket.send_fds(self._orders, [order.packed()], descriptors)
        except BlockingIOError:
            self.stop("it does not take orders")
        except OSError:
            self._ended()

    def leave(self, order: Order) -> None:
        """Tell the worker to forget a player, if it still listens; never raises."""
        with contextlib.suppress(OSError):
            self._orders.send(order.packed())

    def actions(self, sequence: int, num_envs: int) -> bytes:
        """The answer to a step: the bytes of num_envs 64-bit integers.

        Raises:
            AgentStopped: it gave none, or something else.
        """
        until = time.monotonic() + self.limits.step
        what = f"no answer for {self.limits.step:,} s"
        return self._frame(ACTIONS, sequence, 8 * num_envs, until, what)

    def quiet(self) -> None:
        """Check that nothing was sent that was not asked for."""
        if select.select([self._answers], [], [], 0)[0]:
            if not os.read(self._answers, 1):
                self._ended()
            self.stop("it sent an answer that nobody had asked for")

    def _frame(
        self,
        kind: int,
        sequence: int,
        size: int,
        until: float,
        what: str,
        before_hello: bool = False,
    ) -> bytes:
        """One frame of a kind; one that says `FAILED` ends it as well."""
        header = self._read(HEADER.size, until, what, before_hello)
        magic, found, length, nothing, number = HEADER.unpack(header)
        if found == FAILED and (magic, nothing) == (MAGIC, 0) and length <= wire.MAX_FAILED:
            self._failed(self._read(length, until, what))
        exact = length <= size if kind == READY else length == size
        if (magic, found, nothing, number) != (MAGIC, kind, 0, sequence) or not exact:
            self.stop(f"it sent {_garbage(header)}, which is no answer")
        return self._read(length, until, what)

    def _read(self, size: int, until: float, what: str, before_hello: bool = False) -> bytes:
        """So many bytes, before a time and before the time for all is up."""
        end = self._began + self.limits.wall
        found = b""
        while len(found) < size:
            left = min(until, end) - time.monotonic()
            if left <= 0 or not select.select([self._answers], [], [], left)[0]:
                self.stop(f"its {self.limits.wall:,} s in all are over" if until > end else what)
            chunk = os.read(self._answers, size - len(found))
            if not chunk:
                self._ended(before_hello)
            found += chunk
        return found

    def _failed(self, text: bytes) -> NoReturn:
        """End it for what it said itself; that text is a stranger's."""
        said = text.decode(errors="replace")
        if said == "!memory":
            self.stop(f"it reached its memory limit of {self.limits.memory:,} MiB")
        if said == "!processes":
            self.stop(f"it reached its limit of {self.limits.processes:,} processes")
        said = said.removeprefix(f"agent {self.name} ")
        shown = said if len(said) <= SAID else said[: SAID - 3] + "..."
        self.stop(shown if shown.isprintable() else ascii(shown))

    def _ended(self, before_hello: bool = False) -> NoReturn:
        """It ended by itself, or was ended: say why."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(5)
        code = self._child.poll()
        self.close()
        if before_hello and not self._exceeded:
            said = self._last_line()
            raise MissingPartError(f"no sandbox could be made: {said}; {DOCTOR}")
        self.stop(self._why(code))

    def _why(self, code: int | None) -> str:
        """What an exit code means; bubblewrap hands on signals as 128 + their number."""
        number = -code if code is not None and code < 0 else (code or 0) - 128
        if number == signal.SIGXCPU:
            return f"it used up its {self.limits.cpu:,} s of processor time"
        if number > 0:
            with contextlib.suppress(ValueError):
                return f"it crashed ({signal.Signals(number).name}){self._printed_last()}"
        return f"it ended by itself (exit code {code}){self._printed_last()}"

    def stop(self, what: str) -> NoReturn:
        """End the sandbox and everything in it.

        Args:
            what: the agent did; what went before and explains it is named instead.

        Raises:
            AgentStopped: always.
        """
        self.close()
        if self._exceeded:
            what = f"it reached its memory limit of {self.limits.memory:,} MiB"
        if self._reason is not None:
            what = self._reason
        raise AgentStopped(f"agent {self.name} was stopped: {what}")

    def close(self) -> None:
        """End the sandbox; may be called twice."""
        self._kill()
        self._child.wait()
        self._exceeded = self._exceeded or self._guard.exceeded
        self._guard.close()
        self._drain.join(5)
        self._orders.close()
        if self._answers >= 0:
            os.close(self._answers)
            self._answers = -1

    def _kill(self) -> None:
        # The first process takes all others of the sandbox with it: they live in its namespace.
        with contextlib.suppress(ProcessLookupError):
            self._child.kill()

    def _draining(self) -> None:
        """Keep the end of what it prints, and end it where it prints too much."""
        stream = self._child.stdout
        assert stream is not None
        with stream:
            while chunk := os.read(stream.fileno(), 65_536):
                self._printed += len(chunk)
                self._tail = (self._tail + chunk)[-TAIL:]
                if self._printed > self.limits.output * 1024 and self._reason is None:
                    self._reason = f"it printed more than {self.limits.output:,} KiB"
                    self._kill()

    def _last_line(self) -> str:
        lines = self._tail.decode(errors="replace").strip().splitlines()
        return quoted(lines[-1]) if lines else "it said nothing"

    def _printed_last(self) -> str:
        return f", it had printed {self._last_line()}" if self._tail.strip() else ""


def _memory_file(content: bytes) -> int:
    """A descriptor from which bubblewrap reads a file."""
    descriptor = os.memfd_create("gmbench-file", 0)
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _garbage(data: bytes) -> str:
    return quoted(data[:16].hex(" "))
