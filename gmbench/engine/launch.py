"""Calling compiled kernels: through one address, on one thread or on several.

A kernel is a C function of three integers: the address of a table that says where its arrays lie,
which worker it is, and how many there are. Arrays handed over one by one would be compiled into a
wrapper for every world and every combination of kinds, and would cost more to hand over than a
small batch costs to step. The launcher that spreads workers over threads is compiled once for all
worlds, because it sees nothing but addresses.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np
from numba import cfunc, config, njit, prange, types
from numba.extending import intrinsic
from numpy.typing import NDArray

SIGNATURE: Final = types.void(types.intp, types.intp, types.intp)
ROW: Final = 4  # of a table: an array's address and up to three dimensions

_one_at_a_time = threading.Lock()  # numba's threads take one parallel kernel at a time
_SPINS: Final = ("GOMP_SPINCOUNT", "100000")
_started = False
_usual_spins: Final = contextlib.nullcontext()


class Kernel:
    """A compiled kernel, called with a table.

    Args:
        function: ``function(table, worker, workers)`` of a driver; compiled now, or taken from the
            disk if some process has compiled it before.
    """

    def __init__(self, function: Callable[[int, int, int], None]) -> None:
        if config.DISABLE_JIT:
            self._call: Callable[[int, int, int], None] = function
            return
        with quick_compilation():
            compiled = cfunc(SIGNATURE, cache=True)(function)
        self._compiled = compiled  # owns the code
        self._address = compiled.address
        self._call = compiled.ctypes

    def __call__(self, table: Table, workers: int) -> None:
        """Run it; other Python threads go on meanwhile.

        Args:
            table: its arrays.
            workers: on so many threads.
        """
        if workers == 1:
            self._call(table.address, 0, 1)
        elif config.DISABLE_JIT:
            for worker in range(workers):
                self._call(table.address, worker, workers)
        else:
            with _one_at_a_time, _usual_spins if _started else _short_spins():
                launch(self._address, table.address, workers)


@contextlib.contextmanager
def quick_compilation() -> Iterator[None]:
    """Let LLVM optimise at level 2: at 3 every world took a fifth longer to compile."""
    usual = config.OPT
    config.OPT = type(usual)(2)
    try:
        yield
    finally:
        config.OPT = usual


@contextlib.contextmanager
def _short_spins() -> Iterator[None]:
    """Let OpenMP's threads sleep soon when they wait for one another.

    By default they spin for milliseconds, which they take from each other where the machine has
    other work: a step of a busy two-core machine then took 25 ms instead of 0.1. The library reads
    this variable when it is loaded, by the first launch.
    """
    global _started
    if _started or any(name in os.environ for name in (_SPINS[0], "OMP_WAIT_POLICY")):
        yield
        return
    _started = True
    os.environ[_SPINS[0]] = _SPINS[1]
    try:
        yield
    finally:
        del os.environ[_SPINS[0]]


@functools.cache
def kernel(function: Callable[[int, int, int], None]) -> Kernel:
    """A driver's function as a kernel; taking one from the disk takes 20 ms, once a process."""
    return Kernel(function)


class Table:
    """Where contiguous arrays lie, and how large they are.

    Attributes:
        arrays: they themselves, kept alive.
        address: of an int64 array with a row of `ROW` for each: its address and its shape.
    """

    def __init__(self, arrays: Sequence[NDArray[Any]]) -> None:
        self.arrays = tuple(arrays)
        self._rows = np.zeros((len(arrays), ROW), np.int64)
        for row, array in zip(self._rows, arrays, strict=True):
            if not array.flags.c_contiguous:
                raise ValueError("kernels take contiguous arrays")
            row[0], row[1 : 1 + array.ndim] = array.ctypes.data, array.shape
        self.address = self._rows.ctypes.data


@intrinsic
def _pointer(typing: Any, address: Any) -> Any:
    """An address as a pointer, for `numba.carray`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(types.voidptr))

    return types.voidptr(types.intp), generate


def _plain_pointer(address: Any) -> ctypes.c_void_p:
    return ctypes.c_void_p(int(address))


pointer = _plain_pointer if config.DISABLE_JIT else _pointer


@intrinsic
def _take(typing: Any, counter: Any, many: Any) -> Any:
    """Add to the first of an array's integers, as one step that no thread sees half done."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.atomic_rmw("add", array.data, arguments[1], "monotonic")

    return types.int64(counter, types.int64), generate


def _plain_take(counter: NDArray[np.int64], many: int) -> int:
    before = int(counter[0])
    counter[0] = before + many
    return before


take = _plain_take if config.DISABLE_JIT else _take  # gives what the integer was before


@intrinsic
def _call_address(typing: Any, function: Any, table: Any, worker: Any, workers: Any) -> Any:
    """Call the kernel at an address."""
    from llvmlite import ir

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        word = context.get_value_type(types.intp)
        kind = ir.FunctionType(ir.VoidType(), [word, word, word])
        builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), arguments[1:])
        return context.get_constant(types.intp, 0)

    return types.intp(types.intp, types.intp, types.intp, types.intp), generate


def spread(function: Callable[..., Any]) -> Any:
    """A launcher compiled for several threads, and kept beside its file or in the user's cache.

    Where nothing can be written to either, every process compiles it anew, in a second or two.
    """
    try:
        return njit(cache=True, nogil=True, parallel=True)(function)
    except RuntimeError:  # numba found no place to keep it
        return njit(nogil=True, parallel=True)(function)


@spread
def launch(function: int, table: int, workers: int) -> int:
    """Call a kernel once for every worker, in parallel."""
    done = 0
    for worker in prange(workers):
        done += _call_address(function, table, worker, workers)
    return done
