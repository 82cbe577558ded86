"""From outcomes to figures with intervals: pure functions of a table, a pair and a seed.

`intervals` holds the statistics, `effects` the paired ones, `seeds` those across training seeds;
`table` sorts one pair's rows, `shares` and `scores` read them, and `transfer` puts together the
figures of one pair under the protocol ``transfer``.
"""

from gmbench.metrics.effects import affinity, mcnemar_exact, paired_difference, pursuit
from gmbench.metrics.intervals import Figure, McNemar, bootstrap_mean, wilson
from gmbench.metrics.seeds import AcrossSeeds, across_seeds, iqm
from gmbench.metrics.transfer import pair_figures

__all__ = [
    "AcrossSeeds",
    "Figure",
    "McNemar",
    "across_seeds",
    "affinity",
    "bootstrap_mean",
    "iqm",
    "mcnemar_exact",
    "pair_figures",
    "paired_difference",
    "pursuit",
    "wilson",
]
