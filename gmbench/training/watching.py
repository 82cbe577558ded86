"""Watches a run from inside: the curve, the checkpoints, the progress, and whether to stop."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stable_baselines3.common.callbacks import BaseCallback

from gmbench.training.card_source import CardInfos
from gmbench.training.curve import ROWS, Row
from gmbench.training.stopping import Stop

RECENT: Final = 1_000  # episodes over which the progress tells success and reward
TOLD_EVERY: Final = 0.1  # seconds


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        steps, total: environment steps played and to be played.
        seconds: since it began, or went on.
        steps_per_second: since then.
        success: share of the last episodes that succeeded; None where the world does not say.
        reward: their mean return; None before the first ended.
    """

    steps: int
    total: int
    seconds: float
    steps_per_second: float
    success: float | None
    reward: float | None


@dataclass(frozen=True)
class _Ended:
    """An episode that ended."""

    success: bool | None
    reward: float
    length: int


class Watch(BaseCallback):
    """Watches one run.

    The policy is looked at between a whole update and the next rollout: then ``steps`` is what it
    has learned from. ``halted`` says whether it was stopped within a rollout.

    Args:
        total: steps of the whole run.
        rows: of the curve, from before the run was stopped; appended to.
        seconds: of training before then.
        stop: asked after every step.
        on_row: called with every new row of the curve.
        on_update: called with the steps learned from, after every update.
        progress: called a few times a second, and at the end.
    """

    def __init__(
        self,
        total: int,
        rows: list[Row],
        seconds: float,
        stop: Stop,
        on_row: Callable[[], None],
        on_update: Callable[[int], None],
        progress: Callable[[Progress], None] | None,
    ) -> None:
        super().__init__()
        self.rows, self.stop = rows, stop
        self.learned, self.halted = 0, False
        self._total, self._before = total, seconds
        self._on_row, self._on_update, self._progress = on_row, on_update, progress
        self._ended: list[_Ended] = []
        self._recent: deque[_Ended] = deque(maxlen=RECENT)
        self._began = self._told = time.monotonic()
        self._steps_before = 0

    @property
    def seconds(self) -> float:
        """Of training, in all."""
        return self._before + time.monotonic() - self._began

    def _on_training_start(self) -> None:
        self._began = time.monotonic()
        self._steps_before = self.learned = self.num_timesteps = self.model.num_timesteps

    def _on_rollout_start(self) -> None:
        # Off-policy algorithms come here every few steps, before they have learned anything.
        self.learned = self.model.num_timesteps
        if self.learned > self._steps_before:
            self._on_update(self.learned)
        last = self.rows[-1].steps if self.rows else 0
        if self.learned - last >= self._total / ROWS:
            self._add_row()

    def _on_step(self) -> bool:
        infos = self.locals["infos"]
        if not isinstance(infos, CardInfos):  # to look into those would wait for the card
            self._note(infos)
        now = time.monotonic()
        if self._progress is not None and now - self._told >= TOLD_EVERY:
            self._told = now
            self._progress(self._far())
        self.halted = self.stop.signal is not None
        return not self.halted

    def _on_rollout_end(self) -> None:
        if isinstance(self.locals["infos"], CardInfos):
            self._note(self.locals["ended"])

    def _note(self, infos: Sequence[Mapping[str, Any]]) -> None:
        """Take note of the episodes that ended."""
        for info in infos:
            if info:
                episode = info["episode"]
                ended = _Ended(info.get("is_success"), float(episode["r"]), int(episode["l"]))
                self._ended.append(ended)
                self._recent.append(ended)

    def _on_training_end(self) -> None:
        if not self.halted:
            self.learned = self.model.num_timesteps
            self._on_update(self.learned)
            self._add_row()
        if self._progress is not None:
            self._progress(self._far())

    def _add_row(self) -> None:
        success, reward, length = _means(self._ended)
        loss = self.logger.name_to_value.get("train/loss")
        self.rows.append(
            Row(
                self.learned,
                round(self.seconds, 3),
                len(self._ended),
                success,
                reward,
                length,
                None if loss is None else float(loss),
            )
        )
        self._ended = []
        self._on_row()

    def _far(self) -> Progress:
        seconds = time.monotonic() - self._began
        steps = self.model.num_timesteps
        rate = (steps - self._steps_before) / max(seconds, 1e-9)
        success, reward, _ = _means(list(self._recent))
        return Progress(steps, self._total, seconds, rate, success, reward)


def _means(ended: list[_Ended]) -> tuple[float | None, float | None, float | None]:
    """Share of successes, mean return, mean length."""
    if not ended:
        return None, None, None
    count = len(ended)
    told = [one.success for one in ended if one.success is not None]
    success = sum(told) / len(told) if told else None
    reward = sum(one.reward for one in ended) / count
    return success, reward, sum(one.length for one in ended) / count
