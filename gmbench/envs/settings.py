"""What a caller of any face asks for, checked before anything is built."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any, Final, TypeGuard

import numpy as np
from numpy.typing import NDArray

from gmbench import registry
from gmbench.envs.games import Games
from gmbench.envs.regime import Regime
from gmbench.errors import UnknownNameError, UsageError
from gmbench.hints import nearest, quoted
from gmbench.levels import TRAIN_LEVELS, TrainingLevels
from gmbench.specs import Condition, Pair
from gmbench.stages.open import MODES

# Of every family: what agents can be shown, and the most slots. A slot of Procgen is a game of its
# own, with its threads' share of memory; one of a native world is a few hundred bytes.
OBSERVATIONS: Final = {"procgen": ("rgb",), "native": ("rgb", "grid")}
MAX_ENVS: Final = {"procgen": 65_536, "native": 4_194_304}
FPS: Final = 15  # frames a second at which the platform games are meant to be watched

Levels = int | Sequence[int] | None


@dataclass(frozen=True)
class Settings:
    """Which levels of which pair are played, and how.

    Attributes:
        pair: the pair's name.
        condition: one of its conditions.
        alpha: share of levels played in the pair's test condition instead, in [0, 1].
        obs: "rgb", or in native worlds "grid".
        mode: "easy" or "hard" in Procgen worlds, easy by default; native worlds have none.
        levels: None for all training levels, an integer n for the first n, or the list to draw
            from; evaluation levels are refused.
        level_filter: whether to leave out the levels that the pair's filter rejects; a native
            world draws such a level anew.
        parameters: a native world's size, layout and so on, where they differ from its defaults.
        device: "cpu", or for native worlds "cuda": where the levels are played.
        regime: what training does besides, in native worlds on the processor.
    """

    pair: str
    condition: str = "train"
    alpha: float = 0.0
    obs: str = "rgb"
    mode: str | None = None
    levels: Levels = None
    level_filter: bool = True
    parameters: Mapping[str, int | str] | None = field(default=None, hash=False)
    device: str = "cpu"
    regime: Regime | None = None

    def open(self, num_envs: int, seed: int = 0) -> Games:
        """Build the games.

        Args:
            num_envs: number of slots.
            seed: names the stream of levels.

        Raises:
            UsageError: a setting is wrong; nothing has been built then.
            UnknownNameError: there is no such pair, condition, observation, mode or parameter.
            MissingPartError: the games are not installed, or there is no graphics card.
        """
        pair = registry.pair(_one_of("world", self.pair, registry.WORLDS.names()))
        family = pair.world.family
        if family not in OBSERVATIONS:
            raise UsageError(f"{pair.name} is of family {quoted(family)}, which cannot be played")
        _one_of(f"observation of {pair.name}", self.obs, OBSERVATIONS[family])
        condition = _condition(pair, self.condition)
        stream = TrainingLevels(non_negative("seed", seed), _training_levels(self.levels))
        most = MAX_ENVS[family]
        if not 1 <= non_negative("num_envs", num_envs) <= most:
            raise UsageError(f"num_envs={num_envs}: needs one slot at least, at most {most}")
        build = self._procgen if family == "procgen" else self._native
        return build(pair, int(num_envs), condition, stream, _share(self.alpha))

    def _procgen(
        self, pair: Pair, num_envs: int, condition: Condition, stream: TrainingLevels, alpha: float
    ) -> Games:
        if self.parameters:
            raise UsageError(f"{pair.name} has no parameters; leave them out")
        if self.device != "cpu":
            raise UsageError(
                f"device={quoted(str(self.device))}: {pair.name} is played on the processor; leave"
                " it out"
            )
        if self.regime is not None:
            raise UsageError(f"{pair.name} knows no regime; leave it out")
        find_sites = getattr(registry.WORLDS.load(pair.name), "find_sites", None)
        if find_sites is None:
            raise UsageError(
                f"world {pair.name!r} has no find_sites(state, level), so it cannot be played"
                " here; choose another"
            )
        mode = _one_of(f"mode of {pair.name}", self.mode or MODES["procgen"][0], MODES["procgen"])
        from gmbench.envs.procgen import ProcgenGames
        from gmbench.procgen.batch import ProcgenBatch

        batch = ProcgenBatch(pair.world, find_sites, num_envs, mode)
        test = _condition(pair, pair.test)
        return ProcgenGames(batch, condition, stream, alpha, test, self.level_filter)

    def _native(
        self, pair: Pair, num_envs: int, condition: Condition, stream: TrainingLevels, alpha: float
    ) -> Games:
        if self.mode is not None:
            raise UsageError(f"{pair.name} has no modes; leave mode out")
        if not self.level_filter:
            raise UsageError(f"{pair.name} has no level that its filter leaves out; leave it on")
        from gmbench.engine.devices import DEVICES
        from gmbench.envs.native import NativeGames

        device = _one_of("device", self.device, DEVICES)
        module = registry.WORLDS.load(pair.name)
        if not isinstance(self.parameters, Mapping | None):
            raise UsageError(
                f"parameters: {quoted(str(self.parameters))} is no mapping; give names and values,"
                " such as {'size': 9}"
            )
        parameters = dict(self.parameters or {})
        if self.regime is None:
            return NativeGames(
                module, num_envs, condition, stream, alpha, self.obs, parameters, device
            )
        if device != "cpu":
            raise UsageError("a regime is kept on the processor; leave device out")
        from gmbench.envs.regime_games import RegimeGames

        return RegimeGames(
            module, num_envs, condition, stream, alpha, self.obs, parameters, self.regime
        )


def pinned_levels(options: Mapping[str, Any] | None, num_envs: int) -> list[int | None]:
    """The levels that the options of a reset pin, None for every slot whose level is drawn.

    Args:
        options: None, or a mapping with nothing or "level": a level number for all slots, or a
            list of one number or None per slot.
        num_envs: number of slots.

    Raises:
        UsageError: another option, not a level number, or not as many as there are slots.
    """
    options = options or {}
    for name in options:
        if name != "level":
            raise UnknownNameError(
                f"unknown reset option {quoted(str(name))}; {nearest(str(name), ('level',))}"
            )
    given = options.get("level")
    if given is None or _is_integer(given):
        return [None if given is None else int(given)] * num_envs
    wanted = given if _is_list(given) else ()
    levels = [
        int(level) if _is_integer(level) else None
        for level in wanted
        if level is None or _is_integer(level)
    ]
    if not _is_list(given) or len(levels) != len(wanted):
        raise UsageError(
            f"reset option level: {quoted(str(given))} is not a level number; give an integer, or"
            " one per slot"
        )
    if len(levels) != num_envs:
        raise UsageError(
            f"reset option level: {len(levels)} levels for {num_envs} slots; give one each"
        )
    return levels


def non_negative(what: str, value: object) -> int:
    """The value as an integer.

    Raises:
        UsageError: it is not an integer, or below 0.
    """
    if not _is_integer(value) or int(value) < 0:
        raise UsageError(f"{what} must be an integer of at least 0, got {quoted(str(value))}")
    return int(value)


def _condition(pair: Pair, name: object) -> Condition:
    known = {condition.name: condition for condition in pair.world.conditions}
    return known[_one_of(f"condition of {pair.name}", name, known)]


def _one_of(what: str, value: object, known: Collection[str]) -> str:
    if isinstance(value, str) and value in known:
        return value
    raise UnknownNameError(f"unknown {what} {quoted(str(value))}; {nearest(str(value), known)}")


def _share(alpha: object) -> float:
    if not isinstance(alpha, Real) or isinstance(alpha, bool) or not 0.0 <= float(alpha) <= 1.0:
        raise UsageError(
            "alpha is the share of levels in the test condition, a number from 0 to 1, got"
            f" {quoted(str(alpha))}"
        )
    return float(alpha)


def _training_levels(levels: object) -> Sequence[int] | None:
    if levels is None:
        return None
    if _is_integer(levels):
        count = int(levels)
        if not 1 <= count <= len(TRAIN_LEVELS):
            raise UsageError(
                f"levels={count} is not a number of training levels; choose 1 to"
                f" {len(TRAIN_LEVELS)}, or None for all"
            )
        return range(count)
    listed = levels if isinstance(levels, range) else _numbers(levels)
    if not listed:
        raise UsageError("levels: the list is empty; give a level at least, or None for all")
    # A range is checked by its ends: it may be long.
    for level in (listed[0], listed[-1]) if isinstance(listed, range) else listed:
        if level not in TRAIN_LEVELS:
            raise UsageError(
                f"levels: {level} is not a training level; they lie in 0..{TRAIN_LEVELS.stop - 1}"
            )
    return listed


def _numbers(levels: object) -> tuple[int, ...]:
    numbers = [int(level) for level in levels if _is_integer(level)] if _is_list(levels) else []
    if not _is_list(levels) or len(numbers) != len(levels):
        raise UsageError(
            f"levels: {quoted(str(levels))} is neither a number of levels nor a list of them"
        )
    return tuple(numbers)


def _is_list(value: object) -> TypeGuard[Sequence[object] | NDArray[Any]]:
    return isinstance(value, Sequence | np.ndarray) and not isinstance(value, str | bytes)


def _is_integer(value: object) -> TypeGuard[int]:
    """Whether it is one of Python's or NumPy's integers; True and False are none."""
    return isinstance(value, Integral) and not isinstance(value, bool)
