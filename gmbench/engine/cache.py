"""Where the engine keeps what was compiled."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

CACHE_VARIABLE: Final = "GMBENCH_CACHE"


def cache_folder() -> Path:
    """Where drivers and what numba compiled for them are kept.

    ``GMBENCH_CACHE``, else the user's cache folder, else, where neither can be written, a folder
    for temporary files.
    """
    places = [
        os.environ.get(CACHE_VARIABLE),
        os.environ.get("XDG_CACHE_HOME") and os.path.join(os.environ["XDG_CACHE_HOME"], "gmbench"),
        os.path.join(os.path.expanduser("~"), ".cache", "gmbench"),
    ]
    for place in places:
        if place and _writable(Path(place)):
            return Path(place) / "engine"
    place = os.path.join(tempfile.gettempdir(), f"gmbench-{os.getuid()}")
    # What lies in the cache is run: nobody else may have put it there.
    if _writable(Path(place)) and os.stat(place).st_uid == os.getuid():
        return Path(place) / "engine"
    return passing_folder()


@functools.cache
def passing_folder() -> Path:
    """A folder for what no later process may use; removed when this one ends."""
    folder = tempfile.mkdtemp(prefix="gmbench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def passes(file: Path) -> bool:
    """Whether a file lies in the folder that is removed when this process ends."""
    return passing_folder.cache_info().currsize > 0 and file.is_relative_to(passing_folder())


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)
