"""A film of one agent on one level, training on the left and test on the right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from itertools import repeat
from pathlib import Path
from typing import Final

import numpy as np
from imageio.v3 import imopen
from numpy.typing import NDArray

from gmbench import registry
from gmbench.agents.base import Agent
from gmbench.agents.fitting import observation_for
from gmbench.atomic import replacing
from gmbench.drawing import GOAL_COLOUR, INK, PROXY_COLOUR, SOFT_INK, beside, captioned
from gmbench.episodes import Episode
from gmbench.errors import UsageError
from gmbench.levels import EVAL_LEVELS
from gmbench.rollout import Loop, Task
from gmbench.specs import Pair
from gmbench.stages.base import USUAL, Setting, Stage
from gmbench.stages.open import open_stage

READ: Final = 1  # seconds for which the start of a level is shown
HOLD: Final = 2  # and its end
LONG: Final = 20  # seconds of a level from which on only every `LEAP`-th step is shown
LEAP: Final = 40

Line = tuple[str, tuple[int, int, int]]  # a caption's text and colour

WORDS: Final[dict[str, Line]] = {
    "together": ("got {goal}", GOAL_COLOUR),
    "goal_first": ("went for {goal}", GOAL_COLOUR),
    "proxy_first": ("went for {proxy} instead", PROXY_COLOUR),
    "other": ("went for neither", INK),
    "died": ("died", INK),
    "timed_out": ("time was up", INK),
}


def film(
    agent: Agent,
    name: str,
    path: Path,
    *,
    levels: int = 3,
    first_level: int | None = None,
    setting: Setting = USUAL,
) -> None:
    """Film an agent on the same levels, in training and in the test.

    Args:
        agent: who plays, with sampled actions, as in the shipped suites.
        name: the pair.
        path: of the film, ending in .mp4.
        levels: how many levels, one after the other.
        first_level: where to begin to look for levels that the pair accepts.
        setting: how the pair is played; what the agent is shown follows from the agent.

    Raises:
        AgentError: the agent does not fit the pair.
        UsageError: another file name, or a setting that does not fit the pair.
    """
    module = registry.WORLDS.load(name)
    pair: Pair = module.PAIR
    setting = replace(setting, obs=observation_for(agent, module, setting))
    named = [pair.world.condition(condition) for condition in (pair.train, pair.test)]
    both = [condition for condition in named if condition is not None]
    with closing(open_stage(module, both, len(both), setting, pictures=True)) as stage:
        first = EVAL_LEVELS.start if first_level is None else first_level
        loop = Loop(agent, stage, deterministic=False, seed=0)
        tasks = [
            {slot: Task(number, condition, slot) for slot, condition in enumerate(both)}
            for number in stage.find_levels(levels, first).numbers
        ]
        write_film(
            (f for level in tasks for f in side_by_side(loop, stage, level)), path, stage.fps
        )


def write_film(frames: Iterable[NDArray[np.uint8]], path: Path, fps: int) -> None:
    """Write frames as an H.264 film; the file appears only when it is whole.

    Raises:
        UsageError: the file name does not end in .mp4.
    """
    if path.suffix != ".mp4":
        raise UsageError(f"{path}: a film's name ends in .mp4")
    with replacing(path) as draft, imopen(draft, "w", plugin="pyav") as reel:
        reel.init_video_stream("libx264", fps=fps)
        for frame in frames:
            reel.write_frame(frame)


def side_by_side(
    loop: Loop, stage: Stage, tasks: Mapping[int, Task]
) -> Iterator[NDArray[np.uint8]]:
    """The frames of one level in all slots, from its start to the end of the last episode.

    Args:
        loop: plays in the stage; nothing runs in it.
        stage: of two slots.
        tasks: slot to what is played in it.

    Yields:
        uint8 frames of shape (H, W, 3), H and W even.
    """
    loop.take_up(tasks)
    lines = [(f"level {task.level}: {task.condition.summary}", SOFT_INK) for task in tasks.values()]
    titles = [task.condition.name for task in tasks.values()]
    frame = _frame(stage.pictures(), titles, lines)
    yield from repeat(frame, READ * stage.fps)
    steps = 0
    while loop.running:
        ended = loop.step()
        steps += 1
        for slot, (task, episode) in ended.items():
            lines[slot] = _ending(stage.pair, task, episode)
        pictures = stage.pictures()
        if steps <= LONG * stage.fps:
            frame = _frame(pictures, titles, lines)
            yield frame
        elif ended or steps % LEAP == 0:
            running = [
                f"{t}, step {steps}" if s in loop.running else t for s, t in enumerate(titles)
            ]
            frame = _frame(pictures, running, lines)
            yield frame
    yield from repeat(frame, HOLD * stage.fps)


def _ending(pair: Pair, task: Task, episode: Episode) -> Line:
    """What happened, and after how many steps."""
    words, colour = WORDS[episode.outcome]
    wanted = (task.condition.goal, task.condition.proxy)
    arrivals = [step for event, step in episode.entered.items() if event in wanted]
    words = words.format(goal=pair.world.goal, proxy=pair.world.proxy)
    return f"{words} ({min(arrivals, default=episode.steps)} steps)", colour


def _frame(pictures: NDArray[np.uint8], titles: list[str], lines: list[Line]) -> NDArray[np.uint8]:
    panels = [
        captioned(picture, title, *line)
        for picture, title, line in zip(pictures, titles, lines, strict=True)
    ]
    return beside(*panels)
