"""A script: the digests of worlds in a process of its own, as JSON.

``python fingerprints.py DEVICE[,DEVICE] LEVELS STEPS WORLD...``: a world is the name of one that is
registered, or a file. The environment says how: plain Python, bounds checked, a simulated card.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PLAIN = {"NUMBA_DISABLE_JIT": "1"}
SIMULATOR = {"NUMBA_DISABLE_JIT": "1", "NUMBA_ENABLE_CUDASIM": "1"}
CHECKED = {"NUMBA_BOUNDSCHECK": "1"}


def fingerprints(
    worlds: Sequence[str], devices: str, levels: int, steps: int, environment: dict[str, str]
) -> tuple[dict[str, Any], str]:
    """World and device to digests, or to the traceback of what went wrong; and what stderr got."""
    command = [sys.executable, "-W", "error", __file__, devices, str(levels), str(steps), *worlds]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def main(devices: str, levels: str, steps: str, *worlds: str) -> None:
    from engine_worlds import load

    from gmbench.engine.digests import digests
    from gmbench.registry import WORLDS

    found: dict[str, Any] = {}
    for world in worlds:
        module = load(Path(world)) if world.endswith(".py") else WORLDS.load(world)
        for device in devices.split(","):
            try:
                told: Any = digests(module, device, levels=int(levels), steps=int(steps))
            except Exception:
                told = traceback.format_exc()
            found[f"{world} on {device}"] = told
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
