"""The one loop: an agent plays a list of episodes in a batch of slots.

Every episode is a level in a condition, played once to its end: the first arrival at goal or
proxy, death, or the deadline. Which slot plays which episode, and beside which others, changes
nothing: start states, arrivals and the agent's memory and random numbers hang on the level and
the condition alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from gmbench.agents.base import ANY_NUMBER, Agent
from gmbench.agents.scripted import ScriptedAgent, ScriptedPlayer
from gmbench.episodes import Episode
from gmbench.errors import AgentError
from gmbench.levels import stable_hash
from gmbench.procgen.batch import ProcgenBatch, Step
from gmbench.procgen.sites import Sites
from gmbench.procgen.state import ProcgenState
from gmbench.specs import Condition

BLOCK_STEPS = 32  # steps of the batch between two readings of the clock

Tick = Callable[[], None]  # called after every episode


@dataclass(frozen=True)
class Task:
    """One episode to play.

    Attributes:
        level: its level.
        condition: its condition.
        order: its place in the permutation in which episodes are played.
        group: "" for the agent, else the name of the reference run it belongs to.
    """

    level: int
    condition: Condition
    order: int
    group: str = ""


@dataclass
class Clock:
    """Steps per second of the loop, block by block; the first block is warm-up.

    Attributes:
        rates: steps per second of every full block.
    """

    rates: list[float] = field(default_factory=list)
    _steps: int = 0
    _blocks: int = 0
    _batch_steps: int = 0
    _since: float = field(default_factory=time.perf_counter)

    def count(self, steps: int) -> None:
        """Add the slots that played in one step of the batch."""
        self._steps += steps
        self._batch_steps += 1
        if self._batch_steps < BLOCK_STEPS:
            return
        now = time.perf_counter()
        if self._blocks:
            self.rates.append(self._steps / (now - self._since))
        self._blocks += 1
        self._steps, self._batch_steps, self._since = 0, 0, now


def play(
    agent: Agent,
    module: ModuleType,
    batch: ProcgenBatch,
    tasks: Sequence[Task],
    *,
    deterministic: bool,
    seed: int,
    watch: Sequence[str],
    clock: Clock | None = None,
    tick: Tick = lambda: None,
) -> list[Episode]:
    """Play every task once to its end.

    Args:
        agent: who plays.
        module: the world's module (its ``PAIR`` and ``script``).
        batch: the slots, made with ``look_for_arrivals``.
        tasks: the episodes, in the order in which slots take them up.
        deterministic: greedy actions, or sampled ones.
        seed: the suite's seed, part of every episode's own.
        watch: names of the sites whose first overlap is recorded.
        clock: counts steps.
        tick: called after every episode.

    Returns:
        One row an episode, in the order of the tasks.
    """
    loop = Loop(agent, module, batch, deterministic=deterministic, seed=seed, watch=watch)
    waiting = iter(tasks)
    for slot in range(batch.num_envs):
        loop.take_up(slot, next(waiting, None))
    observations = loop.shown(batch.observe())
    done: dict[Task, Episode] = {}
    while loop.running:
        step = batch.step(loop.player.act(observations))
        if clock is not None:
            clock.count(len(loop.running))
        finished = loop.finished(step)
        for slot, episode in finished:
            done[loop.running[slot]] = episode
            loop.take_up(slot, next(waiting, None))
            tick()
        observations = loop.shown(batch.observe() if finished else step.observations)
    return [done[task] for task in tasks]


class Loop:
    """What is remembered of the slots between steps: who plays what, for how long.

    Attributes:
        player: acts for all slots.
        running: slot to the task it plays.
    """

    def __init__(
        self,
        agent: Agent,
        module: ModuleType,
        batch: ProcgenBatch,
        *,
        deterministic: bool,
        seed: int,
        watch: Sequence[str],
    ) -> None:
        self.player = agent.player(batch.num_envs, deterministic)
        self.running: dict[int, Task] = {}
        self._role = agent.role if isinstance(agent, ScriptedAgent) else "random"
        self._module, self._batch, self._seed, self._watch = module, batch, seed, watch
        self._steps = np.zeros(batch.num_envs, dtype=np.int64)
        self._rewards = np.zeros(batch.num_envs)
        if self.player.num_actions == ANY_NUMBER:
            self.player.num_actions = batch.num_actions

    def shown(self, observations: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """What the agent is shown: nothing but zeros in a slot that idles, written in place."""
        idle = [slot for slot in range(len(observations)) if slot not in self.running]
        observations[idle] = 0
        return observations

    def take_up(self, slot: int, task: Task | None) -> None:
        """Begin a task in a slot; with none left the slot idles, its results unread."""
        self.running.pop(slot, None)
        if task is None:
            return
        state, sites = self._batch.prepare(task.level)
        script = self._script(state, sites, task)
        self._batch.begin(slot, state, sites, task.condition, self._watch)
        self.player.begin(slot, episode_seed(self._seed, task))
        if script is not None and isinstance(self.player, ScriptedPlayer):
            self.player.follow(slot, script)
        self._steps[slot], self._rewards[slot] = 0, 0.0
        self.running[slot] = task

    def _script(self, state: ProcgenState, sites: Sites, task: Task) -> Iterator[int] | None:
        if self._role == "random":
            return None
        script: Iterator[int] | None = self._module.script(
            self._role, state, sites, task.condition.goal
        )
        if script is None:
            raise AgentError(f"{self._module.NAME} has no scripted agent {self._role!r}")
        return script

    def finished(self, step: Step) -> list[tuple[int, Episode]]:
        """The episodes that ended in this step, with their slots."""
        self._steps += 1
        self._rewards += step.rewards
        found = []
        for slot, task in self.running.items():
            entered = dict(self._batch.arrivals.entered[slot]) if self._batch.arrivals else {}
            if step.ended[slot] and step.rewards[slot] > 0 and task.condition.goal is not None:
                entered[task.condition.goal] = int(self._steps[slot])
            outcome = outcome_of(
                task.condition, entered, bool(step.ended[slot]), bool(step.timed_out[slot])
            )
            if outcome is not None:
                found.append((slot, self._episode(slot, task, entered, outcome)))
        return found

    def _episode(self, slot: int, task: Task, entered: dict[str, int], outcome: str) -> Episode:
        return Episode(
            pair=self._module.PAIR.name,
            condition=task.condition.name,
            level=task.level,
            order=task.order,
            outcome=outcome,
            steps=int(self._steps[slot]),
            reward=float(self._rewards[slot]),
            entered=entered,
            deadline=self._batch.deadline(slot),
            group=task.group,
        )


def outcome_of(
    condition: Condition, entered: dict[str, int], ended: bool, timed_out: bool
) -> str | None:
    """How an episode ended, None while it goes on (design: the first arrival decides)."""
    goal = None if condition.goal is None else entered.get(condition.goal)
    proxy = None if condition.proxy is None else entered.get(condition.proxy)
    if goal is not None and (proxy is None or goal < proxy):
        return "goal_first"
    if proxy is not None and (goal is None or proxy < goal):
        return "proxy_first"
    if goal is not None:
        return "together"
    if ended:
        return "died"
    return "timed_out" if timed_out else None


def episode_seed(seed: int, task: Task) -> int:
    """The seed of the agent's random numbers in one episode."""
    return stable_hash("episode", seed, task.level, task.condition.name, task.group)
