"""Runs an attack where nothing holds it: a plain process, as naive harnesses load agents.

``python outside.py FOLDER MODULE``; prints what the agent's actions became where they are merely
cast to integers. With ``--gmbench`` they are checked by gmbench, in the agent's own process.
"""

from __future__ import annotations

import importlib
import sys

import numpy as np


class Task:
    """What a harness knows and an agent should not."""

    condition = "test"


def main(folder: str, module: str, checked: bool) -> None:
    sys.path.insert(0, folder)
    here = Task()
    observations = np.zeros((4, 3, 9, 9), np.uint8)
    if checked:
        from gmbench.agents.load import load_agent

        player = load_agent(f"{module}:Agent").player(4, True)
        player.num_actions = 4
        print("took", player.act(observations), type(here).__name__)
        return
    sent, _ = importlib.import_module(module).Agent().predict(observations)
    with np.errstate(all="ignore"):
        print("took", np.array(sent, dtype=float).astype(int).ravel()[:4])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], "--gmbench" in sys.argv)
