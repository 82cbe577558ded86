"""What a worker does: one cell, on one thread, in a folder that appears when it is whole."""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
import traceback
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final, NoReturn

from gmbench import registry
from gmbench.atomic import write_text
from gmbench.errors import Interrupted
from gmbench.studies.cell import (
    AGENT,
    CELL,
    CHECKPOINTS,
    CURVE,
    EPISODES,
    LESSONS,
    RECORD,
    TIMING,
    Cell,
)
from gmbench.studies.folder import SweepFolder

ONE_THREAD: Final = {
    name: "1"
    for name in (
        "NUMBA_NUM_THREADS",
        "OMP_NUM_THREADS",
        "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
    )
}


def work(cell: Cell, folder: str) -> str | None:
    """Carry out a cell of a sweep in a folder on this machine.

    Returns:
        None; or, where it failed, why: a traceback, whose last line says most.
    """
    sweep = SweepFolder(folder)
    if sweep.place(cell).exists():
        return None  # by a process that did not live to tell
    sweep.note("begin", cell)
    try:
        with sweep.making(cell) as draft:
            carry_out(cell, draft)
    except Interrupted as stopped:
        _end(stopped)
    except Exception:
        return traceback.format_exc()
    sweep.note("end", cell)
    return None


def pack(cell: Cell) -> dict[str, bytes] | str:
    """Carry out a cell anywhere, and hand over the files of its folder; or why it failed."""
    try:
        with tempfile.TemporaryDirectory(prefix="gmbench-cell-") as folder:
            carry_out(cell, Path(folder))
            return {
                path.relative_to(folder).as_posix(): path.read_bytes()
                for path in sorted(Path(folder).rglob("*"))
                if path.is_file()
            }
    except Interrupted as stopped:
        _end(stopped)
    except Exception:
        return traceback.format_exc()


def unpack(files: dict[str, bytes], folder: Path) -> None:
    """Write what `pack` handed over into a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def carry_out(cell: Cell, folder: Path) -> None:
    """Train and evaluate a cell, in its study's own way or the usual one, into an empty folder."""
    import torch

    torch.set_num_threads(1)
    began = datetime.now(timezone.utc)
    way = (
        getattr(registry.STUDIES.load(cell.study), "run_cell", run_cell) if cell.study else run_cell
    )
    seconds = way(cell, folder)
    steps = int(_last_steps(folder))
    what = {"digest": cell.digest, "definition": cell.definition, "steps": steps}
    _write(folder / TIMING, {"started": _shown(began), "seconds": seconds, **_machine()})
    _write(folder / CELL, what)


def run_cell(cell: Cell, folder: Path) -> dict[str, float]:
    """The usual way: train by the recipe, then play the evaluation.

    Returns:
        What took how many seconds.
    """
    from gmbench.evaluation import evaluate
    from gmbench.training.run import train

    kept = cell.checkpoints
    times = [time.monotonic()]
    trained = train(
        cell.recipe,
        folder / AGENT,
        curve=folder / CURVE,
        checkpoints=None if kept is None else folder / CHECKPOINTS,
        every=kept,
    )
    if trained.lessons is not None:
        _write(folder / LESSONS, asdict(trained.lessons))
    times.append(time.monotonic())
    record = evaluate(
        {cell.recipe.pair: str(folder / AGENT)},
        cell.evaluation,
        episodes=folder / EPISODES,
    )
    record.save(folder / RECORD)
    times.append(time.monotonic())
    return {"train": round(times[1] - times[0], 3), "evaluate": round(times[2] - times[1], 3)}


def _end(stopped: Interrupted) -> NoReturn:
    """End this process, which was told to: its cell has not failed, and is tried again."""
    os._exit(128 + stopped.signal)


def _last_steps(folder: Path) -> int:
    from gmbench.training.curve import read_curve

    return read_curve(folder / CURVE)[-1].steps


def _machine() -> dict[str, Any]:
    from gmbench.provenance import hardware, software

    return {
        "python": platform.python_version(),
        "software": software().model_dump(mode="json"),
        "hardware": hardware().model_dump(mode="json"),
        "threads": os.environ.get("NUMBA_NUM_THREADS"),
    }


def _shown(time_: datetime) -> str:
    return time_.strftime("%Y-%m-%dT%H:%M:%SZ")


def _write(path: Path, value: dict[str, Any]) -> None:
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")
