"""Attacks on the memory that an agent shares with its parent."""

from __future__ import annotations

import os

from hostile import Attack, Target

SHARED = """
def shared_memory():
    last = OSError("there is none")
    for descriptor in range(3, 256):
        try:
            if "memfd" in os.readlink(f"/proc/self/fd/{descriptor}"):
                return os.open(f"/proc/self/fd/{descriptor}", os.O_RDWR)
        except OSError as error:
            last = error
    raise last
"""


def truncated(target: Target, _: str) -> bool:
    return os.fstat(target.memory).st_size == 0


def overwritten(target: Target, _: str) -> bool:
    return os.pread(target.memory, 5, 0) == b"bogus"


ATTACKS = (
    Attack(
        "truncates-shared-memory",
        "truncates the memory under its parent's feet, which dies of it",
        SHARED
        + """
def strike():
    os.ftruncate(shared_memory(), 0)
""",
        "not permitted",
        truncated,
    ),
    Attack(
        "writes-shared-memory",
        "changes what its parent has written",
        SHARED
        + """
def strike():
    memory = shared_memory()
    mmap.mmap(memory, 5, prot=mmap.PROT_READ | mmap.PROT_WRITE)[:] = b"bogus"
""",
        "not permitted|PermissionError",
        overwritten,
    ),
    Attack(
        "unlocks-shared-memory",
        "maps what its parent has written to read it, then takes the lock off",
        SHARED
        + """
def strike():
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    place = libc.mmap(None, 4096, mmap.PROT_READ, mmap.MAP_SHARED, shared_memory(), 0)
    if libc.mprotect(place, 4096, mmap.PROT_READ | mmap.PROT_WRITE) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    ctypes.memmove(place, b"bogus", 5)
""",
        "Permission denied|not permitted",
        overwritten,
    ),
    Attack(
        "punches-a-hole",
        "punches a hole into shared memory, which turns it to zeros",
        SHARED
        + """
def strike():
    libc = ctypes.CDLL(None, use_errno=True)
    libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
    if libc.fallocate(shared_memory(), 3, 0, 4096) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
""",
        "not permitted",
        lambda target, _: os.pread(target.memory, 6, 0) == bytes(6),
    ),
)
