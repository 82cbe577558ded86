"""The saved state of a Procgen game, parsed and rebuilt byte for byte.

Procgen's C library hands out one ``bytes`` object per environment (``get_state``) and takes it
back (``set_state``). The layout is the one its ``serialize`` functions write: little-endian 32-bit
integers and floats, booleans as 32-bit integers, and strings as a 32-bit length followed by their
bytes. `parse` turns such bytes into arrays with named fields, `ProcgenState.to_bytes` writes them
again, and ``parse(data).to_bytes() == data`` for every state the library writes.

The C library aborts the whole process on a state it cannot read, so everything that would make it
abort is refused here first, as a `StateError`.

Source: openai/procgen 0.10.7, ``game.cpp``, ``basic-abstract-game.cpp`` and the five games' files.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gmbench.errors import StateError
from gmbench.procgen.refusals import MODES, PLAYER, refuse_what_aborts

__all__ = ["MODES", "PLAYER", "Generator", "ProcgenState", "kind_of", "parse"]

SERIALIZE_VERSION: Final = 0
END_MARK: Final = 0xCAFECAFE
MAX_ENTITIES: Final = 4096
MAX_SIDE: Final = 128  # cells; with it, no state outgrows the buffer it is read back into


def _fields(integers_and_floats: str) -> np.dtype[np.void]:
    """A packed dtype from ``"i:a b c f:d"``: names after ``i:`` are int32, after ``f:`` float32."""
    kind, fields = "<i4", []
    for word in integers_and_floats.split():
        if word in ("i:", "f:"):
            kind = "<i4" if word == "i:" else "<f4"
        else:
            fields.append((word, kind))
    return np.dtype(fields)


OPTIONS: Final = _fields(
    "i: paint_vel_info use_generated_assets use_monochrome_assets restrict_themes use_backgrounds"
    " center_agent debug_mode distribution_mode use_sequential_levels use_easy_jump plain_assets"
    " physics_mode grid_step level_seed_low level_seed_high game_type game_n"
)
PROGRESS: Final = _fields(
    "f: reward i: done level_complete action timeout current_level_seed prev_level_seed"
    " episodes_remaining episode_done last_reward_timer f: last_reward i: default_action"
    " fixed_asset_seed cur_time is_waiting_for_step grid_size"
)
ENTITY: Final = _fields(
    "f: x y vx vy rx ry i: type image_type image_theme render_z will_erase collides_with_entities"
    " f: collision_margin rotation vrot i: is_reflected fire_time spawn_time life_time expire_time"
    " use_abs_coords f: friction i: smart_step avoids_collisions auto_erase"
    " f: alpha health theta grow_rate alpha_decay climber_spawn_x"
)
MOTION: Final = _fields(
    "i: use_procgen_background background_index f: bg_tile_ratio bg_pct_x char_dim"
    " i: last_move_action move_action special_action f: mixrate maxspeed max_jump"
    " action_vx action_vy action_vrot center_x center_y i: random_agent_start"
    " has_useful_vel_info step_rand_int"
)
VIEW: Final = _fields(
    "i: main_width main_height out_of_bounds_object"
    " f: unit view_dim x_off y_off visibility min_visibility"
)
OWN: Final = {
    "coinrun": _fields(
        "f: last_agent_y i: wall_theme has_support facing_right is_on_crate f: gravity air_control"
    ),
    "maze": _fields("i: maze_dim world_dim"),
    "ninja": _fields(
        "i: has_support facing_right last_fire_time wall_theme"
        " f: gravity air_control jump_charge jump_charge_inc"
    ),
    "jumper": _fields(
        "i: jump_count jump_delta jump_time has_support facing_right wall_theme f: compass_dim"
    ),
    "caveflyer": _fields(""),
}


@dataclass(slots=True)
class Generator:
    """One of the game's random-number generators, as the library's text of it."""

    is_seeded: int
    text: bytes


@dataclass(slots=True)
class ProcgenState:
    """Everything the C library remembers about one game.

    Attributes:
        game: the game's name, one of `OWN`.
        options, progress, motion, view, own: records (0-d structured arrays) of the dtypes above.
        entities: structured array of shape (n,), dtype `ENTITY`; entity 0 is the player.
        grid: int32 array of shape (height, width); row 0 is the bottom row.
        level_seeds, rand, asset_rand: the three generators.
    """

    game: str
    options: NDArray[np.void]
    level_seeds: Generator
    rand: Generator
    progress: NDArray[np.void]
    entities: NDArray[np.void]
    motion: NDArray[np.void]
    asset_rand: Generator
    view: NDArray[np.void]
    grid: NDArray[np.int32]
    own: NDArray[np.void]

    @property
    def player(self) -> NDArray[np.void]:
        """The player's record, a writable view of entity 0."""
        player: NDArray[np.void] = self.entities[0]
        return player

    @property
    def mode(self) -> int:
        """Procgen's number of the distribution mode (`MODES`)."""
        return int(self.options["distribution_mode"])

    def copy(self) -> ProcgenState:
        """A copy that shares no array with this state."""
        return ProcgenState(
            self.game,
            self.options.copy(),
            Generator(self.level_seeds.is_seeded, self.level_seeds.text),
            Generator(self.rand.is_seeded, self.rand.text),
            self.progress.copy(),
            self.entities.copy(),
            self.motion.copy(),
            Generator(self.asset_rand.is_seeded, self.asset_rand.text),
            self.view.copy(),
            self.grid.copy(),
            self.own.copy(),
        )

    def to_bytes(self) -> bytes:
        """The bytes the C library would have written for this state."""
        name = self.game.encode()
        height, width = self.grid.shape
        return b"".join(
            (
                struct.pack("<ii", SERIALIZE_VERSION, len(name)),
                name,
                self.options.tobytes(),
                _pack_generator(self.level_seeds),
                _pack_generator(self.rand),
                self.progress.tobytes(),
                struct.pack("<i", len(self.entities)),
                self.entities.tobytes(),
                self.motion.tobytes(),
                _pack_generator(self.asset_rand),
                self.view.tobytes(),
                struct.pack("<iii", width, height, width * height),
                self.grid.tobytes(),
                self.own.tobytes(),
                struct.pack("<I", END_MARK),
            )
        )


