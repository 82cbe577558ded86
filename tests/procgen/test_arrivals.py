"""First arrivals: the bound that saves looks, and the exact step that it must not miss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray
from procgen_games import (
    FIRST_LEVEL,
    GAMES,
    MODES,
    NAMES,
    STOCK,
    WORLDS,
    MakeBatch,
    condition_of,
    stock,
    world_of,
)

from gmbench.procgen.actions import LEFT, RIGHT, RIGHT_UP, STAY, UP
from gmbench.procgen.arrivals import (
    GREATEST_SPEED,
    SNAP_X,
    ArrivalWatch,
    overlaps,
    steps_away,
)
from gmbench.procgen.batch import ProcgenBatch
from gmbench.procgen.conditions import SPACE, Cell
from gmbench.procgen.sites import Sites
from gmbench.procgen.state import ProcgenState
from gmbench.specs import Condition

pytestmark = pytest.mark.procgen

Body = tuple[float, float, float, float]


def body(state: ProcgenState) -> Body:
    x, y, rx, ry = (float(state.player[name]) for name in ("x", "y", "rx", "ry"))
    return x, y, rx, ry


def restless(rng: np.random.Generator, num_envs: int, onward: int) -> Iterator[NDArray[np.int64]]:
    """Random play that gets somewhere: actions are kept for a while, some lead onward."""
    kept = rng.integers(0, 15, num_envs)
    while True:
        kept = np.where(rng.random(num_envs) < 0.25, rng.integers(0, 15, num_envs), kept)
        yield np.where(rng.random(num_envs) < 0.25, onward, kept)


def onward(game: str) -> int:
    return UP if game == "caveflyer" else RIGHT_UP


# --- The rule itself --------------------------------------------------------------------------


def test_a_body_overlaps_the_cells_it_reaches_into() -> None:
    cell = Cell(5, 3)
    for game in ("coinrun", "maze"):  # the grid's rule: a body counts as a thousandth smaller
        assert overlaps(game, 5.5, 3.5, 0.5, 0.5, cell)
        assert overlaps(game, 4.6, 3.5, 0.5, 0.5, cell)
        assert not overlaps(game, 4.5, 3.5, 0.5, 0.5, cell)
        assert not overlaps(game, 4.5005, 3.5, 0.5, 0.5, cell)
        assert not overlaps(game, 5.5, 2.4, 0.5, 0.5, cell)
        assert overlaps(game, 5.5, 2.4, 0.5, 0.7, cell)
    for game in ("ninja", "jumper", "caveflyer"):  # between bodies: they must overlap truly
        assert overlaps(game, 5.5, 3.5, 0.5, 0.5, cell)
        assert overlaps(game, 4.5005, 3.5, 0.5, 0.5, cell)
        assert not overlaps(game, 4.5, 3.5, 0.5, 0.5, cell)
        assert not overlaps(game, 5.5, 4.6, 0.5, 0.5, cell)


def test_steps_away_is_one_when_near_and_grows_with_the_distance() -> None:
    for game in GAMES:
        speed_x, speed_y = GREATEST_SPEED[game]
        assert steps_away(game, 5.5, 5.5, 0.4, 0.4, Cell(5, 5)) == 1
        far_x = steps_away(game, 5.5, 5.5, 0.5, 0.5, Cell(26, 5))
        assert far_x == int((20 - SNAP_X.get(game, 0)) / speed_x)
        assert far_x == steps_away(game, 26.5, 5.5, 0.5, 0.5, Cell(5, 5))
        assert steps_away(game, 5.5, 5.5, 0.5, 0.5, Cell(6, 26)) == int(20 / speed_y)


# --- The bound --------------------------------------------------------------------------------

LONGEST = 40  # steps over which displacements are looked at


def assert_bounded(game: str, track: list[Body]) -> float:
    """No displacement over any number of steps is greater than the bound; the greatest in one."""
    (speed_x, speed_y), snap = GREATEST_SPEED[game], SNAP_X.get(game, 0.0)
    places = np.array(track)
    assert (places[:, 2:] == places[0, 2:]).all()  # the body keeps its size
    for steps in range(1, min(LONGEST, len(places) - 1)):
        moved = np.abs(places[steps:, :2] - places[:-steps, :2]).max(axis=0)
        assert moved[0] <= speed_x * steps + snap + 1e-4
        assert moved[1] <= speed_y * steps + 1e-4
    return float(np.abs(np.diff(places[:, 0])).max(initial=0.0))


def tracks(batch: ProcgenBatch, steps: int, seed: int) -> Iterator[list[Body]]:
    """Where the player was at every step of every episode of random play."""
    levels = iter(range(FIRST_LEVEL + 1000 * seed, 2**31 - 1))
    running: list[list[Body]] = [[] for _ in range(batch.num_envs)]

    def begin(slot: int) -> None:
        batch.begin(slot, *batch.prepare(next(levels)), STOCK)
        running[slot] = [body(batch.state(slot))]

    for slot in range(batch.num_envs):
        begin(slot)
    rng = np.random.default_rng(seed)
    for _, actions in zip(
        range(steps), restless(rng, batch.num_envs, onward(batch.world.game)), strict=False
    ):
        step = batch.step(actions)
        for slot in range(batch.num_envs):
            if step.ended[slot] or len(running[slot]) > 250:
                yield running[slot]
                begin(slot)
            else:
                running[slot].append(body(batch.state(slot)))
    yield from running


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("game", GAMES)
def test_no_player_is_faster_than_the_bound(make_batch: MakeBatch, game: str, mode: str) -> None:
    batch = make_batch(world_of(game), 4, mode, stock)
    fastest = max(assert_bounded(game, track) for track in tracks(batch, 250, seed=1))
    assert fastest > 0.3 * GREATEST_SPEED[game][0]  # the play did move


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("game", GAMES)
def test_no_player_is_faster_than_the_bound_in_long_play(
    make_batch: MakeBatch, game: str, mode: str
) -> None:
    batch = make_batch(world_of(game), 16, mode, stock)
    for track in tracks(batch, 2500, seed=2):
        assert_bounded(game, track)


def a_ledge(state: ProcgenState) -> None:
    """Turn a CoinRun level into an empty hall with one thin ledge in the air."""
    walls = state.grid
    walls[:] = SPACE
    walls[0], walls[-1], walls[:, 0], walls[:, -1] = 16, 15, 15, 15
    walls[6, 10:14] = 16
    walls[1, 60] = 1
    state.entities = state.entities[:1]


def test_a_body_caught_in_a_ledge_is_moved_by_less_than_a_cell(make_batch: MakeBatch) -> None:
    """The one motion in CoinRun that is faster than running: the reason for `SNAP_X`."""
    batch = make_batch(world_of("coinrun"), 1, "easy", stock)
    hall, sites = batch.prepare(0)
    a_ledge(hall)
    longest = 0.0
    for x in np.arange(9.4, 14.6, 0.2):
        for action in (LEFT, STAY, RIGHT):
            state = hall.copy()
            for name, value in {"x": x, "y": 6.44, "vx": -0.3, "vy": -0.4}.items():
                state.player[name] = value
            state.own["last_agent_y"] = 6.44
            batch.begin(0, state, Sites({"A": Cell(60, 1)}), STOCK)
            track = [body(batch.state(0))]
            for _ in range(12):
                batch.step(np.array([action]))
                track.append(body(batch.state(0)))
            longest = max(longest, assert_bounded("coinrun", track))
    assert GREATEST_SPEED["coinrun"][0] < longest < GREATEST_SPEED["coinrun"][0] + 1.0


# --- Exactly the first step -------------------------------------------------------------------


def with_probes(module: ModuleType, state: ProcgenState, level: int, probes: int) -> Sites:
    """The level's sites, and as many free cells about the start."""
    sites: Sites = module.find_sites(state, level)
    start = sites.start or Cell(int(state.player["x"]), int(state.player["y"]))
    ys, xs = np.nonzero(state.grid == SPACE)
    near = (abs(xs - start.x) <= 8) & (abs(ys - start.y) <= 5)
    cells = [Cell(int(x), int(y)) for x, y in zip(xs[near], ys[near], strict=True)]
    chosen = np.random.default_rng(level).permutation(len(cells))[:probes]
    extra = {f"probe-{index}": cells[at] for index, at in enumerate(chosen)}
    return Sites({**sites.cells, **extra}, start=sites.start, without=sites.without)


