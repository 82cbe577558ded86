"""``kill -9`` at random moments: no cell is lost, half written, or run again when it has ended."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from small_sweeps import twenty_four

from gmbench.studies import Swept

KILLS = 20
LATEST = {"begin": 1.5, "end": 0.3}  # seconds after a cell has begun, or ended
TOO_LONG = 900.0  # seconds


def events(out: Path) -> list[tuple[str, str, int]]:
    """Event, cell and process of every line of the log."""
    log = out / "sweep.log"
    lines = log.read_text().splitlines() if log.exists() else []
    parts = [line.split() for line in lines]
    return [(event, cell, int(pid.removeprefix("pid="))) for _, event, cell, pid, *_ in parts]


def finished(out: Path) -> dict[str, tuple[int, int]]:
    """Of every finished cell, what would change if it were made again."""
    cells = out / "cells"
    return {
        folder.name: (folder.stat().st_ino, (folder / "timing.json").stat().st_mtime_ns)
        for folder in (cells.iterdir() if cells.is_dir() else ())
        if not folder.name.startswith(".")
    }


def alive(pid: int) -> bool:
    """Whether a process runs, and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


class Killer:
    """Runs the sweep and kills its driver or a worker, until enough were killed."""

    def __init__(self, sweep: Path, out: Path) -> None:
        self.out, self.chance = out, random.Random(0)
        self.began, self.times, self.victims = time.monotonic(), list[float](), Counter[str]()
        self._command = [sys.executable, "-m", "gmbench", "sweep", str(sweep), "-o", str(out)]
        self.driver = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*self._command, "--jobs", "2"], stderr=subprocess.DEVNULL)

    def kill_once(self, after: str) -> None:
        """Wait until a cell has begun or ended, and a moment; then kill."""
        seen = len(events(self.out))
        while not any(event == after for event, _, _ in events(self.out)[seen:]):
            assert time.monotonic() - self.began < TOO_LONG
            self.go_on()
            time.sleep(0.02)
        time.sleep(self.chance.uniform(0, LATEST[after]))
        workers = {pid for event, _, pid in events(self.out) if event == "begin" and alive(pid)}
        worker = self.chance.choice(sorted(workers)) if workers else None
        if worker is not None and self.chance.random() < 0.5:
            self.victims["worker"] += 1
            os.kill(worker, signal.SIGKILL)
        else:
            self.victims["driver"] += 1
            self.driver.kill()
            self.driver.wait()
            self._wait_for_orphans(workers)
            self.driver = self._start()
        self.times.append(round(time.monotonic() - self.began, 2))

    def go_on(self) -> None:
        """Start the sweep again where it gave up a cell whose worker was killed three times."""
        ended = self.driver.poll()
        if ended is not None:
            assert ended == 1, f"the sweep ended with {ended} before enough was killed"
            self.driver = self._start()

    def _wait_for_orphans(self, workers: set[int]) -> None:
        """Workers do not outlive their driver."""
        end = time.monotonic() + 30
        while any(alive(pid) for pid in workers):
            assert time.monotonic() < end, "a worker outlived its driver"
            time.sleep(0.02)


@pytest.mark.slow
def test_a_sweep_killed_twenty_times_equals_an_undisturbed_one(
    undisturbed: Swept, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = twenty_four(tmp_path / "files"), tmp_path / "killed"
    killer = Killer(file, out)
    before: dict[str, tuple[int, int]] = {}
    for number in range(KILLS):
        killer.kill_once("end" if number % 4 == 3 else "begin")
        now = finished(out)
        # A finished cell is neither lost nor made again.
        assert before.items() <= now.items()
        before = now
    with capsys.disabled():  # told also where all is well
        print(f"\nkilled {dict(killer.victims)} at seconds {killer.times}")
        print(f"{len(before)} cells were finished by then")
    assert min(killer.victims.values()) >= 3 and len(killer.victims) == 2
    assert 3 <= len(before) < 24
    while killer.driver.wait() != 0:
        killer.go_on()
    assert before.items() <= finished(out).items()

    names = [folder.name for folder in (out / "cells").iterdir()]
    assert len(names) == 24 and not any(name.startswith(".") for name in names)
    told = events(out)
    ended = [cell for event, cell, _ in told if event == "end"]
    for cell in names:
        last = max(at for at, (event, of, _) in enumerate(told) if (event, of) == ("begin", cell))
        assert ended.count(cell) <= 1
        if cell in ended:
            assert told.index(("end", cell, told[last][2])) > last, "begun after it had ended"

    assert (out / undisturbed.path.name).read_bytes() == undisturbed.path.read_bytes()
    assert len(json.loads((out / undisturbed.path.name).read_text())["cells"]) == 24
