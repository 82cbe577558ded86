"""`run_sweep`: carries out the cells that are not there yet, and gathers the figures of all."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gmbench.errors import UsageError
from gmbench.provenance import cores
from gmbench.studies.cell import SHOWN, Cell, Finished, finished
from gmbench.studies.folder import SweepFolder
from gmbench.studies.outcome import Outcome
from gmbench.studies.results import results, write_results
from gmbench.studies.sweep import Sweep


@dataclass(frozen=True)
class News:
    """Something that happened while a sweep runs.

    Attributes:
        done, failed, total: cells so far, and of the whole sweep.
        line: what happened, for a person; "" at the start.
        finished: the cell that was finished, None where none was.
    """

    done: int
    failed: int
    total: int
    line: str = ""
    finished: Finished | None = None


@dataclass(frozen=True)
class Swept:
    """A sweep that has come to its end.

    Attributes:
        results: what was written to ``path``.
        failures: cells that failed, and why.
        ran: how many cells were carried out now; the others had been before.
    """

    path: Path
    results: dict[str, Any]
    failures: tuple[Outcome, ...]
    ran: int


def run_sweep(
    sweep: Sweep,
    folder: str | os.PathLike[str],
    *,
    jobs: int | None = None,
    ray: str | None = None,
    news: Callable[[News], None] = lambda _: None,
) -> Swept:
    """Carry out a sweep, or what is left of it, and write its results.

    A cell is trained and evaluated on one thread and its folder appears when it is whole. Finished
    cells are never run again; a failed one stops no other, and is tried again next time.

    Args:
        sweep: what to run.
        folder: where cells and results are kept; made where it is not there.
        jobs: processes at once, or cores of a Ray cluster on this machine; by default one for each
            core.
        ray: the address of a Ray cluster, or "local" for one on this machine; None for processes.
        news: called when something happened.

    Raises:
        UsageError: the folder cannot be written to or is in use, or the sweep has a mistake.
        MissingPartError: Ray is asked for and not installed.
    """
    if jobs is not None and jobs < 1:
        raise UsageError(f"jobs={jobs}: a sweep needs one process at least")
    if ray is not None:
        from gmbench.studies.cluster import LOCAL, refuse_absent

        if jobs is not None and ray != LOCAL:
            raise UsageError(f"--jobs: the cluster at {ray} says how many it runs; leave it out")
        refuse_absent(ray)
    cells = sweep.cells()
    place = SweepFolder(folder)
    with place.locked():
        place.clear()
        damaged = list[str]()
        there = place.finished(cells, damaged.append)
        left = [cell for cell in cells if cell.digest not in there]
        for cell in cells:
            if cell.digest in there:  # by a driver that did not live to forget that it once failed
                place.note_failure(cell, None)
        tally = _Tally(place, len(there), len(cells), news)
        for line in damaged:
            tally.tell(line)
        try:
            with closing(_outcomes(left, place, jobs, ray, tally.tell)) as outcomes:
                for outcome in outcomes:
                    tally.take(outcome)
        except BaseException:
            if tally.ran:
                _gather(sweep, cells, place)
            raise
        finally:
            place.clear()
        found = _gather(sweep, cells, place)
    return Swept(place.results(sweep.name), found, tuple(tally.failures), tally.ran)


class _Tally:
    """Counts cells as they end, and tells the news."""

    def __init__(
        self, place: SweepFolder, there: int, total: int, news: Callable[[News], None]
    ) -> None:
        self.ran, self.failures = 0, list[Outcome]()
        self._place, self._there, self._total, self._news = place, there, total, news
        self.tell("")

    def tell(self, line: str, finished: Finished | None = None) -> None:
        """Pass on a line."""
        done = self._there + self.ran
        self._news(News(done, len(self.failures), self._total, line, finished))

    def take(self, outcome: Outcome) -> None:
        """Note how a cell ended."""
        cell, failure = outcome.cell, outcome.failure
        self._place.note_failure(cell, failure)
        if failure is not None:
            self._place.note("failed", cell)
            self.failures.append(outcome)
            self.tell(f"{cell.title}: failed: {last_line(failure)}")
        else:
            self.ran += 1
            one = finished(cell, self._place.place(cell))
            self.tell(sentence(one), one)


def last_line(failure: str) -> str:
    """What says most of why a cell failed."""
    lines = [line for line in failure.splitlines() if line.strip()]
    return lines[-1].strip() if lines else failure


def sentence(one: Finished) -> str:
    """What came of a cell, in a line."""
    told = [
        f"{name} {one.value(name):.2f}"
        for name in (*SHOWN, one.score)
        if one.value(name) is not None
    ]
    return f"{one.cell.title}: {', '.join(told)}"


def _outcomes(
    cells: Sequence[Cell],
    place: SweepFolder,
    jobs: int | None,
    ray: str | None,
    tell: Callable[[str], None],
) -> Generator[Outcome, None, None]:
    if ray is not None and cells:
        from gmbench.studies.cluster import run_on_ray

        yield from run_on_ray(cells, place, ray, jobs, tell)
    elif cells:
        from gmbench.studies.local import run_here

        yield from run_here(cells, place, jobs or cores(), tell)


def _gather(sweep: Sweep, cells: Sequence[Cell], place: SweepFolder) -> dict[str, Any]:
    there = place.finished(cells)
    done = [finished(cell, there[cell.digest]) for cell in cells if cell.digest in there]
    found = results(sweep, cells, done)
    write_results(place.results(sweep.name), found)
    return found
