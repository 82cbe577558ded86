"""The one loop: an agent plays a list of episodes in a batch of slots.

Every episode is a level in a condition, played once to its end, which the stage knows. Which slot
plays which episode, and beside which others, changes nothing: start states, arrivals and the
agent's memory and random numbers hang on the level and the condition alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gmbench.agents.base import ANY_NUMBER, Agent
from gmbench.agents.noisy import NoisyPlayer
from gmbench.agents.scripted import Oracle
from gmbench.episodes import Episode
from gmbench.levels import stable_hash
from gmbench.records import MIN_REPEATS
from gmbench.specs import Condition
from gmbench.stages.base import Stage
from gmbench.trails import Trails

BLOCK_STEPS = 32  # steps of the batch in a block of the clock's, at most

Tick = Callable[[], None]  # called after every episode


@dataclass(frozen=True)
class Task:
    """One episode to play.

    Attributes:
        level: its level.
        condition: its condition.
        order: its place in the permutation in which episodes are played.
        group: "" for the agent, else the name of the reference run it belongs to.
        goal_cell: where the goal is moved to before the episode; None leaves it.
    """

    level: int
    condition: Condition
    order: int
    group: str = ""
    goal_cell: int | None = None


@dataclass
class Clock:
    """Steps per second of the loop, block by block; the first block is warm-up."""

    _steps: list[int] = field(default_factory=list)  # slots that played, by steps of the batch
    _times: list[float] = field(default_factory=lambda: [time.perf_counter()])

    def count(self, steps: int) -> None:
        """Add the slots that played in one step of the batch."""
        self._steps.append(steps)
        self._times.append(time.perf_counter())

    @property
    def rates(self) -> list[float]:
        """Steps per second of every full block but the first.

        Blocks are shorter where the batch took too few steps for so many long ones that a speed
        may be stated; none where it took too few for that.
        """
        block = min(BLOCK_STEPS, len(self._steps) // (MIN_REPEATS + 1))
        if not block:
            return []
        ends = range(2 * block, len(self._steps) + 1, block)
        return [
            sum(self._steps[end - block : end]) / (self._times[end] - self._times[end - block])
            for end in ends
        ]


def play(
    agent: Agent,
    stage: Stage,
    tasks: Sequence[Task],
    *,
    deterministic: bool,
    seed: int,
    clock: Clock | None = None,
    tick: Tick = lambda: None,
    intents: bool = False,
) -> list[Episode]:
    """Play every task once to its end.

    Args:
        agent: who plays.
        stage: the slots it plays in.
        tasks: the episodes, in the order in which slots take them up.
        deterministic: greedy actions, or sampled ones.
        seed: the suite's seed, part of every episode's own.
        clock: counts steps.
        tick: called after every episode.
        intents: whether to tell intents, where that can be done.

    Returns:
        One row an episode, in the order of the tasks.
    """
    loop = Loop(agent, stage, deterministic=deterministic, seed=seed, intents=intents)
    waiting = iter(tasks)
    loop.take_up(dict(zip(range(stage.num_envs), waiting, strict=False)))
    done: dict[Task, Episode] = {}
    while loop.running:
        playing = len(loop.running)
        finished = loop.step()
        if clock is not None:
            clock.count(playing)
        for task, episode in finished.values():
            done[task] = episode
            tick()
        if finished:
            loop.take_up(dict(zip(finished, waiting, strict=False)))
    return [done[task] for task in tasks]


class Loop:
    """Who plays what in which slot, from step to step.

    Attributes:
        running: slot to the task it plays.
    """

    def __init__(
        self,
        agent: Agent,
        stage: Stage,
        *,
        deterministic: bool,
        seed: int,
        intents: bool = False,
    ) -> None:
        self.running: dict[int, Task] = {}
        self._stage, self._seed = stage, seed
        self._trails = Trails(stage) if intents else None
        self._idle = np.ones(stage.num_envs, dtype=np.bool_)
        self._player = agent.player(stage.num_envs, deterministic)
        if self._player.num_actions == ANY_NUMBER:
            self._player.num_actions = int(stage.action_space.n)
        player = self._player
        while isinstance(player, NoisyPlayer):
            player = player.inner
        if isinstance(player, Oracle):
            player.stage = stage

    def take_up(self, tasks: Mapping[int, Task]) -> None:
        """Begin tasks, each in a slot that is idle."""
        if not tasks:
            return
        begun = tasks.values()
        self._stage.begin(
            list(tasks), [task.level for task in begun], [task.condition for task in begun]
        )
        moved = {s: task.goal_cell for s, task in tasks.items() if task.goal_cell is not None}
        if moved:
            self._stage.move_goals(moved)
        for slot, task in tasks.items():
            self._player.begin(slot, episode_seed(self._seed, task))
            if self._trails is not None:
                self._trails.begin(slot, task.condition)
            self.running[slot] = task
            self._idle[slot] = False

    def step(self) -> dict[int, tuple[Task, Episode]]:
        """Play one step in every slot.

        Returns:
            Slot to the task whose episode ended in it, and the episode; the slot is idle then.
        """
        actions = self._player.act(self._shown())
        if self._trails is not None:
            self._trails.add(actions)
        over = self._stage.step(actions)
        # In the order in which they began; without a look at every slot where none has ended.
        ended = [slot for slot in self.running if over[slot]] if over.any() else []
        return {slot: self._ended(slot) for slot in ended}

    def _shown(self) -> NDArray[np.uint8]:
        """What the agent is shown: nothing but zeros in a slot that idles, written in place."""
        observations = self._stage.observe()
        observations[self._idle] = 0
        return observations

    def _ended(self, slot: int) -> tuple[Task, Episode]:
        """Take the episode that ended in a slot."""
        task, ending = self.running.pop(slot), self._stage.ending(slot)
        self._idle[slot] = True
        episode = Episode(
            pair=self._stage.pair.name,
            condition=task.condition.name,
            level=task.level,
            order=task.order,
            group=task.group,
            intent={} if self._trails is None else self._trails.end(slot),
            **vars(ending),
        )
        return task, episode


def episode_seed(seed: int, task: Task) -> int:
    """The seed of the agent's random numbers in one episode."""
    return stable_hash("episode", seed, task.level, task.condition.name, task.group)
