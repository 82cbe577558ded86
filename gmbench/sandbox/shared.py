"""Memory that the parent writes and the worker can only read: a sealed memfd."""

from __future__ import annotations

import fcntl
import mmap
import os
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench.sandbox.wire import Layout

# Not all of Python 3.10 to 3.13 name them; the numbers are the kernel's, linux/fcntl.h.
F_ADD_SEALS: Final = 1033
F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_FUTURE_WRITE = 1, 2, 4, 16
SEALS: Final = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE


class Written:
    """The parent's side.

    The mapping is made before the seals are set, so that it alone stays writable: whoever gets the
    descriptor can neither write, nor map it to write, nor change its size under the parent's feet.

    Attributes:
        starts: uint64 of shape (num_envs, 2): slot and seed.
        observations: uint8 of shape (num_envs, *shape).
    """

    def __init__(self, layout: Layout) -> None:
        """Make the memory.

        Raises:
            OSError: the kernel cannot; Linux 5.1 is the first with all of the seals.
        """
        own = os.memfd_create("gmbench-observations", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.ftruncate(own, layout.size)
            self._map = mmap.mmap(own, layout.size)
            fcntl.fcntl(own, F_ADD_SEALS, SEALS)
            # A descriptor of its own, which is not open for writing in the first place.
            self._descriptor = os.open(f"/proc/self/fd/{own}", os.O_RDONLY | os.O_CLOEXEC)
        finally:
            os.close(own)
        self.starts, self.observations = _views(self._map, layout)

    def fileno(self) -> int:
        """The descriptor to hand over, open for reading."""
        return self._descriptor

    def close(self) -> None:
        """Close the descriptor; the memory goes with its last mapping."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def read_only(descriptor: int, layout: Layout) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """The worker's side: starts and observations, as in `Written`, not to be written to."""
    return _views(mmap.mmap(descriptor, layout.size, prot=mmap.PROT_READ), layout)


def _views(memory: mmap.mmap, layout: Layout) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    starts = np.frombuffer(memory, np.uint64, 2 * layout.num_envs).reshape(-1, 2)
    flat = np.frombuffer(memory, np.uint8, offset=layout.starts)
    return starts, flat.reshape(layout.num_envs, *layout.shape)