def parse(data: bytes, *, trusted: bool = False) -> ProcgenState:
    """Read the bytes of one saved state.

    Args:
        data: the bytes.
        trusted: whether they come straight from the C library, which aborts on none of its own
            states; saves a third of the time.

    Raises:
        StateError: the bytes are truncated, longer than the state, of an unknown version or game,
            or hold a value on which the C library would abort.
    """
    reader = _Reader(data)
    game = reader.game()
    state = ProcgenState(
        game=game,
        options=reader.record(OPTIONS, "options"),
        level_seeds=reader.generator("level seed generator"),
        rand=reader.generator("level generator"),
        progress=reader.record(PROGRESS, "progress"),
        entities=reader.array(ENTITY, reader.count("entities", MAX_ENTITIES), "entities"),
        motion=reader.record(MOTION, "motion"),
        asset_rand=reader.generator("asset generator"),
        view=reader.record(VIEW, "view"),
        grid=reader.grid(),
        own=reader.record(OWN[game], f"{game} fields"),
    )
    reader.end()
    if not trusted:
        refuse_what_aborts(state)
    return state


def kind_of(data: bytes) -> tuple[str, int]:
    """Game and distribution mode of a state, without reading the rest of it.

    Raises:
        StateError: the bytes are not the beginning of a state.
    """
    reader = _Reader(data)
    game = reader.game()
    return game, int(reader.record(OPTIONS, "options")["distribution_mode"])


def _pack_generator(generator: Generator) -> bytes:
    return struct.pack("<ii", generator.is_seeded, len(generator.text)) + generator.text


class _Reader:
    """Reads a state from front to back and names the part at which it ends too early."""

    def __init__(self, data: bytes) -> None:
        self._data = bytes(data)
        self._at = 0

    def _take(self, size: int, what: str) -> int:
        start = self._at
        if size < 0 or start + size > len(self._data):
            raise StateError(
                f"truncated state: {what} needs {size} bytes at offset {start}, "
                f"but the state has only {len(self._data)}"
            )
        self._at += size
        return start

    def integer(self, what: str) -> int:
        return int.from_bytes(self._data[self._take(4, what) : self._at], "little", signed=True)

    def count(self, what: str, limit: int) -> int:
        value = self.integer(f"number of {what}")
        if not 0 <= value <= limit:
            raise StateError(f"corrupt state: {value} {what}, expected 0 to {limit}")
        return value

    def string(self, what: str, limit: int = 65_536) -> bytes:
        size = self.count(f"bytes of {what}", limit)
        return self._data[self._take(size, what) : self._at]

    def game(self) -> str:
        version = self.integer("version")
        if version != SERIALIZE_VERSION:
            raise StateError(
                f"not a Procgen 0.10.7 state: its version is {version}, "
                f"expected {SERIALIZE_VERSION}"
            )
        name = self.string("game name", limit=64)
        game = name.decode("ascii", errors="replace")
        if game not in OWN:
            raise StateError(f"state of unknown game {game!r}; known: {', '.join(OWN)}")
        return game

    def generator(self, what: str) -> Generator:
        is_seeded = self.integer(what)
        text = self.string(what)
        if text.translate(None, b"0123456789 "):
            raise StateError(f"corrupt state: the {what} is not a list of numbers")
        return Generator(is_seeded, text)

    def array(self, dtype: np.dtype[np.void], count: int, what: str) -> NDArray[np.void]:
        start = self._take(dtype.itemsize * count, what)
        return np.frombuffer(self._data, dtype, count, start).copy()

    def record(self, dtype: np.dtype[np.void], what: str) -> NDArray[np.void]:
        if not dtype.names:
            return np.zeros((), dtype)
        return self.array(dtype, 1, what).reshape(())

    def grid(self) -> NDArray[np.int32]:
        width, height = self.count("columns", MAX_SIDE), self.count("rows", MAX_SIDE)
        cells = self.integer("number of cells")
        if cells != width * height:
            raise StateError(f"corrupt state: {cells} cells in a grid of {width}x{height}")
        start = self._take(4 * cells, "grid")
        flat = np.frombuffer(self._data, "<i4", cells, start).copy()
        return flat.reshape(height, width)

    def end(self) -> None:
        mark = self.integer("end mark") & 0xFFFFFFFF
        if mark != END_MARK:
            raise StateError(f"corrupt state: end mark {mark:#x}, expected {END_MARK:#x}")
        if self._at != len(self._data):
            raise StateError(f"{len(self._data) - self._at} bytes follow the state's end mark")
