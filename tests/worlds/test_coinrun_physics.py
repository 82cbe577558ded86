"""coinrun's physics, and the table of ways that is built on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from native_play import LEVELS, begun
from numba import njit
from numpy.typing import NDArray

from gmbench.engine.batch import Batch
from gmbench.engine.chance import level_key
from gmbench.engine.game import game
from gmbench.engine.rules import rule
from gmbench.worlds import coinrun, coinrun_ways
from gmbench.worlds.coinrun_oracle import steer
from gmbench.worlds.coinrun_physics import (
    CELLS,
    COLUMNS,
    CRATE,
    DRIFT,
    FALL,
    GRAVITY,
    GRIP,
    GROUND,
    HALF,
    LEDGE,
    ROWS,
    RUN,
    SKY,
    TALL,
    UNIT,
    advance,
)
from gmbench.worlds.coinrun_ways import (
    APEX,
    DROP,
    EDGES,
    FAR,
    FLIGHT,
    HANG,
    LOWEST,
    REACH,
    STEP_OFF,
    SWEPT,
    TAKE_OFF,
    UNREACHED,
    WALK,
)

STAY, LEFT, RIGHT, JUMP, _, JUMP_RIGHT = range(len(coinrun.ACTIONS))
WALL = COLUMNS - 1
COLUMN = 20  # where a body starts
FLOOR = 10  # the row it stands in
START = COLUMN * UNIT + UNIT // 2


class Body(NamedTuple):
    """The agent's body, as `advance` takes and returns it."""

    x: int
    y: int
    vx: int
    vy: int
    stands: int


STANDING = Body(START, (FLOOR + 1) * UNIT, 0, 0, 1)


def flat() -> NDArray[np.uint8]:
    """Cells with ground under the row in which a body starts."""
    cells = np.zeros((ROWS, COLUMNS), np.uint8)
    cells[FLOOR + 1 :] = GROUND
    return cells


def moved(
    cells: NDArray[np.uint8], choose: Callable[[int, Body], int], body: Body = STANDING
) -> Iterator[Body]:
    """The body after every step of actions chosen by the step's number, from 1, and the body."""
    for step in range(1, 200):
        body = Body(*advance(cells.ravel(), WALL, *body, choose(step, body)))
        yield body


def after(steps: int, *args: Any, **named: Any) -> Body:
    bodies = moved(*args, **named)
    return [next(bodies) for _ in range(steps)][-1]


def test_a_jump_rises_four_and_a_half_cells_and_ends_after_eighteen_steps() -> None:
    bodies = list(moved(flat(), lambda step, _: JUMP if step == 1 else STAY))
    assert min(body.y for body in bodies) == STANDING.y - 4 * UNIT - UNIT // 2
    assert [body.stands for body in bodies[:20]] == [0] * 17 + [1] * 3
    assert bodies[17].y == STANDING.y


def test_a_run_covers_half_a_cell_a_step_and_a_running_jump_nine_cells() -> None:
    assert [after(n, flat(), lambda *_: RIGHT).vx for n in (1, 2, 4, 9)] == [GRIP, 64, RUN, RUN]
    running = after(6, flat(), lambda *_: RIGHT)
    landed = after(18, flat(), lambda *_: JUMP_RIGHT, body=running)
    assert landed.stands
    assert landed.x - running.x == 9 * UNIT


def test_letting_go_stops_a_run_within_a_cell() -> None:
    running = after(6, flat(), lambda *_: RIGHT)
    stopped = after(4, flat(), lambda *_: STAY, body=running)
    assert stopped.vx == 0
    assert 0 < stopped.x - running.x < UNIT


def test_in_the_air_the_agent_can_steer_but_not_jump() -> None:
    def back_and_forth(step: int, _: Body) -> int:
        return JUMP_RIGHT if step <= 8 else LEFT

    turning = after(8, flat(), back_and_forth)
    assert not turning.stands
    assert turning.vy == 0  # the jumps in the air did nothing
    assert after(9, flat(), back_and_forth).vx == turning.vx - DRIFT
    assert after(18, flat(), back_and_forth).vx < 0


def test_a_fall_has_a_top_speed() -> None:
    falling = STANDING._replace(y=0, stands=0)
    assert [after(n, flat(), lambda *_: STAY, body=falling).vy for n in (1, 7, 9)] == [
        GRAVITY,
        FALL,
        FALL,
    ]


@pytest.mark.parametrize("kind", [GROUND, CRATE, LEDGE])
def test_what_is_solid_stops_the_head_and_the_side(kind: int) -> None:
    cells = flat()
    cells[FLOOR - 2, COLUMN] = kind
    bodies = list(moved(cells, lambda step, _: JUMP if step == 1 else STAY))
    assert min(body.y for body in bodies) == (FLOOR - 1) * UNIT + TALL
    cells = flat()
    cells[FLOOR, COLUMN + 2] = kind
    assert after(20, cells, lambda *_: RIGHT).x == (COLUMN + 2) * UNIT - HALF


