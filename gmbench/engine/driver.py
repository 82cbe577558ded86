"""One module of compiled kernels for every world, written into a cache and kept there.

numba keeps on disk what it compiled for a function in a file. A world's rules handed to a general
kernel as arguments never hit that cache, and a kernel that calls them by name would not notice
when they change in their own file. So every world gets a driver: a module that imports its rules
by name and holds the engine's kernels, in a folder named by a digest of all sources involved. What
changed has another digest, and is compiled anew; what did not is compiled by no process twice.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import inspect
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numba

from gmbench.atomic import write_text
from gmbench.engine import kernels, par, placeholder, plain, tiles
from gmbench.engine.cache import cache_folder, passes, passing_folder
from gmbench.engine.sources import changed_since_import, digest_of, sources

RULES: Final = ("level", "step", "grid", "oracle", "limit", "deadline")

_PLACEHOLDER = re.compile(r"(?s)(?<=\n)from gmbench\.engine\.placeholder import \(.*?\n\)\n")


def driver(module: ModuleType, parameters: Mapping[str, Any], word: str) -> ModuleType:
    """The kernels of a world in certain parameters.

    Args:
        module: the world.
        parameters: their values.
        word: "uint32" or "uint64", in which its pictures are written.

    Returns:
        A module with the functions of `gmbench.engine.kernels`, over the world's own rules.
    """
    text = driver_text(module, parameters, word)
    files = sources(module)
    digest = digest_of(files, text)
    name = f"gmbench_driver_{module.NAME.replace('-', '_')}_{digest}"
    place = passing_folder() if changed_since_import(files) else cache_folder()
    return _written(name, place / digest, text)


def cuda_driver(module: ModuleType, parameters: Mapping[str, Any], word: str) -> ModuleType:
    """The same for a graphics card.

    Returns:
        A module with the functions of `gmbench.engine.kernels_cuda`, over the world's own rules.
    """
    base = driver(module, parameters, word)
    template = Path(kernels.__file__).with_name("kernels_cuda.py").read_text()
    text = template.replace(f"from {kernels.__name__} import", f"from {base.__name__} import")
    compiler = importlib.metadata.version("numba-cuda")
    digest = hashlib.sha256(f"{text}\0{compiler}".encode()).hexdigest()[:16]
    assert base.__file__ is not None
    return _written(f"{base.__name__}_{digest}", Path(base.__file__).parent, text)


def announce(what: str, compiled: ModuleType, kernel: str) -> None:
    """Say on stderr why the first use of a kernel takes its time.

    Args:
        what: the world, and for which device if not for the processor.
        compiled: its driver, from `driver` or `cuda_driver`.
        kernel: which of its kernels is about to be compiled, or read from the cache.
    """
    assert compiled.__file__ is not None
    file = Path(compiled.__file__)
    kept = list((file.parent / "__pycache__").glob(f"{file.stem}.{kernel}-*.nbi"))
    if not kept and not numba.config.DISABLE_JIT:
        fate = "for this process alone" if passes(file) else f"once, kept in {file.parent}"
        print(f"gmbench: compiling {what}; {fate}", file=sys.stderr)


def driver_text(module: ModuleType, parameters: Mapping[str, Any], word: str) -> str:
    """The source of a world's driver."""
    state = module.state_fields(**parameters)
    rows, columns = module.shape(**parameters)
    scratch = [*module.scratch_fields(**parameters), ("tile_map", "u1", (rows * columns,))]
    board = hasattr(module, "tiles")
    own = [*RULES, "tiles" if board else "draw as draw_whole"]
    movable = module if hasattr(module, "move_goal") else placeholder
    parts = [
        f"from {module.__name__} import {', '.join(sorted(own))}",
        f"from {movable.__name__} import move_goal",
        f"from {tiles.__name__} import UNKNOWN, blit, patch",
        f"from {plain.__name__} import record",
        f"STATE = record({state!r})",
        f"SCRATCH = record({scratch!r})",
        f"COLUMNS = {columns}",
        f"WORD = np.{word}",
        _source(tiles.draw if board else tiles.draw_own).replace("def draw_own", "def draw"),
    ]
    if "par" in [field[0] for field in state]:
        parts.append(_source(par.measure).replace("def measure", "def set_par"))
    else:
        parts.append(f"from {par.__name__} import skip as set_par")
    source = inspect.getsource(kernels)
    head, body = _PLACEHOLDER.split(source)
    head_more, _, rest = body.partition("\n\n\n")
    return "\n\n".join([head + head_more, *parts, rest])


def _source(rule: Any) -> str:
    return inspect.getsource(getattr(rule, "py_func", rule)).strip() + "\n"


def _written(name: str, folder: Path, text: str) -> ModuleType:
    """The module of that name, from a file in a folder of the cache."""
    if name not in sys.modules:
        file = folder / f"{name}.py"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            write_text(file, text)
        sys.modules[name] = _imported(name, file)
    return sys.modules[name]


def _imported(name: str, file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
