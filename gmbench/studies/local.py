"""Cells on this machine: spawned processes, one thread each.

Every process has an executor of its own, so that where one dies (of a full memory, or killed) it is
known with which cell, and the others work on.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from typing import Final

from gmbench.studies.cell import Cell
from gmbench.studies.folder import SweepFolder
from gmbench.studies.outcome import Outcome, Tell
from gmbench.studies.working import ONE_THREAD, work

TRIES: Final = 3  # deaths of a worker after which its cell has failed


def run_here(
    cells: Sequence[Cell], folder: SweepFolder, jobs: int, tell: Tell
) -> Iterator[Outcome]:
    """Carry out cells in processes of this machine.

    When the iterator is closed, or the caller is interrupted, the processes are killed; what they
    were making is lost, and nothing else.

    Args:
        cells: what to carry out.
        folder: of the sweep, locked by the caller.
        jobs: how many processes.
        tell: called with a line when a worker dies.

    Yields:
        How each cell ended, as it ends.
    """
    waiting = deque((cell, 1) for cell in cells)
    held, leash = multiprocessing.get_context("spawn").Pipe(duplex=False)
    idle = [_executor(held) for _ in range(min(jobs, len(cells)))]
    running: dict[Future[str | None], tuple[Cell, int, ProcessPoolExecutor]] = {}
    try:
        while waiting or running:
            while waiting and idle:
                (cell, attempt), executor = waiting.popleft(), idle.pop()
                future = executor.submit(work, cell, str(folder.path))
                running[future] = cell, attempt, executor
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                cell, attempt, executor = running.pop(future)
                try:
                    failure = future.result()
                except BrokenProcessPool:
                    executor.shutdown()
                    idle.append(_executor(held))
                    folder.note("died", cell, f"attempt={attempt}")
                    if attempt < TRIES:
                        tell(f"{cell.title}: its worker died; trying again")
                        waiting.appendleft((cell, attempt + 1))
                        continue
                    failure = f"its worker died {TRIES} times (killed, or out of memory)"
                else:
                    idle.append(executor)
                yield Outcome(cell, failure)
    finally:
        leash.close()  # ends the busy workers at once, and idle ones
        for executor in (*(executor for _, _, executor in running.values()), *idle):
            executor.shutdown(cancel_futures=True)
        held.close()


def _executor(held: Connection) -> ProcessPoolExecutor:
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=spawn, initializer=_prepare, initargs=(held,))


def _prepare(held: Connection) -> None:
    """What a worker does first, before it imports what counts threads."""
    os.environ.update(ONE_THREAD)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the driver's, which ends the workers
    threading.Thread(target=_end_with, args=(held,), daemon=True).start()


def _end_with(held: Connection) -> None:
    """End this process when the driver lets go of the other end of a pipe, or dies."""
    wait_for([held])
    os._exit(1)
