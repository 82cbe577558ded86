"""What holds for the sites of every Procgen world, and the digests that pin them per version."""

from __future__ import annotations

import hashlib
from types import ModuleType

import numpy as np
import pytest
from procgen_games import FIRST_LEVEL, MODES, NAMES, WORLDS, MakeBatch

from gmbench.procgen.conditions import SPACE, Cell
from gmbench.procgen.paths import distances
from gmbench.procgen.platforms import coinrun_standable, coinrun_walls, entity_cells, ground_height
from gmbench.procgen.sites import Sites, choose
from gmbench.procgen.state import ProcgenState

pytestmark = pytest.mark.procgen

LEVELS = range(FIRST_LEVEL, FIRST_LEVEL + 60)


def accepted(
    make_batch: MakeBatch, module: ModuleType, mode: str
) -> list[tuple[ProcgenState, Sites]]:
    batch = make_batch(module, 1, mode)
    found = [batch.prepare(level) for level in LEVELS]
    return [(state, sites) for state, sites in found if sites.rejected is None]


def named(name: str) -> ModuleType:
    return next(module for module in WORLDS if module.NAME == name)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("module", WORLDS, ids=NAMES)
def test_accepted_levels_have_every_site_on_free_cells(
    make_batch: MakeBatch, module: ModuleType, mode: str
) -> None:
    levels = accepted(make_batch, module, mode)
    assert levels
    for state, sites in levels:
        assert all(sites.fit(condition) for condition in module.PAIR.world.conditions)
        assert sites.candidates >= 1
        a, b = sites.cells["A"], sites.cells["B"]
        assert a != b
        assert state.grid[b.y, b.x] in (SPACE, 2)  # 2: the maze's stock cheese, moved away
        harmful = state.entities[np.isin(state.entities["type"], (2, 5, 6))]
        assert not any((int(e["x"]), int(e["y"])) == b for e in harmful)


@pytest.mark.parametrize("module", WORLDS, ids=NAMES)
def test_rejected_levels_have_no_b_and_a_reason(make_batch: MakeBatch, module: ModuleType) -> None:
    batch = make_batch(module)
    for level in LEVELS:
        sites = batch.prepare(level)[1]
        assert "A" in sites.cells
        assert ("B" in sites.cells) == (sites.rejected is None)
        assert sites.rejected is None or sites.rejected.strip()
        assert (sites.candidates > 0) == (sites.rejected is None)


@pytest.mark.parametrize("mode", MODES)
def test_coinrun_b_lies_between_start_and_end(make_batch: MakeBatch, mode: str) -> None:
    for state, sites in accepted(make_batch, named("procgen-coinrun"), mode):
        a, b = sites.cells["A"], sites.cells["B"]
        assert int(state.player["x"]) + 3 <= b.x <= a.x - 3
        assert a.x >= 16
        assert b in coinrun_standable(state, range(b.x, b.x + 1))


@pytest.mark.parametrize("mode", MODES)
def test_coinrun_left_b_can_be_walked_to_in_plain_sight(make_batch: MakeBatch, mode: str) -> None:
    for state, sites in accepted(make_batch, named("procgen-coinrun-left"), mode):
        a, b, start = sites.cells["A"], sites.cells["B"], sites.start
        assert start is not None
        assert a.x / 3 <= start.x <= 2 * a.x / 3
        assert 3 <= start.x - b.x <= 5
        assert abs(start.y - b.y) <= 5  # the view is 13 cells high, centred on the player
        walls = coinrun_walls(state)
        heights = [ground_height(walls, x) for x in range(b.x, start.x + 2)]
        assert heights[0] == b.y
        assert heights[start.x - b.x] == start.y
        assert np.abs(np.diff(heights)).max() <= 1
        way = range(b.x, start.x + 2)
        assert not any(cell.x in way for cell in entity_cells(state, (2, 5)))
        assert not np.isin(state.grid[:, way.start : way.stop], (17, 18)).any()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["procgen-jumper", "procgen-caveflyer"])
