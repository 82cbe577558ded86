"""What the sandbox costs: an evaluation in it against one in gmbench's own process, in turn.

The aim is at most 1.3 times the time at batch 256. ``command`` times whole commands, with all that
either of them loads; ``play`` times episodes alone, both agents loaded before. The repeats' own
times are the sandbox's; the ratio stands under ``extra_info``, where ``--benchmark-json`` writes
it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

import gmbench
from gmbench.agents.base import Agent
from gmbench.agents.load import load_agent
from gmbench.protocols.run import opened
from gmbench.sandbox import sandboxed
from gmbench.suites import Suite, load_suite

ROOT = Path(gmbench.__file__).parent.parent
AGENT = sorted((ROOT / "baselines" / "corner" / "cells").glob("*/agent.zip"))[0]
ROUNDS = 5


def corner() -> Suite:
    """The pair corner of the suite `native`, without its reference runs."""
    suite = load_suite("native")
    (entry,) = (entry for entry in suite.entries if entry.pair == "corner")
    return replace(suite, entries=(replace(entry, references=()),))


def compare(
    name: str, inside: Callable[[], object], outside: Callable[[], object], benchmark
) -> None:
    """Time both in turn, the sandbox's under the clock of the benchmark."""
    seconds: list[float] = []

    def before() -> None:
        began = time.perf_counter()
        outside()
        seconds.append(time.perf_counter() - began)

    benchmark.pedantic(inside, setup=before, rounds=ROUNDS, warmup_rounds=1)
    own, theirs = np.array(benchmark.stats.stats.data), np.array(seconds[-ROUNDS:])
    q1, median, q3 = np.percentile(own / theirs, [25, 50, 75]).tolist()
    benchmark.extra_info["times in-process"] = {"median": median, "q1": q1, "q3": q3}
    print(
        f"\nsandbox, {name}: {np.median(own):.2f} s, in-process {np.median(theirs):.2f} s,"
        f" {median:.2f} times [{q1:.2f}, {q3:.2f}]"
    )


def test_play(benchmark) -> None:
    suite = corner()
    (entry,) = suite.entries
    assert suite.batch_size == 256
    agents: list[Agent] = [sandboxed(AGENT), load_agent(AGENT)]
    with opened(agents[1], entry, suite) as course:
        run = [lambda who=who: course.play(who, [""], entry.conditions) for who in agents]
        compare("play", *run, benchmark)
    agents[0].close()  # type: ignore[attr-defined]


def test_command(benchmark, tmp_path: Path) -> None:
    entry = corner().entries[0]
    suite = tmp_path / "corner.yaml"
    parameters = "".join(f"      {name}: {value}\n" for name, value in entry.parameters.items())
    suite.write_text(
        "name: corner\nversion: 0\nsummary: One pair.\nprotocol: transfer\ndeterministic: false\n"
        f"batch_size: 256\nentries:\n  - pair: corner\n    parameters:\n{parameters}"
        f"    conditions: [{', '.join(entry.conditions)}]\n    levels: {entry.levels}\n"
    )
    command = [sys.executable, "-m", "gmbench", "eval", str(AGENT), "--suite", str(suite), "--json"]

    def run(*more: str) -> None:
        subprocess.run([*command, *more], check=True, capture_output=True, env=os.environ)

    compare("command", lambda: run("--sandbox"), run, benchmark)
