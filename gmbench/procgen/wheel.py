"""The stock Procgen wheel: imported without its old-gym notice, or explained when missing."""

from __future__ import annotations

import os
import platform
import sys
from typing import Any

from gmbench.errors import MissingPartError
from gmbench.quiet import silence_gym_notice

ACTIONS = 15
FRAME = (64, 64, 3)


def import_procgen() -> Any:
    """The ``procgen`` module, imported without the notice of the old gym that it drags in.

    Raises:
        MissingPartError: no wheel is installed; the message says what works instead.
    """
    silence_gym_notice()
    try:
        import procgen
    except ImportError as error:
        raise MissingPartError(_why_missing(error)) from error
    return procgen


def _why_missing(error: ImportError) -> str:
    if "libGL" in str(error) or "libgthread" in str(error) or "libgomp" in str(error):
        return (
            f"Procgen cannot load a system library ({error}); on Debian or Ubuntu: "
            "apt-get install libgl1 libglib2.0-0 libgomp1"
        )
    version = sys.version_info[:2]
    if sys.platform == "linux" and platform.machine() == "x86_64" and version <= (3, 12):
        return (
            "the Procgen worlds need the Procgen wheel: pip install 'gmbench[procgen]' "
            f"(numpy < 2; import failed with: {error})"
        )
    return (
        "there is no Procgen wheel for this platform "
        f"({sys.platform} {platform.machine()}, Python {version[0]}.{version[1]}): use Linux "
        "x86-64 with Python 3.10 to 3.12, for example in a container"
    )


def make_games(
    game: str, count: int, mode: str, *, threads: int | None = None, large_frames: bool = False
) -> Any:
    """``count`` stock games as one ``ProcgenGym3Env``.

    Args:
        game: a name of `gmbench.procgen.state.OWN`.
        count: how many games.
        mode: "easy" or "hard".
        threads: worker threads; default one per core, none for a single game.
        large_frames: also draw 512x512 frames, for people, at every step.
    """
    procgen = import_procgen()
    if threads is None:
        threads = 0 if count == 1 else min(count, os.cpu_count() or 1)
    try:
        games = procgen.ProcgenGym3Env(
            num=count,
            env_name=game,
            distribution_mode=mode,
            num_threads=threads,
            rand_seed=0,
            render_mode="rgb_array" if large_frames else None,
        )
    except OSError as error:
        raise MissingPartError(_why_missing(ImportError(str(error)))) from error
    # Resolved now: when the garbage collector closes forgotten games, perhaps while another game
    # is being made, looking this up would wait for a lock that its own thread holds.
    _ = games._c_lib.libenv_close
    return games
