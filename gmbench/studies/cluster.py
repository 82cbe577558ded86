"""Cells on a Ray cluster, as tasks: Ray schedules them, and tries again where a worker dies.

Workers need not share a file system with whoever asks: a task hands over the files of its cell, and
they are written here.
"""

from __future__ import annotations

import os
import socket
import traceback
from collections.abc import Iterator, Sequence
from typing import Any, Final

from gmbench.errors import MissingPartError, UsageError
from gmbench.studies.cell import Cell
from gmbench.studies.folder import SweepFolder
from gmbench.studies.outcome import Outcome, Tell
from gmbench.studies.working import ONE_THREAD, pack, unpack

LOCAL: Final = "local"
AUTO: Final = "auto"  # what Ray calls the cluster that this machine is part of
PATIENCE: Final = 10  # seconds in which a cluster must answer
RETRIES: Final = 2  # deaths of a worker that Ray makes good


def run_on_ray(
    cells: Sequence[Cell], folder: SweepFolder, address: str, jobs: int | None, tell: Tell
) -> Iterator[Outcome]:
    """Carry out cells as tasks of a Ray cluster.

    Args:
        cells: what to carry out.
        folder: of the sweep, locked by the caller.
        address: of an existing cluster, or "local" for one on this machine that ends with the
            sweep.
        jobs: cores of a local cluster; None for all.
        tell: unused; Ray tells itself when a worker dies.

    Yields:
        How each cell ended, as it ends.

    Raises:
        MissingPartError: Ray is not installed.
        UsageError: there is no cluster at the address.
    """
    ray = _ray()
    _connect(ray, address, jobs)
    try:
        task = ray.remote(num_cpus=1, max_retries=RETRIES)(pack)
        running = {task.remote(cell): cell for cell in cells}
        for cell in cells:
            folder.note("submitted", cell)
        while running:
            done, _ = ray.wait(list(running))
            for reference in done:
                cell = running.pop(reference)
                yield Outcome(cell, _taken_in(ray, reference, cell, folder))
    finally:
        ray.shutdown()


def refuse_absent(address: str) -> None:
    """Refuse a cluster that cannot be reached, before anything is written.

    Ray itself would wait for it for minutes, deaf to Ctrl-C.

    Raises:
        MissingPartError: Ray is not installed.
        UsageError: it is no address, or nothing listens there.
    """
    ray = _ray()
    if address == LOCAL:
        return
    named = os.environ.get("RAY_ADDRESS", AUTO) if address == AUTO else address
    if named in ("", LOCAL, AUTO):
        _connect(ray, AUTO, None)  # Ray looks among this machine's processes, and finds at once
        ray.shutdown()
        return
    host, colon, port = named.removeprefix("ray://").rpartition(":")
    if not colon:
        raise UsageError(f"--ray {address}: give a cluster's address, HOST:PORT, or local")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE).close()
    except (OSError, ValueError, OverflowError) as error:
        raise UsageError(f"--ray {address}: no cluster answers there ({error})") from error


def _taken_in(ray: Any, reference: Any, cell: Cell, folder: SweepFolder) -> str | None:
    """Write what a task handed over; why it failed, where it did."""
    try:
        files = ray.get(reference)
    except ray.exceptions.RayError as error:
        return " ".join(str(error).split()) or type(error).__name__
    if isinstance(files, str):
        return files
    try:
        with folder.making(cell) as draft:
            unpack(files, draft)
    except OSError:
        return traceback.format_exc()
    folder.note("end", cell)
    return None


def _connect(ray: Any, address: str, jobs: int | None) -> None:
    environment = {"env_vars": dict(ONE_THREAD)}
    common: dict[str, Any] = {"runtime_env": environment, "log_to_driver": False}
    try:
        if address == LOCAL:
            ray.init(num_cpus=jobs, include_dashboard=False, logging_level="warning", **common)
        else:
            ray.init(address=address, logging_level="warning", **common)
    except (ConnectionError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise UsageError(f"--ray {address}: no cluster answers there ({reason})") from error


def _ray() -> Any:
    try:
        import ray
    except ModuleNotFoundError:
        raise MissingPartError(
            'Ray is not installed; run pip install "gmbench[ray]", or leave out --ray'
        ) from None
    return ray
