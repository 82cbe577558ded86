"""Real games and real saved states, made once and shared by the tests of gmbench.procgen."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest
from procgen_games import GAMES, MODES, MakeBatch

from gmbench.procgen.batch import ProcgenBatch, SiteRule
from gmbench.procgen.studio import StateBuffer
from gmbench.procgen.wheel import make_games
from gmbench.specs import World


@pytest.fixture
def make_batch() -> Iterator[MakeBatch]:
    """Makes batches of a world's module, or of a game with a rule of the test's own."""
    made: list[ProcgenBatch] = []

    def make(
        world: ModuleType | World,
        num_envs: int = 1,
        mode: str = "easy",
        rule: SiteRule | None = None,
        **options: bool,
    ) -> ProcgenBatch:
        spec: World = world.PAIR.world if isinstance(world, ModuleType) else world
        found = world.find_sites if rule is None and isinstance(world, ModuleType) else rule
        assert found is not None
        made.append(ProcgenBatch(spec, found, num_envs, mode, **options))
        return made[-1]

    yield make
    for batch in made:
        batch.close()


@pytest.fixture(scope="session")
def real_states() -> dict[tuple[str, str], list[bytes]]:
    """Saved states along hundreds of steps of random play, over several levels, of every game."""
    found: dict[tuple[str, str], list[bytes]] = {}
    rng = np.random.default_rng(7)
    for game in GAMES:
        for mode in MODES:
            games = make_games(game, 3, mode)
            buffer = StateBuffer(games, game, mode)
            states = found[game, mode] = []
            for step in range(300):
                # Some forced resets: the last slot sees a new level every thirty steps.
                actions = rng.integers(0, 15, 3).astype(np.int32)
                actions[2] = -1 if step % 30 == 29 else actions[2]
                games.act(actions)
                games.observe()
                if step % 3 == 0:
                    states += [buffer.read(slot) for slot in range(3)]
            games.close()
    return found
