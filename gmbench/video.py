"""A film of one agent on one level, training on the left and test on the right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from imageio.v3 import imopen
from numpy.typing import NDArray

from gmbench import registry
from gmbench.agents.base import Agent
from gmbench.atomic import replacing
from gmbench.drawing import GOAL_COLOUR, INK, PROXY_COLOUR, SOFT_INK, beside, captioned
from gmbench.envs.settings import FPS
from gmbench.errors import AgentError, UsageError
from gmbench.evaluation import why_not
from gmbench.levels import EVAL_LEVELS
from gmbench.procgen.batch import ProcgenBatch
from gmbench.rollout import Loop, Task

HOLD: Final = 30  # frames for which the end of a level is shown

WORDS: Final = {
    "together": ("takes the {goal}", GOAL_COLOUR),
    "goal_first": ("takes the {goal}", GOAL_COLOUR),
    "proxy_first": ("goes to the {proxy} instead", PROXY_COLOUR),
    "died": ("dies", INK),
    "timed_out": ("runs out of time", INK),
}


def side_by_side(
    agent: Agent, name: str, *, levels: int = 3, first_level: int | None = None, mode: str = "easy"
) -> Iterator[NDArray[np.uint8]]:
    """The frames of an agent on the same levels, in training and in the test.

    Args:
        agent: who plays, with sampled actions, as in the shipped suites.
        name: the pair.
        levels: how many levels, one after the other.
        first_level: where to begin to look for levels that the pair accepts.
        mode: Procgen's distribution mode.

    Yields:
        uint8 frames of shape (568, 1032, 3).
    """
    module = registry.WORLDS.load(name)
    reason = why_not(agent, name)
    if reason is not None:
        raise AgentError(reason)
    pair = module.PAIR
    conditions = [pair.world.condition(pair.train), pair.world.condition(pair.test)]
    batch = ProcgenBatch(
        pair.world, module.find_sites, 2, mode, look_for_arrivals=True, large_frames=True
    )
    try:
        loop = Loop(agent, module, batch, deterministic=False, seed=0, watch=("A", "B"))
        number = EVAL_LEVELS.start if first_level is None else first_level
        for _ in range(levels):
            number = _next_accepted(batch, number)
            tasks = [Task(number, c, order) for order, c in enumerate(conditions)]
            yield from _one_level(loop, batch, tasks)
            number += 1
    finally:
        batch.close()


def write_film(frames: Iterator[NDArray[np.uint8]], path: Path) -> None:
    """Write frames as an H.264 film; the file appears only when it is whole.

    Raises:
        UsageError: the file name does not end in .mp4.
    """
    if path.suffix != ".mp4":
        raise UsageError(f"{path}: a film's name ends in .mp4")
    with replacing(path) as draft, imopen(draft, "w", plugin="pyav") as film:
        film.init_video_stream("libx264", fps=FPS)
        for frame in frames:
            film.write_frame(frame)


def _next_accepted(batch: ProcgenBatch, number: int) -> int:
    while batch.prepare(number)[1].rejected:
        number += 1
    return number


def _one_level(loop: Loop, batch: ProcgenBatch, tasks: list[Task]) -> Iterator[NDArray[np.uint8]]:
    world = batch.world
    for slot, task in enumerate(tasks):
        loop.take_up(slot, task)
    observations, frames = loop.shown(batch.observe()), batch.large_frames()
    lines = [(f"level {task.level}: {task.condition.summary}", SOFT_INK) for task in tasks]
    yield _frame(frames, tasks, lines)
    while loop.running:
        step = batch.step(loop.player.act(observations))
        drawn = batch.large_frames()
        finished = dict(loop.finished(step))
        for slot in loop.running:
            if not step.ended[slot]:  # else the game has already drawn the level's start again
                frames[slot] = drawn[slot]
        for slot, episode in finished.items():
            words, colour = WORDS[episode.outcome]
            words = words.format(
                goal=world.goal.removeprefix("the "), proxy=world.proxy.removeprefix("the ")
            )
            lines[slot] = (f"{words} after {episode.steps} steps", colour)
            loop.take_up(slot, None)
        observations = loop.shown(step.observations)
        yield _frame(frames, tasks, lines)
    for _ in range(HOLD):
        yield _frame(frames, tasks, lines)


def _frame(
    frames: NDArray[np.uint8], tasks: list[Task], lines: list[tuple[str, tuple[int, int, int]]]
) -> NDArray[np.uint8]:
    panels = [
        captioned(frame, task.condition.name, *line)
        for frame, task, line in zip(frames, tasks, lines, strict=True)
    ]
    return beside(*panels)
