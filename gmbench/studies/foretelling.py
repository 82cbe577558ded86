"""What an agent does early on, as a sign of what it will do in the end, level by level.

P(the final agent takes a side first | a checkpoint took this side on the same level), for every
side. The share over all agents has Wilson's interval by level, since agents of several seeds play
the same levels: it says how the same agents would fare on other levels. Agents of one recipe
differ far more than levels do, so each agent's own share stands beside it, and what they are
across seeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gmbench.studies.checkpointed import SIDES, Answers
from gmbench.studies.commitment import share_over_levels
from gmbench.studies.grouping import spread

ENDS: Final = ("goal_first", "proxy_first")
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


def _share(ways: Mapping[int, Way], given: str, end: str, *names: str) -> dict[str, Any]:
    asked = {
        seed: [
            (question, final[question] == end)
            for question, answer in sorted(now.items())
            if question in final and given in (answer, WHATEVER)
        ]
        for seed, (now, final) in sorted(ways.items())
    }
    everyone = [one for of_seed in asked.values() for one in of_seed]
    pooled = share_over_levels(everyone)
    own = [sum(yes for _, yes in one) / len(one) if one else None for one in asked.values()]
    return {**pooled.to_json(), "across_seeds": spread(own, *names)}
