"""Nothing of a sandbox outlives the gmbench that made it, however that one ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import attacks_processes
import pytest
from hostile import targeted

from gmbench.sandbox import Limits, doctor, memory
from gmbench.sandbox.calls import refused_calls
from gmbench.sandbox.command import launch
from gmbench.sandbox.shared import memory_file

pytestmark = pytest.mark.usefixtures("sandbox_is_there")

PLAYS = """
import sys
from hostile import SMALL, play
print("begins", flush=True)
play(sys.argv[1], SMALL)
"""


def playing(agent: str, folder: Path) -> subprocess.Popen[str]:
    """A gmbench that begins to play with an agent."""
    paths = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    child = subprocess.Popen(
        [sys.executable, "-B", "-c", PLAYS, agent],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths},
        text=True,
    )
    assert child.stdout is not None and child.stdout.readline() == "begins\n"
    return child


def seen(which: Callable[[], list[int]], seconds: float) -> list[int]:
    """What is there within some time; [] where it stays away."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not which():
        time.sleep(0.02)
    return which()


def gone(which: Callable[[], list[int]]) -> list[int]:
    """What is left after the moment that the kernel takes to end it."""
    until = time.monotonic() + 10
    while time.monotonic() < until and which():
        time.sleep(0.05)
    return which()


def test_an_agent_that_was_untied_ends_with_a_gmbench_that_was_killed(
    tmp_path: Path, attack_table: list[tuple[str, str, str]]
) -> None:
    found = {attack.name: attack for attack in attacks_processes.ATTACKS}
    attack = found["unties-itself"]
    with targeted(tmp_path) as target:
        attack.write(target)
        module = tmp_path / f"{attack.module}.py"
        module.write_text(module.read_text().replace("raise RuntimeError(f", "time.sleep(600); ("))
        child = playing(f"{attack.module}:Agent", tmp_path)
        try:
            assert seen(attacks_processes.ghosts, 60), "it left a process behind"
        finally:
            child.kill()
            child.communicate()
        left = gone(attacks_processes.ghosts)
        for ghost in left:
            os.kill(ghost, signal.SIGKILL)
    if "untied" in doctor._life().found:
        return  # and the doctor says so
    assert not left
    line = "it ends with gmbench"
    attack_table.append(("outlives-a-killed-parent", attack.does + " when gmbench is killed", line))


def launchers(mark: str) -> list[int]:
    """The processes that name something in their arguments, and are not the gmbench itself."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            text = place.read_bytes()
        except OSError:
            continue
        if mark.encode() in text and b"from hostile import" not in text:
            found.append(int(place.parent.name))
    return found


def test_a_gmbench_that_is_killed_at_any_moment_leaves_nothing(tmp_path: Path) -> None:
    mark = f"sleeper_{os.getpid()}"
    (tmp_path / f"{mark}.py").write_text("import time\ntime.sleep(30)\n")
    for moment in (0.01, 0.02, 0.03, 0.1):  # from before it is launched to when it loads
        child = playing(f"{mark}:Agent", tmp_path)
        time.sleep(moment)
        child.kill()
        child.communicate()
        assert not gone(lambda: launchers(mark))


def test_a_launcher_whose_gmbench_is_gone_ends() -> None:
    """As where gmbench is killed before the kernel was asked to tell of it."""
    calls = memory_file(refused_calls())
    *head, text = launch(Limits(), [], [], calls, None, {}, ["-c", "print('plays')"])
    said = []
    for parent in (os.getpid(), os.getpid() + 1):
        plan = json.dumps({**json.loads(text), "parent": parent})
        done = subprocess.run([*head, plan], pass_fds=(calls,), stdout=subprocess.PIPE, text=True)
        said.append((done.stdout, done.returncode))
    os.close(calls)
    assert said == [("plays\n", 0), ("", 125)]


def test_a_group_that_a_killed_gmbench_left_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, young = (tmp_path / f"{memory.PREFIX}{name}" for name in ("old", "young"))
    old.mkdir()
    young.mkdir()
    hours_ago = time.time() - 2 * memory.STALE
    os.utime(old, (hours_ago, hours_ago))
    memory._tidy(tmp_path)
    assert not old.exists() and young.exists()
