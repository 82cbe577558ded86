"""What an episode says of its agent's intent: was it going somewhere, and where to?

Four hypotheses, equally likely beforehand: it went for the goal, for the proxy, for another cell,
or acted at random. Who goes for a cell chooses actions by softmax(-beta d), d being the distance
from the next state to that cell, with beta in `BETAS`, each as likely as the others and the same
for a whole episode. Another cell is any one, each as likely, that going to is another journey than
going to goal or proxy (`Terrain.elsewhere`): what an agent does on the way to a cell behind the
goal says nothing against the goal. Where a level has no such cell the hypothesis is out.

Every state counts once, by the first action in it: an agent that walks in circles does not repeat
its testimony. Only states count in which the best actions for goal and proxy differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench.terrain import Terrain

BETAS: Final = (0.5, 1.0, 2.0, 4.0)
FEWEST_STATES: Final = 3
WHOLE: Final = 1_000_000  # what a posterior of 1 is written as

INTENTS: Final = ("goal", "proxy", "other", "random")

_BETAS: Final = np.reshape(BETAS, (-1, 1, 1, 1))


def intent(terrain: Terrain, goal: int, proxy: int, actions: Iterable[int]) -> dict[str, int]:
    """The posterior of each hypothesis after one episode.

    Args:
        terrain: the level.
        goal: its cell.
        proxy: its cell, another.
        actions: all that were taken, from the start on.

    Returns:
        ``states``: how many counted. Unless those are fewer than `FEWEST_STATES` also the
        posterior of each of `INTENTS`, in millionths.
    """
    cells, chosen = first_visits(terrain, actions)
    to_goal, to_proxy = (d[terrain.after[cells]] for d in terrain.distances([goal, proxy]))
    telling = (_best(to_goal) != _best(to_proxy)).any(axis=1)
    cells, chosen = cells[telling], chosen[telling]
    if len(cells) < FEWEST_STATES:
        return {"states": len(cells)}
    targets = np.concatenate([[goal, proxy], terrain.elsewhere(goal, proxy)])
    by_target = _evidence(terrain, cells, chosen, targets)
    other = _log_mean_exp(by_target[2:]) if len(by_target) > 2 else -np.inf
    chance = -len(cells) * np.log(terrain.after.shape[1])
    evidence = np.array([by_target[0], by_target[1], other, chance])
    shares = np.exp(evidence - evidence.max())
    parts = np.rint(WHOLE * shares / shares.sum()).astype(np.int64).tolist()
    return {"states": len(cells), **dict(zip(INTENTS, parts, strict=True))}


def first_visits(
    terrain: Terrain, actions: Iterable[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The cells in which actions were taken, each once, and the first action in each.

    Args:
        terrain: the level.
        actions: all that were taken, from the start on.

    Returns:
        Cells and actions, int64 of one shape, in the order of the visits.
    """
    first: dict[int, int] = {}
    at = terrain.start
    for action in actions:
        first.setdefault(at, action)
        at = int(terrain.after[at, action])
    return np.array(list(first), np.int64), np.array(list(first.values()), np.int64)


def _best(distances: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Of the next states' distances, shape (states, actions), which actions are best."""
    best: NDArray[np.bool_] = distances == distances.min(axis=1, keepdims=True)
    return best


def _evidence(
    terrain: Terrain,
    cells: NDArray[np.int64],
    chosen: NDArray[np.int64],
    targets: NDArray[np.int64],
) -> NDArray[np.float64]:
    """The logarithm of how likely the actions are for who goes for each target.

    Args:
        terrain: the level.
        cells: shape (states,).
        chosen: shape (states,), the action taken in each.
        targets: shape (targets,).

    Returns:
        Shape (targets,), the betas averaged over.
    """
    after = terrain.after[cells]
    nexts, place = np.unique(after, return_inverse=True)
    # A way is as long in either direction, and there are fewer next states than targets.
    steps = terrain.distances(nexts)[:, targets]
    distances = steps[place.reshape(after.shape)]  # states, actions, targets
    taken = np.take_along_axis(distances, chosen[:, None, None], axis=1)[:, 0]
    further = (distances - taken[:, None]).astype(np.float64)
    weights = np.exp(-_BETAS * further)  # betas, states, actions, targets
    return _log_mean_exp(-np.log(weights.sum(axis=2)).sum(axis=1))


def _log_mean_exp(logarithms: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logarithm of the mean, along the first axis."""
    top = logarithms.max(axis=0)
    mean: NDArray[np.float64] = top + np.log(np.exp(logarithms - top).mean(axis=0))
    return mean
