"""Memory that the parent writes and a sandbox can only read, in descriptors without files."""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench.errors import UsageError
from gmbench.sandbox.wire import Layout

# Not all of Python 3.10 to 3.13 name them; the numbers are the kernel's, linux/fcntl.h.
F_ADD_SEALS: Final = 1033
F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_FUTURE_WRITE = 1, 2, 4, 16
SEALS: Final = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE

SIZE: Final = 2**30  # bytes; of these only what is written to takes memory
Views = tuple[NDArray[np.uint64], NDArray[np.uint8]]


class Written:
    """The parent's side: one memory, of which every player gets a part.

    It has its size and its seals before the worker is started, and is handed over then: nothing
    need be sent later, and at no time can the worker open it to write. The mapping is made before
    the seals are set, so that it alone stays writable: whoever gets the descriptor can neither
    write, nor map it to write, nor change its size under the parent's feet.
    """

    def __init__(self) -> None:
        """Make the memory.

        Raises:
            OSError: the kernel cannot; Linux 5.1 is the first with all of the seals.
        """
        self._end = 0
        self._free: dict[int, list[int]] = {}  # places given back, by size
        own = os.memfd_create("gmbench-observations", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(own, SIZE)
            self._map = mmap.mmap(own, SIZE)
            fcntl.fcntl(own, F_ADD_SEALS, SEALS)
            # A descriptor of its own, which is not open for writing in the first place.
            self._descriptor = os.open(f"/proc/self/fd/{own}", os.O_RDONLY | os.O_CLOEXEC)
        finally:
            os.close(own)

    def fileno(self) -> int:
        """The descriptor to hand over, open for reading."""
        return self._descriptor

    def close(self) -> None:
        """Let go of it; where views are left, the memory goes with the last of them."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            with contextlib.suppress(BufferError):
                self._map.close()

    def take(self, layout: Layout) -> int:
        """The place of a player's part, in bytes from the beginning.

        Raises:
            UsageError: there is no room for it.
        """
        free = self._free.get(layout.size)
        if free:
            return free.pop()
        place = self._end
        if place + layout.size > SIZE:
            raise UsageError(
                f"{layout.num_envs:,} observations of shape {layout.shape} do not fit into the"
                f" sandbox's {SIZE // 2**20:,} MiB; choose a smaller batch_size"
            )
        self._end = -(-(place + layout.size) // mmap.PAGESIZE) * mmap.PAGESIZE
        return place

    def give_back(self, place: int, layout: Layout) -> None:
        """Let another player of the same layout have the place."""
        self._free.setdefault(layout.size, []).append(place)

    def views(self, place: int, layout: Layout) -> Views:
        """A player's part, to be written to; as in `views`."""
        return views(self._map, place, layout)


def read_only(descriptor: int) -> mmap.mmap:
    """The worker's side, not to be written to."""
    return mmap.mmap(descriptor, SIZE, prot=mmap.PROT_READ)


def views(memory: mmap.mmap, place: int, layout: Layout) -> Views:
    """Starts, uint64 of shape (num_envs, 2): slot and seed; observations, (num_envs, *shape)."""
    starts = np.frombuffer(memory, np.uint64, 2 * layout.num_envs, place)
    size = layout.size - layout.starts
    observations = np.frombuffer(memory, np.uint8, size, place + layout.starts)
    return starts.reshape(-1, 2), observations.reshape(layout.num_envs, *layout.shape)


def memory_file(content: bytes) -> int:
    """A descriptor from which bubblewrap reads a file."""
    descriptor = os.memfd_create("gmbench-file")
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
