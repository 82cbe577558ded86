"""The house has floors: what a module may import, and what importing gmbench may cost."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gmbench

PACKAGE = Path(gmbench.__file__).parent

# From the ground up. A module imports from lower floors, and on its own floor only what stands
# to its left.
FLOORS = (
    ("errors", "version", "quiet", "doctor", "hints", "specs", "levels", "atomic", "strict_yaml"),
    ("registry", "engine", "terrain", "episodes", "metrics", "records", "provenance"),
    ("worlds", "procgen"),
    ("stages", "envs", "suites"),
    ("agents",),
    ("sandbox", "trails", "rollout"),
    ("protocols", "throughput"),
    ("entrants", "evaluation"),
    ("training", "drawing", "figures", "video", "report", "pages", "plots"),
    ("studies", "testing"),
    ("leaderboard",),
    ("cli", "pytest_plugin"),
    # The front door: it offers what the house has, and nobody inside goes through it.
    ("__init__", "__main__"),
)
PLACE = {name: (floor, at) for floor, row in enumerate(FLOORS) for at, name in enumerate(row)}
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))

HEAVY = {"torch", "stable_baselines3", "sb3_contrib", "numba", "procgen", "gym3", "gym"}


def unit(module: str) -> str:
    """The file or folder directly under gmbench that a module's path belongs to."""
    return module.split("/")[0].removesuffix(".py")


def imports(source: str, module: str) -> Iterator[str]:
    """The units that a module imports, wherever in it, for types only as well.

    Args:
        source: its text.
        module: its path within the package, with slashes.
    """
    folder = ["gmbench", *module.split("/")[:-1]]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            targets = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) - node.level + 1] if node.level else []
            base = base + (node.module.split(".") if node.module else [])
            targets = [[*base, alias.name] for alias in node.names]
        else:
            continue
        for target in targets:
            if target[0] == "gmbench":
                # `from gmbench import name` takes a module, or goes through the front door.
                is_module = len(target) > 2 or (len(target) == 2 and target[1] in PLACE)
                yield target[1] if is_module else "__init__"


def climbs(source: str, module: str) -> list[str]:
    """The imports of a module that do not go down."""
    own = unit(module)
    # What has no place yet is named by a test of its own, not by every module that uses it.
    found = [seen for seen in imports(source, module) if seen != own and seen in PLACE]
    return [seen for seen in found if PLACE[seen] >= PLACE.get(own, (len(FLOORS), 0))]


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_a_floor(module: str) -> None:
    assert unit(module) in PLACE, f"give {unit(module)} a place in FLOORS"


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module: str) -> None:
    found = climbs((PACKAGE / module).read_text(), module)
    assert not found, f"{module} imports {', '.join(found)}, which stand higher"


@pytest.mark.parametrize(
    ("module", "source", "found"),
    [
        ("metrics.py", "from gmbench.cli import main", ["cli"]),
        ("metrics.py", "from gmbench import evaluation", ["evaluation"]),
        ("metrics.py", "from gmbench import evaluate", ["__init__"]),
        ("metrics.py", "from gmbench import load_agent", ["__init__"]),
        ("metrics.py", "import gmbench", ["__init__"]),
        ("metrics.py", "import gmbench.envs.sb3", ["envs"]),
        ("metrics.py", "def f():\n    from gmbench import rollout", ["rollout"]),
        ("procgen/worlds/maze.py", "from ...agents.base import Agent", ["agents"]),
        ("levels.py", "from gmbench.strict_yaml import read", ["strict_yaml"]),
        ("metrics.py", "from gmbench.episodes import Episodes\nimport numpy", []),
        ("procgen/batch.py", "from gmbench.procgen.state import parse\nfrom . import sites", []),
    ],
)
def test_the_reading_of_imports_finds_a_climb(module: str, source: str, found: list[str]) -> None:
    assert climbs(source, module) == found


def test_importing_gmbench_is_light() -> None:
    code = "import gmbench, sys; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "gmbench" in loaded.stdout.split()
    assert HEAVY.isdisjoint(loaded.stdout.split())


def test_importing_gmbench_says_nothing() -> None:
    command = [sys.executable, "-W", "error", "-c", "import gmbench"]
    said = subprocess.run(command, capture_output=True, text=True)
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")
