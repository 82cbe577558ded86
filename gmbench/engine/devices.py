"""Where a batch can be played: on the processor's cores, or on a graphics card."""

from __future__ import annotations

import importlib.util
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from gmbench.engine.batch import Batch
from gmbench.errors import MissingPartError, UsageError

if TYPE_CHECKING:
    from gmbench.engine.cuda import CudaBatch

DEVICES: Final = ("cpu", "cuda")


def open_batch(
    module: ModuleType, num_envs: int, *, device: str = "cpu", **options: Any
) -> Batch | CudaBatch:
    """A batch of a native world on a device.

    Args:
        module: the world.
        num_envs: how many slots.
        device: "cpu" or "cuda".
        options: as for `gmbench.engine.abstract.AbstractBatch`; on the processor also
            ``threads``, see `gmbench.engine.batch.Batch`.

    Raises:
        UsageError: an argument is wrong, or there is no memory for so many slots.
        MissingPartError: the device is "cuda", and numba-cuda or a graphics card is not there.
    """
    if device not in DEVICES:
        raise UsageError(f"device={device!r}: choose one of {', '.join(DEVICES)}")
    if device == "cpu":
        try:
            return Batch(module, num_envs, **options)
        except MemoryError as error:
            raise UsageError(
                f"num_envs={num_envs}: there is no memory for so many of {module.NAME};"
                " take fewer, or smaller observations"
            ) from error
    if "threads" in options:
        raise UsageError("threads belong to device 'cpu'; leave them out on 'cuda'")
    missing = without_cuda()
    if missing is not None:
        raise MissingPartError(missing)
    from gmbench.engine.cuda import CudaBatch

    return CudaBatch(module, num_envs, **options)


def without_cuda() -> str | None:
    """Why nothing can be played on a graphics card here, in one line; None where it can."""
    if importlib.util.find_spec("numba_cuda") is None:
        return "device 'cuda' needs numba-cuda: pip install 'gmbench[cuda]'"
    from numba import cuda

    if not cuda.is_available():
        return "device 'cuda' needs an NVIDIA graphics card and its driver; none was found"
    return None
