"""Native worlds on a graphics card, as torch tensors that stay there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import torch

from gmbench.envs.native import NativeGames
from gmbench.errors import MissingPartError, UsageError

CARD: Final = "cuda"  # torch's name for the devices on which these tensors lie


class TensorStep(NamedTuple):
    """One step of all slots, as tensors where the games are played.

    Every tensor survives the next two steps; observations must not be written to.

    Attributes:
        observations: uint8 (slots, ...).
        rewards: float32 (slots,).
        terminated, truncated: bool (slots,).
        last: uint8 (slots, ...): where an episode ended, its last observation; elsewhere without
            meaning.
    """

    observations: torch.Tensor
    rewards: torch.Tensor
    terminated: torch.Tensor
    truncated: torch.Tensor
    last: torch.Tensor


class TensorGames:
    """Steps games on a graphics card without copying from there, and without waiting for it.

    Whatever torch does with the tensors, on its usual stream, is done after the step that gave
    them. A slot's next level begins in the step that ends one.

    Args:
        games: on a graphics card; they can be used themselves as well.

    Raises:
        UsageError: the games are played elsewhere.
        MissingPartError: this torch cannot use the card.
    """

    def __init__(self, games: NativeGames) -> None:
        if games.device != "cuda":
            raise UsageError(f"{games.name} is played on {games.device!r}; open it on 'cuda'")
        if not can_share():
            raise MissingPartError(
                "tensors on device 'cuda' need a torch built for it, this one is for processors"
                " only; see https://pytorch.org/get-started"
            )
        self.games = games
        self._batch: Any = games.batch
        # The engine writes into the same few arrays over and over.
        self._tensors: dict[int, torch.Tensor] = {}

    def reset(self, levels: Sequence[int | None] | None = None) -> torch.Tensor:
        """Begin a level in every slot, as `Games.reset` does; this waits for the card.

        Returns:
            The first observations, uint8 (slots, ...).
        """
        self.games.reset(levels)
        return self._tensor(self._batch.observe(again=True))

    def observe(self) -> torch.Tensor:
        """What the slots show now, uint8 (slots, ...).

        Raises:
            UsageError: no level has begun, or the games are closed.
        """
        _ = self.games.frames
        return self._tensor(self._batch.observe())

    def step(self, actions: Any) -> TensorStep:
        """Step every slot.

        Args:
            actions: integers in [0, number of actions), shape (slots,). An int64 tensor on the
                card is read where it lies and its values are not looked at; anything else is
                checked and copied there.

        Raises:
            UsageError: not one action per slot, or not the game's.
        """
        _ = self.games.frames
        self._batch.autoreset = True
        if not (isinstance(actions, torch.Tensor) and actions.is_cuda):
            actions = self.games.checked(np.asarray(actions))
        return TensorStep(*map(self._tensor, self._batch.step(actions)))

    def _tensor(self, array: Any) -> torch.Tensor:
        if id(array) not in self._tensors:
            self._tensors[id(array)] = tensor_of(array)
        return self._tensors[id(array)]


def can_share() -> bool:
    """Whether torch can use the memory of a graphics card."""
    return torch.cuda.is_available()


def tensor_of(array: Any) -> torch.Tensor:
    """A tensor over a device array's own memory."""
    return torch.as_tensor(array, device=CARD)
