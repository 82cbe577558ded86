"""A key in the kernel's keyring, for agents to steal; it belongs to nobody else."""

from __future__ import annotations

import ctypes
import os

ADD_KEY, KEYCTL = {"x86_64": (248, 250), "aarch64": (217, 219)}[os.uname().machine]
UNLINK, SESSION = 9, -3

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def add(name: str, secret: str) -> int:
    """The number of a new key in the session's keyring."""
    data = secret.encode()
    found: int = libc.syscall(ADD_KEY, b"user", name.encode(), data, len(data), SESSION)
    assert found > 0, os.strerror(ctypes.get_errno())
    return found


def remove(key: int) -> None:
    libc.syscall(KEYCTL, UNLINK, key, SESSION)
