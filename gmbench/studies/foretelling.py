"""What an agent does early on, as a sign of what it will do in the end, level by level.

P(the final agent takes a side first | a checkpoint took this side on the same level), for every
side. Agents of one recipe differ far more than levels do: one that prefers the goal and another
that prefers the proxy do so on nearly all of their levels. So the share over all agents has
Wilson's interval for as many trials as there are agents, and each agent's own share stands beside
it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gmbench.metrics import Figure
from gmbench.metrics.intervals import wilson_limits
from gmbench.studies.checkpointed import SIDES, Answers
from gmbench.studies.grouping import spread

ENDS: Final = ("goal_first", "proxy_first")
METHOD: Final = "wilson, an agent a trial"
WHATEVER: Final = "whatever"  # no matter what the checkpoint did: what the others compare with

Way = tuple[Answers, Answers]  # what an agent did at a checkpoint, and what it does in the end


def foretold(ways: Mapping[int, Way], *names: str) -> dict[str, dict[str, Any]]:
    """What the outcomes at a checkpoint say of those in the end.

    Args:
        ways: of the agent of every seed.
        names: of the figures; they seed the resampling.

    Returns:
        For every side that a checkpoint may have taken, and for ``whatever``: ``goal_first`` and
        ``proxy_first``, how often the final agents take these on the same levels. Each is the
        share over all agents with its interval, and ``across_seeds``: each agent's own, null where
        it took the given side on no level.
    """
    return {
        given: {end: _share(ways, given, end, *names, given, end) for end in ENDS}
        for given in (*SIDES, WHATEVER)
    }


def share_over_agents(hits: Sequence[int], sizes: Sequence[int]) -> Figure:
    """The share of all levels' answers that are yes, with Wilson's interval, an agent a trial.

    That is as wide as it must be where agents are of two kinds, each always the same, and wider
    than it need be where all are alike; few agents do not tell the two apart. Agents that took the
    side on few levels count for less: the trials are the square of all levels over the sum of each
    agent's squared. Source: Kish 1965, "Survey Sampling" (unequal weights).

    Args:
        hits: how many answers of each agent are yes.
        sizes: of how many; 0 where it took the side on no level.
    """
    n = sum(sizes)
    if n == 0:
        return Figure.missing("no agent took the side")
    share = sum(hits) / n
    low, high = wilson_limits(share, n**2 / sum(size**2 for size in sizes))
    return Figure(share, low, high, n, METHOD)


def _share(ways: Mapping[int, Way], given: str, end: str, *names: str) -> dict[str, Any]:
    asked = {
        seed: [
            final[question] == end
            for question, answer in now.items()
            if question in final and given in (answer, WHATEVER)
        ]
        for seed, (now, final) in sorted(ways.items())
    }
    pooled = share_over_agents(*zip(*((sum(one), len(one)) for one in asked.values()), strict=True))
    own = [sum(one) / len(one) if one else None for one in asked.values()]
    return {**pooled.to_json(), "across_seeds": spread(own, *names)}
