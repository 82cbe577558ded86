"""`train`: a recipe in, an agent's zip out, with its curve beside it."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from stable_baselines3.common.base_class import BaseAlgorithm

from gmbench.atomic import make_folder, refuse_bad_target
from gmbench.envs.lessons import Tally, too_few
from gmbench.errors import Interrupted, MissingPartError, UsageError
from gmbench.hints import quoted
from gmbench.levels import stable_hash
from gmbench.training.building import build_env, build_model
from gmbench.training.checking import checked
from gmbench.training.checkpoints import Due, checkpoint_path
from gmbench.training.curve import Row, write_curve
from gmbench.training.diverging import telling_divergence
from gmbench.training.recipe import Recipe
from gmbench.training.regimes import regime_games
from gmbench.training.resuming import Saved, read_run, remove, restore, resume_path, save_run
from gmbench.training.saving import refuse_bad_agent_path, save_agent
from gmbench.training.stopping import Stop, stopping
from gmbench.training.watching import Progress, Watch

DEVICES: Final = ("cpu", "cuda")


@dataclass(frozen=True)
class Trained:
    """A run that has come to its end.

    Attributes:
        agent, curve: the files written.
        recipe: what was done, everything filled in.
        steps: environment steps learned from.
        seconds: of training, in all.
        rows: of the curve, the last at the end.
        lessons: what became of the lessons, None where the recipe gives none.
    """

    agent: Path
    curve: Path
    recipe: Recipe
    steps: int
    seconds: float
    rows: tuple[Row, ...]
    lessons: Tally | None = None


def train(
    recipe: Recipe,
    out: str | os.PathLike[str],
    *,
    resume: bool = False,
    checkpoints: str | os.PathLike[str] | None = None,
    every: int | Sequence[int] | None = None,
    curve: str | os.PathLike[str] | None = None,
    tensorboard: str | os.PathLike[str] | None = None,
    device: str = "cpu",
    threads: int = 1,
    progress: Callable[[Progress], None] | None = None,
) -> Trained:
    """Train an agent and write its zip, and its curve as ``<out>.curve.csv``.

    When Ctrl-C or SIGTERM asks for it, training stops after the step or the update it is in, writes
    the agent as it is, and ``<out>.resume``, from which ``resume=True`` goes on to the same total.

    Args:
        recipe: what is trained on what, and how; checked here.
        out: the agent's zip.
        resume: go on from the file beside ``out``.
        checkpoints: a folder for agents on the way; made where it is not there.
        every: after how many steps one is written there, or the list of steps.
        curve: where the curve is written instead.
        tensorboard: a folder for TensorBoard's logs.
        device: of the network.
        threads: of torch, on the processor. Networks as small as these gain half as much again by
            a second one, and lose nine tenths of their speed where another program wants its core.
        progress: called a few times a second with how far it is.

    Raises:
        RecipeError: the recipe has a mistake.
        UsageError: a file cannot be written, there is nothing to resume, a lesson found no episode
            in its span, or the training diverged.
        MissingPartError: the games, sb3-contrib or TensorBoard are needed and not installed.
        Interrupted: it was stopped; what it learned is saved.
    """
    recipe = checked(recipe)
    _refuse_bad_device(device)
    if threads < 1:
        raise UsageError(f"threads={threads}: torch needs one at least")
    files = _Files(refuse_bad_agent_path(out), curve, checkpoints, every)
    if tensorboard is not None and importlib.util.find_spec("tensorboard") is None:
        raise MissingPartError(
            'TensorBoard is not installed; run pip install "gmbench[tensorboard]"'
        )
    saved = files.saved(recipe, resume)
    env = build_env(recipe, device)
    usual = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        model = build_model(recipe, env, tensorboard=tensorboard, device=device)
        if saved is not None:
            restore(model, saved)
            env.seed(stable_hash("resumed", recipe.seed, saved.steps) % 2**31)
        if files.checkpoints is not None:
            make_folder(files.checkpoints)
        return _learn(model, recipe, files, saved, progress)
    finally:
        torch.set_num_threads(usual)
        env.close()


class _Files:
    """What a run reads and writes, checked before it begins."""

    def __init__(
        self,
        agent: Path,
        curve: str | os.PathLike[str] | None,
        checkpoints: str | os.PathLike[str] | None,
        every: int | Sequence[int] | None,
    ) -> None:
        self.agent, self.resume = agent, resume_path(agent)
        self.curve = agent.with_suffix(".curve.csv") if curve is None else Path(curve)
        refuse_bad_target(self.curve)
        if (checkpoints is None) != (every is None):
            raise UsageError("checkpoints need a folder, and after how many steps one is written")
        self.checkpoints = None if checkpoints is None else Path(checkpoints)
        self._every = every
        if self.checkpoints is not None:
            self.due(0)

    def saved(self, recipe: Recipe, resume: bool) -> Saved | None:
        """The run to go on with, None where a new one begins.

        Raises:
            UsageError: there is none, or one of another recipe; or there is one, and nobody asked
                for it.
        """
        if not resume:
            if self.resume.exists():
                raise UsageError(
                    f"{self.resume} holds a run that was stopped; go on with --resume, or delete it"
                )
            return None
        saved = read_run(self.resume)
        if saved.recipe != recipe:
            raise UsageError(
                f"{self.resume} is of another recipe; resume with the recipe it was begun with"
            )
        return saved

    def due(self, done: int) -> Due | None:
        """When checkpoints are due, after so many steps."""
        return None if self._every is None else Due(self._every, done)


def _learn(
    model: BaseAlgorithm,
    recipe: Recipe,
    files: _Files,
    saved: Saved | None,
    progress: Callable[[Progress], None] | None,
) -> Trained:
    rows = [] if saved is None else saved.rows
    done = 0 if saved is None else saved.steps
    due = files.due(done)

    def after_update(steps: int) -> None:
        if due is not None and due(steps) and files.checkpoints is not None:
            save_agent(model, checkpoint_path(files.checkpoints, steps))

    with stopping() as stop:
        watch = Watch(
            recipe.steps,
            rows,
            0.0 if saved is None else saved.seconds,
            stop,
            lambda: write_curve(files.curve, rows),
            after_update,
            progress,
        )
        left = max(recipe.steps - done, 0)
        with telling_divergence(model):
            model.learn(
                left,
                callback=watch,
                tb_log_name=files.agent.stem,
                reset_num_timesteps=saved is None,
            )
        seconds = watch.seconds
        if watch.halted:
            _put_aside(model, recipe, files, watch, stop)
        lessons = _lessons(model, recipe)
        save_agent(model, files.agent)
        remove(files.resume)
    return Trained(files.agent, files.curve, recipe, watch.learned, seconds, tuple(rows), lessons)


def _lessons(model: BaseAlgorithm, recipe: Recipe) -> Tally | None:
    """What became of the lessons, all of which have begun.

    Raises:
        UsageError: some have not.
    """
    games, regime = regime_games(model), recipe.regime
    if games is None or regime is None or regime.lessons is None:
        return None
    if games.tally.begun < regime.lessons.episodes:
        raise UsageError(too_few(games.tally.begun, regime.lessons))
    return games.tally


def _put_aside(
    model: BaseAlgorithm, recipe: Recipe, files: _Files, watch: Watch, stop: Stop
) -> None:
    """Save a run that was asked to stop.

    Raises:
        Interrupted: always; the message says how to go on.
    """
    assert stop.signal is not None
    # The rollout that was begun is not learned from, so it does not count.
    model.num_timesteps = watch.learned
    save_run(model, files.resume, recipe, watch.seconds, watch.rows)
    save_agent(model, files.agent)
    raise Interrupted(
        f"stopped after {watch.learned:,} of {recipe.steps:,} steps; {files.agent} holds what was"
        " learned: run the same command with --resume to go on",
        stop.signal,
    )


def _refuse_bad_device(device: str) -> None:
    """Refuse what is no device, or is not there: Stable-Baselines3 would use another and not say.

    Raises:
        UsageError: there is no such device.
    """
    if device not in DEVICES:
        raise UsageError(f"device {quoted(device)}: choose {' or '.join(DEVICES)}")
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("device cuda: torch finds no graphics card here; choose cpu")