def test_nothing_goes_through_anything() -> None:
    """In levels played at random no body ever overlaps a solid cell, or moves a cell in a step."""
    batch = Batch(coinrun, 512, obs="none", autoreset=False)
    batch.begin(range(512), LEVELS[:512], [0] * 512)
    chance = np.random.default_rng(1)
    actions = chance.integers(6, size=512)
    for _ in range(300):
        before = batch.states["x"].copy(), batch.states["y"].copy()
        actions = np.where(chance.random(512) < 0.3, chance.integers(6, size=512), actions)
        batch.step(actions)
        assert not overlapping(batch.states).any()
        assert np.abs(batch.states["x"] - before[0]).max() <= RUN
        assert np.abs(batch.states["y"] - before[1]).max() <= UNIT
    assert batch.slots["over"].mean() > 0.2  # they got about


def overlapping(states: NDArray[np.void]) -> NDArray[np.bool_]:
    """Whether the agent's box overlaps a solid cell, shape (levels,)."""
    found = np.zeros(len(states), np.bool_)
    n = np.arange(len(states))
    for x in (states["x"] - HALF, states["x"] + HALF - 1):
        for y in (states["y"] - TALL, states["y"] - 1):
            column, row = x >> 8, y >> 8
            kind = states["cells"][n, np.clip(row, 0, ROWS - 1) * COLUMNS + column]
            inside = (row >= 0) & (row < ROWS)
            found |= (column <= 0) | (column >= states["wall"])
            found |= inside & np.isin(kind, (GROUND, CRATE, LEDGE))
    return found


# --- the table of ways ---


def flown(
    cells: NDArray[np.uint8], far: int, rises: bool = True, body: Body = STANDING
) -> Iterator[Body]:
    """A jump over ``far`` columns as the table counts it, or a step off an edge."""
    aim = START + far * UNIT

    def choose(step: int, body: Body) -> int:
        if rises and step <= HANG:
            return JUMP if step == 1 else STAY
        return int(steer(aim - body.x, body.vx, DRIFT))

    return moved(cells, choose, body)


@pytest.mark.parametrize("way", [-1, 1])
@pytest.mark.parametrize("far", range(1, FAR + 1))
def test_the_table_says_which_cells_a_jump_sweeps(far: int, way: int) -> None:
    swept: dict[int, set[int]] = {}
    before = STANDING
    for body in flown(np.zeros((ROWS, COLUMNS), np.uint8), far * way):
        if body.y > ROWS * UNIT:
            break
        for y in (before.y, body.y):  # a step goes sideways first
            for column in range((body.x - HALF) >> 8, ((body.x + HALF - 1) >> 8) + 1):
                rows = range((STANDING.y - y) >> 8, ((STANDING.y - y + TALL - 1) >> 8) + 1)
                swept.setdefault((column - COLUMN) * way, set()).update(rows)
        before = body
    assert sorted(swept) == list(range(far + 1))
    assert max(swept[0]) == TAKE_OFF[1]
    for column, (low, high) in enumerate(SWEPT[far - 1], 1):
        assert max(swept[column]) == high
        assert column == far or min(swept[column]) == low
    assert SWEPT[far - 1][-1][0] == LOWEST


GAPS = [(far, rows) for far in range(1, FAR + 1) for rows in range(-4, REACH[far - 1] + 1)]


def narrowest(far: int, rows: int, way: int) -> NDArray[np.uint8]:
    """Solid everywhere but where the table says that a jump to ``rows`` higher passes."""
    cells = np.full((ROWS + 20, COLUMNS), GROUND, np.uint8)
    columns = [TAKE_OFF, *SWEPT[far - 1]]
    for i, (low, high) in enumerate(columns):
        for row in range(max(low, rows) if i else 0, high + 1):
            cells[FLOOR - row, COLUMN + way * i] = SKY
    return cells[:ROWS]


@pytest.mark.parametrize("way", [-1, 1])
@pytest.mark.parametrize(("far", "rows"), GAPS)
def test_every_jump_of_the_table_can_be_flown_through_the_narrowest_gap(
    far: int, rows: int, way: int
) -> None:
    bodies = flown(narrowest(far, rows, way), far * way)
    steps, landed = next((i, b) for i, b in enumerate(bodies, 1) if b.stands)
    assert steps == FLIGHT[APEX - rows]
    assert landed.y == STANDING.y - rows * UNIT
    # Under the middle there is the target column, or the body's edge is on it and slides on.
    assert landed.x + HALF > START + way * far * UNIT - UNIT // 2
    assert landed.x - HALF < START + way * far * UNIT + UNIT // 2


