"""What PPO on tensors computes in another way than torch's own layers would."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from gmbench.training.live_inputs import LiveInputs, LiveLinear
from gmbench.training.networks import quick_tanh


@given(
    seed=st.integers(0, 2**32 - 1),
    inputs=st.integers(1, 40),
    share=st.sampled_from([0.0, 0.3, 1.0]),
    blind=st.sampled_from([0.0, 0.3, 1.0]),
)
def test_a_layer_over_live_inputs_is_the_full_layer(
    seed: int, inputs: int, share: float, blind: float
) -> None:
    """Its outputs and its gradients, also after an input has come to life."""
    random = np.random.default_rng(seed)
    torch.manual_seed(seed % 1000)
    seen = random.random(inputs) >= blind
    layer = nn.Linear(inputs, 5)
    live = LiveInputs(seen)
    quick = LiveLinear(layer, live)
    base = random.integers(0, 256, inputs, np.uint8)
    for _ in range(3):
        rows = np.where(random.random((12, inputs)) < share, random.integers(256), base)
        rows = rows.astype(np.uint8)
        if live.watch(rows):
            quick.renew()
        assert not live.watch(rows)
        full = torch.from_numpy(rows * seen.astype(np.uint8)).float()
        packed = live.of(rows).float()
        expected = layer(full)
        with torch.no_grad():
            torch.testing.assert_close(quick(packed), expected, rtol=1e-4, atol=1e-3)
        found = quick(packed)
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-3)
        weights = torch.randn(12, 5)
        grads = []
        for output in (expected, found):
            layer.zero_grad()
            (output * weights).sum().backward()
            grads.append([p.grad.clone() for p in layer.parameters()])
        for one, other in zip(*grads, strict=True):
            torch.testing.assert_close(other, one, rtol=1e-4, atol=1e-2)


def test_what_never_changes_costs_nothing() -> None:
    live = LiveInputs(np.ones(100, np.bool_))
    rows = np.zeros((8, 100), np.uint8)
    rows[:, :50] = 1
    live.watch(rows)
    assert len(live.live) == 0 and live.of(rows).shape == (8, 0)
    rows[3, 70] = 1
    assert live.watch(rows)
    assert live.live.tolist() == [70]
    assert live.still.tolist() == [1.0] * 50 + [0.0] * 50


def test_the_quick_tangent_is_the_tangent() -> None:
    rows = torch.cat([torch.linspace(-20, 20, 40_001), torch.linspace(-1e-3, 1e-3, 1001)])
    rows.requires_grad_()
    quick = quick_tanh(rows)
    exact = torch.tanh(rows.detach().double())
    assert float((quick.detach().double() - exact).abs().max()) < 2e-7
    quick.sum().backward()
    assert rows.grad is not None
    assert float((rows.grad.double() - (1 - exact**2)).abs().max()) < 1e-6
    assert torch.equal(quick_tanh(torch.tensor([-200.0, 200.0])), torch.tensor([-1.0, 1.0]))
