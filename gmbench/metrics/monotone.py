"""Curves that are known to rise or to fall, made so where chance bends them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def rising(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The least-squares rising curve through the points of many curves: isotonic regression.

    Args:
        points: shape (..., places).

    Returns:
        Of the same shape; at i the largest over j <= i of the least mean of points j to k >= i.
    """
    sums = np.concatenate([np.zeros_like(points[..., :1]), points.cumsum(axis=-1)], axis=-1)
    found = np.full(points.shape, -np.inf)
    for first in range(points.shape[-1]):
        ahead = sums[..., first + 1 :] - sums[..., first : first + 1]
        means = ahead / np.arange(1, ahead.shape[-1] + 1)
        least = np.minimum.accumulate(means[..., ::-1], axis=-1)[..., ::-1]
        found[..., first:] = np.maximum(found[..., first:], least)
    return found


def falling(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The least-squares falling curve through the points of many curves; see `rising`.

    Args:
        points: shape (..., places).
    """
    return -rising(-points)