@pytest.mark.parametrize("way", [-1, 1])
@pytest.mark.parametrize("rows", range(1, 12))
def test_every_fall_of_the_table_takes_as_long_as_it_says(rows: int, way: int) -> None:
    """Into a shaft one column wide."""
    cells = np.full((ROWS, COLUMNS), GROUND, np.uint8)
    cells[:3, :] = SKY
    cells[: 3 + rows, COLUMN + way] = SKY
    top = STANDING._replace(y=3 * UNIT)
    bodies = flown(cells, way, rises=False, body=top)
    fallen = top.y + rows * UNIT
    steps = next(i for i, b in enumerate(bodies, 1) if b.stands and b.y == fallen)
    assert STEP_OFF + DROP[rows] - 1 <= steps <= STEP_OFF + DROP[rows]


def test_a_walk_takes_two_steps_a_column() -> None:
    running = after(6, flat(), lambda *_: RIGHT)
    assert after(10 * WALK, flat(), lambda *_: RIGHT, body=running).x == running.x + 10 * UNIT


Level = tuple[NDArray[np.void], NDArray[np.void], int]


def laid_out(number: int) -> Level:
    """A level, the scratch memory after it was laid out, and how many nodes its graph has."""
    world = game(coinrun)
    scratch = np.zeros(1, world.scratch_dtype)
    attempt = 0
    while True:
        states = world.blank()
        if lay(states, scratch, level_key(number, attempt)):
            nodes = int(nodes_of(states, scratch))
            return states, scratch, nodes
        attempt += 1


@njit
def lay(states: Any, scratch: Any, key: int) -> bool:
    return coinrun.level(states[0], scratch[0], key, 0)


@njit
def nodes_of(states: Any, scratch: Any) -> int:
    return coinrun_ways.find_nodes(states[0].cells, states[0].wall, scratch[0])


@rule
def arrives(cells: Any, wall: int, cell: int, far: int, steps: int, flies: bool) -> int:
    """The cell in which a body stands that went from rest in a cell, after so many steps."""
    x = cell % COLUMNS * UNIT + UNIT // 2
    y = (cell // COLUMNS + 1) * UNIT
    aim = x + far * UNIT
    vx, vy, stands = 0, 0, 1
    for i in range(1, steps + 1):
        action = steer(aim - x, vx, DRIFT) if i > HANG or not flies else STAY
        if flies and i == 1:
            action += JUMP
        x, y, vx, vy, stands = advance(cells, wall, x, y, vx, vy, stands, action)
    target, left, right = cell % COLUMNS + far, (x - HALF) >> 8, (x + HALF - 1) >> 8
    on = target if left <= target <= right else x >> 8
    return ((y >> 8) - 1) * COLUMNS + on if stands else -1


@njit
def unreachable(states: Any, scratch: Any, nodes: int) -> tuple[int, int]:
    """How many edges of a level there are, and how many do not lead where they say."""
    wrong = edges = 0
    work, cells, wall = scratch[0], states[0].cells, states[0].wall
    for node in range(nodes):
        for slot in range(EDGES):
            at = node * EDGES + slot
            cost = work.edge_cost[at]
            if cost == UNREACHED:
                continue
            way, far = 2 * (slot // (FAR + 1)) - 1, slot % (FAR + 1)
            flies = far > 0
            steps = cost if cost > WALK else 8  # a walk starts from rest here, and comes to rest
            cell, to = int(work.node_cell[node]), int(work.node_cell[work.edge_to[at]])
            edges += 1
            wrong += arrives(cells, wall, cell, way * max(far, 1), steps, flies) != to
    return edges, wrong


def test_every_edge_of_the_graph_leads_where_it_says() -> None:
    """In real levels, from rest to the middle of the column, in as many steps as it costs."""
    total = 0
    for number in LEVELS[:200]:
        edges, wrong = unreachable(*laid_out(number))
        assert wrong == 0, number
        total += edges
    assert total > 200 * 100


@pytest.mark.parametrize("site", ["a", "b"])
def test_the_steps_to_a_site_are_the_fewest(site: str) -> None:
    """As Bellman and Ford find them: relax every edge as often as there are nodes."""
    for number in LEVELS[:40]:
        states, scratch, nodes = laid_out(number)
        cells = scratch[0]["node_cell"][:nodes]
        steps = np.where(cells == states[0][f"site_{site}"], 0, UNREACHED)
        edge_to = scratch[0]["edge_to"][: nodes * EDGES].reshape(nodes, EDGES)
        cost = scratch[0]["edge_cost"][: nodes * EDGES].reshape(nodes, EDGES)
        for _ in range(nodes):
            steps = np.minimum(steps, (cost + steps[edge_to]).min(axis=1))
        field = states[0][f"way_{site}"]
        assert np.array_equal(field[cells], np.where(steps < UNREACHED, steps + 1, 0))
        assert (np.delete(field, cells) == 0).all()
        assert len(field) == CELLS


def test_where_the_agent_starts_is_a_node() -> None:
    states = begun(coinrun, "train", LEVELS[:64]).states
    assert (states["way_a"][np.arange(64), states["start"]] > 1).all()
