"""Trainings that have diverged: told in a line, whatever the algorithm trips over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch
from stable_baselines3.common.base_class import BaseAlgorithm

from gmbench.errors import UsageError

DIVERGED: Final = "its training has diverged; lower the learning rate"
_SAID: Final = "found invalid values"  # by torch, of logits that make no distribution


@contextmanager
def telling_divergence(model: BaseAlgorithm) -> Iterator[None]:
    """Refuse a policy that is not finite when the block ends, be it well or with torch's error.

    Raises:
        UsageError: a weight is not finite, or what the policy gives.
    """
    try:
        yield
    except ValueError as error:
        if _SAID in str(error) or not _finite(model):
            raise UsageError(f"the policy's outputs are not finite: {DIVERGED}") from error
        raise
    if not _finite(model):
        raise UsageError(f"the policy's weights are not finite: {DIVERGED}")


def _finite(model: BaseAlgorithm) -> bool:
    return all(bool(torch.isfinite(weights).all()) for weights in model.policy.parameters())
