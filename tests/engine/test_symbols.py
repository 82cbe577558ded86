"""What is compiled for different records never has one name, not even in different processes."""

from __future__ import annotations

import subprocess
import sys

# The linker takes the first of two functions of one name: a process that reads from the disk what
# two others compiled would step one maze by the rules of another's size.
NAME = """
import sys
from gmbench.engine.plain import record
from gmbench.engine.rules import rule
from numba import from_dtype, void

@rule
def step(state):
    state.walls[0] = 1

step.compile(void(from_dtype(record([("walls", "u1", (int(sys.argv[1]),))]))))
print(*(compiled.fndesc.mangled_name for compiled in step.overloads.values()))
"""


def name_in_a_new_process(cells: int) -> str:
    return subprocess.run(
        [sys.executable, "-c", NAME, str(cells)], capture_output=True, text=True, check=True
    ).stdout


def test_rules_for_worlds_of_two_sizes_are_named_apart() -> None:
    names = [name_in_a_new_process(cells) for cells in (49, 81, 49)]
    assert names[0] != names[1]
    assert names[0] == names[2]
