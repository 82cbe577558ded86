"""One running sandbox as its parent sees it: orders in, checked frames out, and why it ended."""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, NoReturn

from gmbench.errors import AgentError, AgentStopped, MissingPartError
from gmbench.hints import quoted
from gmbench.sandbox import wire
from gmbench.sandbox.calls import refused_calls
from gmbench.sandbox.command import DOCTOR, Data, Folder, launch
from gmbench.sandbox.limits import Limits
from gmbench.sandbox.memory import Group, Watch, children, make_group
from gmbench.sandbox.output import Output
from gmbench.sandbox.shared import Views, Written, memory_file
from gmbench.sandbox.wire import ACTIONS, FAILED, HEADER, HELLO, LEAVE, MAGIC, READY, Order

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
        self._lock, self._first, self._exceeded = threading.Lock(), -1, False
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
        assert self._child.stdout is not None
        self._output = Output(self._child.stdout, limits.output * 1024, self._kill)

    def _start(
        self, files: Sequence[Data | Folder], task: dict[str, Any], group: Group | None
    ) -> None:
        calls = memory_file(refused_calls())
        self._shared = Written()
        ears, self._orders = os.pipe()
        self._answers, voice = os.pipe()
        os.set_blocking(self._orders, False)
        data = [memory_file(file.content) for file in files if isinstance(file, Data)]
        given = {"orders": ears, "answers": voice, "memory": self._shared.fileno()}
        try:
            told = {**task, **given, "limits": self.limits.to_json()}
            path = None if group is None else group.path
            self._child = subprocess.Popen(
                launch(self.limits, files, data, calls, path, told),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(*given.values(), calls, *data),
                env={},
            )
        except BaseException:
            self._hang_up()
            raise
        finally:
            for descriptor in (ears, voice, calls, *data):
                os.close(descriptor)

    def ready(self) -> bytes:
        """What the agent says of itself, once it is loaded.

        Raises:
            MissingPartError: there is no sandbox on this machine.
            AgentStopped: it could not be loaded.
        """
        until = self._began + self.limits.start
        what = f"it was not loaded after {self.limits.start:,} s"
        self._frame(HELLO, 0, 0, until, what, before_hello=True)
        with contextlib.suppress(OSError, IndexError):  # it has ended, which will be seen
            self._first = os.pidfd_open(children(self._child.pid)[0])
        return self._frame(READY, 0, wire.MAX_READY, until, what)

    def seat(self, order: Order) -> tuple[Order, Views]:
        """Tell the worker to make a player, and give it a part of the memory.

        Args:
            order: all but the place.

        Returns:
            The order with the place, and the part, to be written to, as
            `gmbench.sandbox.shared.views` has it.

        Raises:
            AgentStopped: it does not take orders, or has ended.
            UsageError: there is no room for the player.
        """
        seated = replace(order, place=self._shared.take(order.layout))
        self.order(seated)
        return seated, self._shared.views(seated.place, seated.layout)

    def order(self, order: Order) -> None:
        """Tell the worker what to do.

        Raises:
            AgentStopped: it does not take orders, or has ended.
        """
        try:
            os.write(self._orders, order.packed())  # so short a text goes whole, or not at all
        except BlockingIOError:
            self.stop("it does not take orders")
        except OSError:
            self._ended()

    def leave(self, seated: Order) -> None:
        """Tell the worker to forget a player, if it still listens; never raises.

        Args:
            seated: as `seat` returned it.
        """
        self._shared.give_back(seated.place, seated.layout)
        with contextlib.suppress(OSError):
            os.write(self._orders, Order(LEAVE, seated.player).packed())

    def actions(self, sequence: int, num_envs: int) -> bytes:
        """The answer to a step: the bytes of num_envs 64-bit integers.

        Raises:
            AgentStopped: it gave none, or something else.
        """
        until = time.monotonic() + self.limits.step
        what = f"no answer for {self.limits.step:,} s"
        return self._frame(ACTIONS, sequence, 8 * num_envs, until, what)

    def quiet(self) -> None:
        """Check that nothing was sent that was not asked for.

        Raises:
            AgentStopped: it was, or it has ended.
            AgentError: it was closed here.
        """
        if self._answers < 0:
            raise AgentError(f"the sandbox of agent {self.name} was closed; make another player")
        if self._heard(0):
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
            if left <= 0 or not self._heard(left):
                self.stop(f"its {self.limits.wall:,} s in all are over" if until > end else what)
            chunk = os.read(self._answers, size - len(found))
            if not chunk:
                self._ended(before_hello)
            found += chunk
        return found

    def _heard(self, seconds: float) -> bool:
        """Whether something can be read, or the other end is closed, within some time."""
        ready = select.poll()  # select.select knows the first 1,024 descriptors alone
        ready.register(self._answers, select.POLLIN)
        return bool(ready.poll(math.ceil(seconds * 1000)))

    def _failed(self, text: bytes) -> NoReturn:
        """End it for what it said itself; that text is a stranger's."""
        said = text.decode(errors="replace")
        if said == "!memory":
            self.stop(f"it reached its memory limit of {self.limits.memory:,} MiB")
        if said == "!processes":
            self.stop(f"it reached its limit of {self.limits.processes:,} processes")
        # In quotes: whatever it says, it must not look as if gmbench said it.
        said = said.removeprefix(f"agent {self.name} ")
        shown = quoted(said, SAID)
        self.stop(f"it said {shown if len(shown) <= 2 * SAID else quoted(said)}")

    def _ended(self, before_hello: bool = False) -> NoReturn:
        """It ended by itself, or was ended: say why."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(5)
        code = self._child.poll()
        self.close()
        if before_hello and not self._exceeded:
            said = self._output.last_line() or "it said nothing"
            raise MissingPartError(f"no sandbox could be made: {said}; {DOCTOR}")
        self.stop(self._why(code))

    def _why(self, code: int | None) -> str:
        """What an exit code means; bubblewrap hands on signals as 128 + their number."""
        last = self._output.last_line()
        printed = "" if last is None else f", it had printed {last}"
        number = -code if code is not None and code < 0 else (code or 0) - 128
        if number == signal.SIGXCPU:
            return f"it used up its {self.limits.cpu:,} s of processor time"
        if number > 0:
            with contextlib.suppress(ValueError):
                return f"it crashed ({signal.Signals(number).name}){printed}"
        return f"it ended by itself (exit code {code}){printed}"

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
        if self._output.too_much:
            what = f"it printed more than {self.limits.output:,} KiB"
        raise AgentStopped(f"agent {self.name} was stopped: {what}")

    def close(self) -> None:
        """End the sandbox; may be called twice."""
        self._kill()
        self._child.wait()
        self._exceeded = self._exceeded or self._guard.exceeded
        self._guard.close()
        self._output.join(5)
        self._hang_up()

    def _hang_up(self) -> None:
        """Close this side's ends."""
        with self._lock:  # a watch may be about to kill
            for descriptor in (self._orders, self._answers, self._first):
                if descriptor >= 0:
                    os.close(descriptor)
            self._orders = self._answers = self._first = -1
        self._shared.close()

    def _kill(self) -> None:
        # The child's child is the first process of a namespace, which ends with it. It ends with
        # the child too, but where the agent is in that namespace, it may have untied it.
        with self._lock, contextlib.suppress(ProcessLookupError):
            self._child.kill()
            if self._first >= 0:
                signal.pidfd_send_signal(self._first, signal.SIGKILL)


def _garbage(data: bytes) -> str:
    return quoted(data[:16].hex(" "))
