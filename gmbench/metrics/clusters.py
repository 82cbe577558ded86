"""Shares of episodes that hang together, such as those of one perturbed network."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

from gmbench.metrics.intervals import TAILS, Figure, Z, wilson_limits

METHOD: Final = "wilson, by cluster"


def clustered_share(hits: ArrayLike, sizes: ArrayLike) -> Figure:
    """A share of episodes in clusters, with Wilson's interval for as many as they are worth.

    The number of episodes is divided by the design effect, the variance between clusters over that
    of independent episodes, where it is above 1, and for few clusters by the square of Student's
    quantile over the normal one. Where all episodes agree nothing is known of the design effect,
    and a cluster counts as one. Good for many clusters of few episodes (a slow test tells how
    good); with many episodes in each it covers too little near 0 and 1.

    Source: Korn and Graubard 1998, "Confidence intervals for proportions with small expected number
    of positive counts estimated from survey data", with Wilson's interval for Clopper and
    Pearson's.

    Args:
        hits: whole numbers of shape (clusters,), how many episodes of each are counted.
        sizes: how many each has, of the same shape, none 0.
    """
    counted, of = np.asarray(hits, np.float64), np.asarray(sizes, np.float64)
    clusters, n = len(of), int(of.sum())
    if clusters < 2:
        return Figure.missing(f"needs two clusters at least, there are {clusters}", n)
    share = float(counted.sum() / n)
    alone = share * (1 - share) / n
    if alone == 0:
        worth = float(clusters)
    else:
        between = clusters / (clusters - 1) * float(((counted - share * of) ** 2).sum()) / n**2
        few = (Z / float(student.ppf(TAILS[1], clusters - 1))) ** 2
        worth = n if between <= alone else n * alone / between * few
    low, high = wilson_limits(share, worth)
    return Figure(share, low, high, n, METHOD)
