"""The system calls that the sandbox refuses, made one by one."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hostile import SMALL, play

from gmbench.errors import AgentStopped
from gmbench.sandbox.calls import NUMBERS, X32

CALLS = """
import ctypes

def told(number):
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.argtypes = [ctypes.c_long] * 7
    found = libc.syscall(number, -1, 0, 0, 0, 0, 0)
    return ctypes.get_errno() if found < 0 else 0

class Agent:
    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        raise RuntimeError([told(number) for number in {numbers}])
"""


@pytest.mark.usefixtures("sandbox_is_there")
def test_they_are_refused_and_others_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = os.uname().machine
    refused, close = NUMBERS[machine][1], {"x86_64": 3, "aarch64": 57}[machine]
    numbers = [*refused, close]
    expected = [errno.EPERM] * len(refused) + [errno.EBADF]
    if machine == "x86_64":
        numbers.append(X32 + close)
        expected.append(errno.EPERM)
    (tmp_path / "calling.py").write_text(CALLS.format(numbers=numbers))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AgentStopped) as caught:
        play("calling:Agent", SMALL)
    assert str(expected) in str(caught.value)
