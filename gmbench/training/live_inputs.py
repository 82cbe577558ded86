"""A first layer that skips the inputs that never change.

Most of a grid's inputs are the same in every observation: the border's walls, cells of a plane in
which nothing ever stands. What they add to a layer is a constant, so it is added once to the bias
instead of once for every observation and epoch; in a maze of 13 by 13 cells that halves the work.
The result is the full layer's, up to the order of a float sum, and so is the gradient. An input
that changes after all counts as live from then on.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn


class LiveInputs:
    """Which inputs have changed so far, and what the others hold.

    Args:
        seen: bool (inputs,), the inputs that the network sees at all; the others count as 0.
    """

    def __init__(self, seen: NDArray[np.bool_]) -> None:
        self._seen = seen
        self._changed = np.zeros(len(seen), np.bool_)
        self._first: NDArray[np.uint8] | None = None
        self._renew()

    def watch(self, rows: NDArray[np.uint8]) -> bool:
        """Take note of which inputs change in some observations.

        Args:
            rows: uint8 of shape (n, inputs).

        Returns:
            Whether that is news, and what was made of `live` and `still` before is out of date.
        """
        news = self._first is None
        if self._first is None:
            self._first = np.where(self._seen, rows[0], np.uint8(0))
        differs = np.bitwise_or.reduce(rows ^ self._first, axis=0) != 0
        changed = self._changed | (differs & self._seen)
        if news or not np.array_equal(changed, self._changed):
            self._changed = changed
            self._renew()
            news = True
        return news

    def of(self, rows: NDArray[np.uint8]) -> torch.Tensor:
        """The live inputs of observations that have been watched, uint8 of shape (n, live)."""
        return torch.from_numpy(rows.take(self._places, axis=1))

    def _renew(self) -> None:
        self._places = np.flatnonzero(self._changed)
        self.live = torch.from_numpy(self._places)
        still = np.zeros(len(self._seen), np.float32)
        if self._first is not None:
            still[~self._changed] = self._first[~self._changed]
        self.still = torch.from_numpy(still)


class LiveLinear:
    """A linear layer over the live inputs alone.

    Args:
        layer: the full one, whose weights it uses and trains; with a bias.
        inputs: which are live.
    """

    def __init__(self, layer: nn.Linear, inputs: LiveInputs) -> None:
        self._layer = layer
        self._inputs = inputs
        self._kept: tuple[torch.Tensor, torch.Tensor] | None = None

    def renew(self) -> None:
        """Weights or inputs have changed: forget what was kept of them."""
        self._kept = None

    def __call__(self, rows: torch.Tensor) -> torch.Tensor:
        """What the full layer gives.

        Args:
            rows: the live inputs, float32 of shape (n, live).

        Returns:
            float32 of shape (n, outputs).
        """
        layer, inputs = self._layer, self._inputs
        if torch.is_grad_enabled():
            result: torch.Tensor = _Live.apply(  # type: ignore[no-untyped-call]
                rows, layer.weight, layer.bias, inputs.live, inputs.still
            )
            return result
        if self._kept is None:
            self._kept = _packed(layer.weight, layer.bias, inputs.live, inputs.still)
        return torch.addmm(self._kept[1], rows, self._kept[0].t())


class _Live(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        rows: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor,
        live: torch.Tensor,
        still: torch.Tensor,
    ) -> torch.Tensor:
        ctx.save_for_backward(rows, live, still)
        packed, offset = _packed(weight, bias, live, still)
        return torch.addmm(offset, rows, packed.t())

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (grad,) = grads
        rows, live, still = ctx.saved_tensors
        bias = grad.sum(0)
        weight = torch.outer(bias, still)
        weight.index_copy_(1, live, grad.t() @ rows)
        return None, weight, bias, None, None


def _packed(
    weight: torch.Tensor, bias: torch.Tensor, live: torch.Tensor, still: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The live inputs' weights, and the bias with what the other inputs add."""
    return weight.index_select(1, live), torch.addmv(bias, weight, still)
