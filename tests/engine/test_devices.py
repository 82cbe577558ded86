"""Opening a batch on a device, and what is said where that cannot be."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lane_world as lane
import numpy as np
import pytest
from engine_worlds import walk
from simulated_card import SCRIPTED

from gmbench.engine.batch import Batch
from gmbench.engine.devices import open_batch, without_cuda
from gmbench.errors import MissingPartError, UsageError

HERE = Path(__file__).parent
NO_CARD = without_cuda() is not None


@pytest.mark.parametrize("part", SCRIPTED)
def test_a_batch_on_a_simulated_card_does_what_one_on_the_processor_does(
    part: str, on_simulated_card: Callable[[Path, str], None]
) -> None:
    on_simulated_card(HERE / "simulated_card.py", part)


def test_the_processor_is_the_usual_device() -> None:
    batch = open_batch(lane, 3, obs="none", threads=1)
    assert isinstance(batch, Batch) and batch.workers == 1


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"device": "gpu"}, "device='gpu': choose one of cpu, cuda"),
        ({"device": "cuda", "threads": 2}, "threads belong to device 'cpu'; leave them out"),
    ],
    ids=["unknown", "threads"],
)
def test_wrong_devices_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        open_batch(lane, 3, **options)


@pytest.mark.bad_input
def test_more_slots_than_memory_holds_are_refused() -> None:
    # Pictures of 256 pixels a cell: more bytes than a processor of today can address.
    options: dict[str, Any] = {"obs": "rgb", "tile": 256, "parameters": {"cells": 99}}
    with pytest.raises(UsageError, match="num_envs=4000000: there is no memory for so many of"):
        open_batch(lane, 4_000_000, **options)


@pytest.mark.bad_input
def test_without_numba_cuda_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    missing = lambda name, *rest: None if name == "numba_cuda" else find(name, *rest)  # noqa: E731
    monkeypatch.setattr(importlib.util, "find_spec", missing)
    with pytest.raises(MissingPartError, match="needs numba-cuda: pip install 'gmbench") as caught:
        open_batch(lane, 3, device="cuda")
    assert "\n" not in str(caught.value)


@pytest.mark.bad_input
def test_without_a_card_one_line_says_so() -> None:
    code = "import numba_cuda, lane_world as lane; from gmbench.engine.devices import open_batch; "
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(HERE)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code + "open_batch(lane, 3, device='cuda')"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    last = done.stderr.splitlines()[-1]
    assert last.endswith(
        "device 'cuda' needs an NVIDIA graphics card and its driver; none was found"
    )


@pytest.mark.skipif(NO_CARD, reason="there is no graphics card")
def test_on_a_real_card_torch_sees_observations_without_a_copy() -> None:
    torch = pytest.importorskip("torch")
    batch = open_batch(lane, 1024, device="cuda")
    tensor = torch.as_tensor(batch.reset(), device="cuda")
    assert tensor.shape == (1024, 2, 1, 9)
    actions = torch.zeros(1024, dtype=torch.int64, device="cuda")
    result = batch.step(actions)
    for array in result:
        interface = array.__cuda_array_interface__
        assert torch.as_tensor(array, device="cuda").data_ptr() == interface["data"][0]
        assert interface["stream"] is None  # nobody need wait
    walkers = torch.as_tensor(result.observations, device="cuda")[:, 0, 0]
    assert (walkers.argmax(1) == 3).all()


@pytest.mark.skipif(NO_CARD, reason="there is no graphics card")
def test_on_a_real_card_streams_are_those_of_the_processor() -> None:
    batches = [open_batch(lane, 5000, device=device) for device in ("cpu", "cuda")]
    for batch in batches:
        batch.stream(3, alpha=0.5, alpha_conditions=[1, 2])
        batch.reset()
    for action in walk(lane, 5000, 100):
        one, two = (batch.step(action) for batch in batches)
        pairs = zip(one[:4], two[:4], strict=True)
        assert all((a == b.copy_to_host()).all() for a, b in pairs)
    for name in set(batches[0].slots.dtype.names) - {"order"}:
        assert np.array_equal(batches[0].slots[name], batches[1].slots[name])
