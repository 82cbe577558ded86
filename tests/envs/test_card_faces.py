"""The faces of worlds that are played on a graphics card, simulated."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from simulated_faces import SCRIPTED

import gmbench
from gmbench.engine.devices import without_cuda
from gmbench.envs.vector import GmbenchVectorEnv
from gmbench.errors import UsageError

SMALL: dict[str, Any] = {"parameters": {"size": 7}, "num_envs": 3, "obs": "grid"}


@pytest.mark.parametrize("part", SCRIPTED)
def test_the_faces_of_a_simulated_card_show_what_the_processors_show(
    part: str, on_simulated_card: Callable[[Path, str], None]
) -> None:
    on_simulated_card(Path(__file__).with_name("simulated_faces.py"), part)


def test_the_processor_is_the_usual_device() -> None:
    env = gymnasium.make_vec("gmbench/Corner-v0", device="cpu", **SMALL)
    assert isinstance(env.unwrapped, GmbenchVectorEnv)
    env.close()


@pytest.mark.bad_input
@pytest.mark.parametrize("face", ["vector", "sb3"])
@pytest.mark.parametrize(
    ("pair", "device", "message"),
    [
        ("corner", "cdua", "unknown device 'cdua'; did you mean cuda"),
        ("procgen-maze", "cuda", "procgen-maze is played on the processor; leave it out"),
        ("procgen-maze", "cdua", "procgen-maze is played on the processor; leave it out"),
    ],
    ids=["unknown", "procgen", "procgen-unknown"],
)
def test_devices_that_there_are_not_are_refused(
    face: str, pair: str, device: str, message: str
) -> None:
    name = {"corner": "gmbench/Corner-v0", "procgen-maze": "gmbench/Procgen-Maze-v0"}[pair]
    with pytest.raises(UsageError, match=message) as caught:
        if face == "sb3":
            gmbench.make_sb3(pair, num_envs=2, device=device)
        else:
            gymnasium.make_vec(name, num_envs=2, device=device)
    assert "\n" not in str(caught.value)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "open_it",
    [
        "gmbench.make_sb3('corner', num_envs=2, obs='grid', device='cuda')",
        "gymnasium.make_vec('gmbench/Corner-v0', num_envs=2, device='cuda')",
    ],
    ids=["sb3", "vector"],
)
def test_without_a_card_one_line_says_so(open_it: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import gymnasium, gmbench\n{open_it}"],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.splitlines()[-1]
    assert last.endswith("needs an NVIDIA graphics card and its driver; none was found")


@pytest.mark.skipif(without_cuda() is not None, reason="there is no graphics card")
def test_on_a_real_card_a_step_gives_tensors_that_lie_there() -> None:
    import torch

    env: Any = gymnasium.make_vec("gmbench/Corner-v0", device="cuda", **SMALL)
    seen, _ = env.reset(seed=0)
    actions = torch.zeros(3, dtype=torch.int64, device="cuda")
    torch.cuda.set_sync_debug_mode("error")
    given = env.step(actions)
    torch.cuda.set_sync_debug_mode("default")
    assert all(tensor.is_cuda for tensor in (seen, *given[:4], given[4]["final_obs"]))
    env.close()