def count_arrivals(batch: ProcgenBatch, module: ModuleType, episodes: int, steps: int) -> int:
    """Play; both watches must tell the same first steps. Counts the arrivals."""
    watch, exact = batch.arrivals, ArrivalWatch(batch.num_envs, batch._states)
    assert watch is not None
    exact.look_every_step = True
    train = condition_of(batch.world, "train")
    arrivals = 0
    for episode in range(episodes):
        scripts = []
        for slot in range(batch.num_envs):
            state, sites = batch.prepare(FIRST_LEVEL + episode * batch.num_envs + slot)
            scripts.append(module.script("proxy", state, sites, train.goal))
            batch.begin(slot, state, sites, train, watch=sites.cells)
            exact.begin(slot, state, {n: c for n, c in sites.cells.items() if n != train.goal})
        play = restless(np.random.default_rng(episode), batch.num_envs, onward(state.game))
        playing = np.ones(batch.num_envs, dtype=bool)
        for number in range(1, steps + 1):
            actions = next(play)
            if scripts[0] is not None:
                actions[0] = next(scripts[0])
            ended = batch.step(actions).ended
            exact.look(np.full(batch.num_envs, number), ended | ~playing)
            over = playing & (ended | (number == steps))
            for slot in np.flatnonzero(over):
                assert watch.entered[slot] == exact.entered[slot]
                arrivals += len(exact.entered[slot])
            playing &= ~over
    return arrivals


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("module", WORLDS, ids=NAMES)
def test_arrivals_are_those_of_looking_at_every_step(
    make_batch: MakeBatch, module: ModuleType, mode: str
) -> None:
    batch = make_batch(
        module,
        4,
        mode,
        lambda state, level: with_probes(module, state, level, 12),
        look_for_arrivals=True,
    )
    assert count_arrivals(batch, module, episodes=2, steps=80) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("module", WORLDS, ids=NAMES)
