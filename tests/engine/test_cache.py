"""What was compiled once is compiled by no later process, and what changed is compiled anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from engine_worlds import LANE, changed_lane, load

from gmbench.engine.batch import Batch
from gmbench.engine.cache import cache_folder, passing_folder
from gmbench.engine.driver import driver
from gmbench.engine.sources import sources
from gmbench.registry import WORLDS

# Three steps to the left, to the lamp; says its reward, and how often numba ran a compiler's pass.
# Arguments: the world, whether to use every kernel, and what somebody makes of the file meanwhile.
PLAY = """
import sys
from pathlib import Path
import numpy as np
from numba.core import event
from engine_worlds import load
from gmbench.engine.batch import Batch

world = load(Path(sys.argv[1]))
if len(sys.argv) > 3:
    Path(sys.argv[1]).write_text(Path(sys.argv[3]).read_text())
with event.install_recorder("numba:run_pass") as passes:
    batch = Batch(world, 64, threads=2)
    batch.begin([0], [1], [0])
    for _ in range(3):
        result = batch.step(np.zeros(64, np.int64))
    if sys.argv[2] == "all":
        batch.oracle(0)
        batch.frames(8)
        assert not batch.move_goal(0, 0, trial=True)  # the lane's lamp is fixed
print(int(result.rewards[0]), len(passes.buffer))
"""


def playing(
    cache: Path, world: Path, *edited: Path, kernels: str = "advance"
) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(LANE.parent), str(world.parent)])
    environment = {**os.environ, "GMBENCH_CACHE": str(cache), "PYTHONPATH": path}
    # -B: Python itself takes a module that was edited within a second for unchanged.
    return subprocess.Popen(
        [sys.executable, "-B", "-W", "error", "-c", PLAY, world, kernels, *edited],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def played(process: subprocess.Popen[str]) -> tuple[int, int, str]:
    """The reward, the number of passes, and what stderr got."""
    out, said = process.communicate()
    assert process.returncode == 0, said
    reward, passes = out.split()
    return int(reward), int(passes), said


def kept(cache: Path) -> dict[str, int]:
    """Files in the cache and when they were written; what Python compiled itself left out."""
    files = [file for file in cache.rglob("*") if file.is_file() and file.suffix != ".pyc"]
    return {str(file.relative_to(cache)): file.stat().st_mtime_ns for file in files}


def test_what_one_process_compiled_no_other_compiles(tmp_path: Path) -> None:
    cache, world = tmp_path / "cache", changed_lane(tmp_path, "lane_kept")
    # Two at once, as when a sweep starts: neither spoils the other's work.
    firsts = [playing(cache, world, kernels="all") for _ in range(2)]
    for reward, passes, said in map(played, firsts):
        assert reward == 1 and passes > 0
        place = re.escape(str(cache))
        assert re.search(rf"^gmbench: compiling lane-kept \(advance\); once, kept in {place}", said)
    before = kept(cache)
    assert played(playing(cache, world, kernels="all")) == (1, 0, "")
    assert kept(cache) == before


def test_a_changed_rule_is_compiled_anew(tmp_path: Path) -> None:
    """A word of the rule, and then a number in a file that holds nothing else."""
    cache, prizes = tmp_path / "cache", tmp_path / "lane_prizes.py"
    imported = (
        "from gmbench.specs import",
        "from lane_prizes import PRIZE\nfrom gmbench.specs import",
    )
    for prize, paid in ((1, "GIFT"), (1, "PRIZE + 4"), (9, "PRIZE + 4")):
        prizes.write_text(f"PRIZE = {prize}\n")
        rule = ("return GIFT if at ==", f"return {paid} if at ==")
        world = changed_lane(tmp_path, "lane_edited", rule, imported)
        reward, passes, _ = played(playing(cache, world))
        assert passes > 0
        assert reward == eval(paid, {"GIFT": 1, "PRIZE": prize})


def test_what_is_edited_while_it_runs_is_not_kept(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    world = changed_lane(tmp_path, "lane_moving")
    edited = tmp_path / "edited.py"
    edited.write_text(world.read_text().replace("GIFT = 1", "GIFT = 5"))
    # The first process goes on with the rules that it imported, and keeps them to itself.
    reward, _, said = played(playing(cache, world, edited))
    assert reward == 1 and "compiling lane-moving (advance); for this process alone" in said
    assert kept(cache) == {}
    assert played(playing(cache, world))[0] == 5


def test_a_passing_folder_passes(tmp_path: Path) -> None:
    code = (
        "from gmbench.engine.cache import passing_folder as p; print(p(), p().is_dir(), p() == p())"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    place, was_there, one = said.stdout.split()
    assert (was_there, one) == ("True", "True") and not Path(place).exists()


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home, a cache folder, a temporary one and one of ours, all within a folder."""
    monkeypatch.setenv("GMBENCH_CACHE", str(tmp_path / "ours"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    passing_folder.cache_clear()
    yield tmp_path
    passing_folder.cache_clear()


def spoilt(place: Path) -> None:
    """A file where a folder should be cannot be written into, not even by root."""
    place.write_text("")


def test_the_cache_lies_in_the_first_place_that_can_be_written(places: Path) -> None:
    temporary = places / f"gmbench-{os.getuid()}"
    wanted = [places / "ours", places / "xdg" / "gmbench", places / "home" / ".cache" / "gmbench"]
    for at, place in enumerate([*wanted, temporary]):
        assert cache_folder() == place / "engine"
        folder = places / ("ours", "xdg", "home", temporary.name)[at]
        if folder.is_dir():
            folder.rename(places / f"away{at}")
        spoilt(folder)
    last = cache_folder()
    assert last == passing_folder() and last.is_dir() and last.parent == places


def test_nobody_elses_temporary_folder_is_trusted(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("ours", "xdg", "home"):
        spoilt(places / place)
    assert cache_folder().parent.name == f"gmbench-{os.getuid()}"
    stranger = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: stranger)
    (places / f"gmbench-{stranger}").mkdir()
    assert cache_folder() == passing_folder()


def test_where_nothing_can_be_kept_threads_work_all_the_same(tmp_path: Path) -> None:
    """As for an installation of root's, used by somebody without a home."""
    home, code = tmp_path / "home", tmp_path / "spread_sum.py"
    spoilt(home)
    spoilt(tmp_path / "__pycache__")
    code.write_text(
        "from gmbench.engine.launch import spread\nfrom numba import prange\n\n\n@spread\n"
        "def total(n):\n    found = 0\n    for i in prange(n):\n        found += i\n"
        "    return found\n"
    )
    environment = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home)}
    done = subprocess.run(
        [
            sys.executable,
            "-B",
            "-W",
            "error",
            "-c",
            "from spread_sum import total; print(total(5))",
        ],
        env={**environment, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "10\n"), done.stderr


def test_a_folder_of_our_own_can_be_read_by_nobody_else(places: Path) -> None:
    assert cache_folder().parent.stat().st_mode & 0o077 == 0


def test_sources_are_all_that_rules_are_made_of() -> None:
    found = sources(WORLDS.load("corner"))
    wanted = {"worlds.corner", "worlds.boards", "engine.chance", "engine.layout", "engine.kernels"}
    assert {f"gmbench.{name}" for name in wanted} <= set(found)
    assert not {name for name in found if not name.startswith("gmbench.")}
    assert "gmbench.worlds.gems" not in found and "gmbench.specs" not in found


def test_sources_of_a_strangers_package_are_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package, other = tmp_path / "lane_package", tmp_path / "lane_elsewhere"
    files = {
        package / "__init__.py": "",
        package / "world.py": "from . import ways\nfrom .deep import MORE, prizes\n"
        "from lane_elsewhere.rules import borrowed\nimport json\n",
        package / "ways.py": "from gmbench.worlds import boards\n",
        package / "unused.py": "",
        package / "deep" / "__init__.py": "from .more import MORE\n",
        package / "deep" / "more.py": "MORE = 1\n",
        package / "deep" / "prizes.py": "PRIZE = 1\n",
        other / "__init__.py": "",
        other / "rules.py": "from gmbench.engine.rules import rule\n\n\n@rule\n"
        "def borrowed():\n    return 1\n",
    }
    for file, text in files.items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    import lane_package.world  # type: ignore[import-not-found]

    found = {name for name in sources(lane_package.world) if name.startswith("lane_")}
    inside = {"world", "ways", "deep", "deep.more", "deep.prizes"}
    assert found == {"lane_package", "lane_elsewhere.rules"} | {f"lane_package.{n}" for n in inside}


def test_a_world_loaded_just_now_is_kept_out_of_the_cache(tmp_path: Path) -> None:
    world = load(changed_lane(tmp_path, "lane_new"))
    made = driver(world, world.DEFAULTS, "uint32")
    assert made.__file__ is not None and Path(made.__file__).is_relative_to(passing_folder())
    assert Batch(WORLDS.load("corner"), 1).game.kernels().__file__ is not None