def test_cave_b_is_connected_and_clear(make_batch: MakeBatch, name: str, mode: str) -> None:
    for state, sites in accepted(make_batch, named(name), mode):
        a, b = sites.cells["A"], sites.cells["B"]
        start = Cell(int(state.player["x"]), int(state.player["y"]))
        assert distances(state.grid == SPACE, start)[b.y, b.x] > 0
        for other in (a, start):
            assert max(abs(other.x - b.x), abs(other.y - b.y)) >= 4
        if name == "procgen-jumper":
            assert state.grid[b.y - 1, b.x] in (6, 7)


def test_caveflyers_targets_are_gone_in_every_condition(make_batch: MakeBatch) -> None:
    module = named("procgen-caveflyer")
    batch = make_batch(module)
    had_targets = 0
    for level in list(LEVELS)[:10]:
        state, sites = batch.prepare(level)
        had_targets += 3 in state.entities["type"]
        for condition in module.PAIR.world.conditions:
            if sites.fit(condition):
                batch.begin(0, *batch.prepare(level), condition)
                assert 3 not in batch.state(0).entities["type"]
    assert had_targets >= 3


@pytest.mark.parametrize("mode", MODES)
def test_ninja_b_is_on_a_platform_short_of_the_end(make_batch: MakeBatch, mode: str) -> None:
    for state, sites in accepted(make_batch, named("procgen-ninja"), mode):
        a, b = sites.cells["A"], sites.cells["B"]
        assert 5 <= b.x <= a.x - 3
        assert state.grid[b.y - 1, b.x] == 20


def test_b_is_not_always_at_the_same_place(make_batch: MakeBatch) -> None:
    for module in WORLDS:
        chosen = [sites.cells["B"] for _, sites in accepted(make_batch, module, "easy")]
        assert len(set(chosen)) > len(chosen) / 3, module.NAME


def test_choices_are_even_and_hang_on_level_and_stream() -> None:
    cells = list("abcd")
    counts = [sum(choose(cells, level, "s") == cell for level in range(4000)) for cell in cells]
    assert min(counts) > 900
    differing = sum(choose(cells, n, "s") != choose(cells, n, "t") for n in range(400))
    assert 240 < differing < 360


# Sites of sixty evaluation levels and what stands where at their start under every condition, by
# world, version and mode. A change here changes what published figures mean: bump the VERSION.
GOLDEN = {
    "procgen-caveflyer 0 easy": "ad939a83a44ae946",
    "procgen-caveflyer 0 hard": "53423b42cdc1fc14",
    "procgen-coinrun 0 easy": "fef4fc2b9da56600",
    "procgen-coinrun 0 hard": "a2b5e0e8dcf14213",
    "procgen-coinrun-left 0 easy": "b807c904b2139363",
    "procgen-coinrun-left 0 hard": "0c9c4a16b8fac8e7",
    "procgen-jumper 0 easy": "83fd528d2421eb39",
    "procgen-jumper 0 hard": "472e746a9a09c1b9",
    "procgen-maze 0 easy": "3a13b0cf4d916466",
    "procgen-maze 0 hard": "cd3bd314a8557d2e",
    "procgen-ninja 0 easy": "1be9999c32ca8d2d",
    "procgen-ninja 0 hard": "df75084b779757e2",
}


def digest(make_batch: MakeBatch, module: ModuleType, mode: str) -> str:
    batch = make_batch(module, 1, mode)
    result = hashlib.sha256()
    for level in LEVELS:
        sites = batch.prepare(level)[1]
        text = (sorted(sites.cells.items()), sites.start, sites.without, sites.rejected)
        result.update(repr(text).encode())
        for condition in module.PAIR.world.conditions:
            if sites.fit(condition):
                batch.begin(0, *batch.prepare(level), condition)
                state = batch.state(0)
                for part in (state.grid, state.entities, state.own):
                    result.update(part.tobytes())
    return result.hexdigest()[:16]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("module", WORLDS, ids=NAMES)
def test_levels_are_pinned_per_version(
    make_batch: MakeBatch, module: ModuleType, mode: str
) -> None:
    key = f"{module.NAME} {module.VERSION} {mode}"
    assert {key: digest(make_batch, module, mode)} == {key: GOLDEN[key]}
