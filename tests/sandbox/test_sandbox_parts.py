"""The parts of the sandbox that can be seen to work without one."""

from __future__ import annotations

import fcntl
import mmap
import os
import subprocess
import sys
import time

import numpy as np
import pytest
from gymnasium import spaces

from gmbench.agents.base import AgentSpec
from gmbench.errors import AgentError, UsageError
from gmbench.sandbox import Limits, read_limits
from gmbench.sandbox.identity import NOBODY, PRIVATE, draw
from gmbench.sandbox.memory import Watch, family
from gmbench.sandbox.shared import F_ADD_SEALS, SIZE, Written, read_only, views
from gmbench.sandbox.spec import describe, understood
from gmbench.sandbox.wire import SEAT, Layout, Order

SPEC = AgentSpec(
    name="a",
    kind="sb3",
    algorithm="PPO",
    digest=None,
    observation_space=spaces.Box(0, 1, (3, 9, 9), np.uint8),
    action_space=spaces.Discrete(4),
    recurrent=True,
    details={"policy": "ActorCriticPolicy", "num_timesteps": 7, "kept": "here"},
)


def test_an_order_survives_the_wire() -> None:
    order = Order(SEAT, 2**32 - 1, 2**40, 3, 2**29, 256, 1, 15, (3, 9, 9))
    assert Order.of(order.packed()) == order


def test_sealed_memory_can_be_read_and_nothing_else() -> None:
    layout, written = Layout(2, (3,)), Written()
    own = os.open(f"/proc/self/fd/{written.fileno()}", os.O_RDWR)
    try:
        memory = read_only(own)
        for place in (written.take(layout), written.take(layout)):
            mine = written.views(place, layout)
            mine[1][:] = [[1, 2, 3], [4, 5, 6]]
            mine[0][0] = 1, 2**64 - 1
            starts, observations = views(memory, place, layout)
            assert starts[0].tolist() == [1, 2**64 - 1]
            mine[1][0] = 9
            assert observations.tolist() == [[9, 9, 9], [4, 5, 6]], "it is one memory"
            with pytest.raises(ValueError, match="read-only"):
                observations[0] = 0
        for attempt in (
            lambda: os.ftruncate(own, 0),
            lambda: os.ftruncate(own, SIZE + 4096),
            lambda: os.write(own, b"x"),
            lambda: mmap.mmap(own, SIZE),
            lambda: fcntl.fcntl(own, F_ADD_SEALS, 0),
        ):
            with pytest.raises(PermissionError):
                attempt()
    finally:
        os.close(own)
        written.close()


def test_the_memory_is_given_out_in_parts_and_has_an_end() -> None:
    layout, written = Layout(256, (64, 64, 3)), Written()
    first, second = written.take(layout), written.take(layout)
    assert second >= first + layout.size
    written.give_back(first, layout)
    assert written.take(Layout(8, (3,))) > second, "a place is kept for its size"
    assert written.take(layout) == first
    with pytest.raises(UsageError, match="smaller batch_size"):
        written.take(Layout(2**17, (64, 64, 3)))
    written.close()


def test_a_spec_survives_being_told() -> None:
    again = understood(describe(SPEC), "a", "sb3", None, {"kept": "here"})
    assert again == SPEC


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"algorithm": null}',
        b'{"algorithm": NaN}',
        b"[" * 10_000,
        describe(SPEC).replace(b'"PPO"', b'"<script>"' * 9),
        describe(SPEC).replace(b"[3,9,9]", b"[65536,65536,65536]"),
        describe(SPEC).replace(b'"low":0.0', b'"low":2.0'),
        describe(SPEC).replace(b'"recurrent":true', b'"recurrent":1'),
        describe(SPEC).replace(b"{", b'{"reward": 1,', 1),
    ],
)
def test_what_is_told_wrongly_is_refused(text: bytes) -> None:
    with pytest.raises(AgentError) as caught:
        understood(text, "a", "sb3", None, {})
    assert str(caught.value).isprintable() and len(str(caught.value)) < 400


def test_limits_are_read_by_name() -> None:
    assert read_limits(["memory=8192", "step=60"]) == Limits(memory=8192, step=60)
    assert read_limits(None) == Limits()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("texts", "says"),
    [
        (["memory"], "must be NAME=NUMBER"),
        (["memory=4G"], "must be NAME=NUMBER"),
        (["memroy=4"], "did you mean memory"),
        (["step=1", "step=2"], "given twice"),
        (["step=0"], "from 1 to 1,000,000,000"),
        (["step=9999999999"], "from 1 to 1,000,000,000"),
    ],
)
def test_limits_that_are_none_are_refused(texts: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        read_limits(texts)


def test_root_becomes_a_user_that_exists_and_nobody_has() -> None:
    whole = "         0          0 4294967295\n"
    assert draw(whole) in PRIVATE
    assert draw(whole) != draw(whole)
    container = {draw("0 100000 65536\n") for _ in range(200)}
    assert container <= set(range(32_768, 65_536)) - {NOBODY}


def test_the_watch_ends_what_takes_too_much_together() -> None:
    """Three processes of 40 MiB each: none of them is much."""
    code = """
import os, time
for _ in range(2):
    if os.fork() == 0:
        break
held = bytearray(b"x" * 40 * 2**20)
print("held", flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-S", "-c", code], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for _ in range(3):
            child.stdout.readline()
        members = family(child.pid)
        assert len(members) == 3
        watch = Watch(child.pid, 100, lambda: [os.kill(pid, 9) for pid in members] and None)
        deadline = time.monotonic() + 60
        while not watch.exceeded and time.monotonic() < deadline:
            time.sleep(0.05)
        watch.close()
    assert watch.exceeded