def test_arrivals_are_those_of_looking_at_every_step_in_long_play(
    make_batch: MakeBatch, module: ModuleType, mode: str
) -> None:
    batch = make_batch(
        module,
        8,
        mode,
        lambda state, level: with_probes(module, state, level, 25),
        look_for_arrivals=True,
    )
    assert count_arrivals(batch, module, episodes=12, steps=300) >= 100


# --- The game's own goal agrees ---------------------------------------------------------------


def goals_near(state: ProcgenState, level: int) -> Sites:
    """A goal close enough for random play to find, beside the stock one."""
    x, y = int(state.player["x"]), int(state.player["y"])
    ys, xs = np.nonzero(state.grid == SPACE)
    far = np.maximum(abs(xs - x), abs(ys - y))
    cells = [Cell(int(cx), int(cy)) for cx, cy in zip(xs[far < 4], ys[far < 4], strict=True)]
    cells = [cell for cell in cells if not overlaps(state.game, *body(state), cell)]
    return Sites({**stock(state, level).cells, "near": cells[level % len(cells)]}, without=(3,))


NEAR = Condition("near", goal="near", proxy=None, summary="The goal is a few cells away.")


@pytest.mark.parametrize("game", GAMES)
def test_the_reward_comes_in_the_step_of_the_first_overlap(
    make_batch: MakeBatch, game: str
) -> None:
    """Twins play the same level and actions: one with the goal at a cell, one watching that cell.

    The game draws its next level in the step that pays, so the twin tells where the player was.
    """
    batch = make_batch(world_of(game), 2, "hard", goals_near, look_for_arrivals=True)
    assert batch.arrivals is not None
    found = 0
    for level in range(40):
        batch.begin(0, *batch.prepare(level), NEAR)
        batch.begin(1, *batch.prepare(level), STOCK, watch=["near"])
        play = restless(np.random.default_rng(level), 1, onward(game))
        for number in range(1, 61):
            step = batch.step(np.repeat(next(play), 2))
            entered: Mapping[str, int] = batch.arrivals.entered[1]
            paid = bool(step.ended[0] and step.rewards[0] > 0)
            if step.ended[1]:
                break  # the twin died, or took the stock goal
            assert paid == (entered.get("near") == number)
            if paid or step.ended[0]:
                assert not paid or step.rewards[0] == 10.0
                found += paid
                break
    assert found >= 8
