"""Names what this machine lacks before anything is downloaded, by its Debian package.

Run by the Makefile as ``python3 -I gmbench/doctor.py [EXTRA ...]`` with the system's own Python,
before there is a virtual environment: so it uses the standard library alone, and no syntax that a
too old Python could not even read.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from collections.abc import Mapping

OLDEST, NEWEST = (3, 10), (3, 13)
NEWEST_WITH_PROCGEN = (3, 12)

# What the Procgen wheels link against without bundling it.
PROCGEN_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",
}


def python_complaint(version: tuple[int, ...], system: str, machine: str, procgen: bool) -> str:
    """One sentence on why this Python cannot be used and what can, empty where it can.

    Args:
        version: the Python version, at least (major, minor).
        system: as in ``platform.system()``.
        machine: as in ``platform.machine()``.
        procgen: whether the Procgen games are wanted.
    """
    here, newest = version[:2], NEWEST_WITH_PROCGEN if procgen else NEWEST
    if not OLDEST <= here <= newest:
        found, low, high = (".".join(map(str, v)) for v in (here, OLDEST, newest))
        games = " with the Procgen games" if procgen else ""
        return (
            f"Python {found} cannot run gmbench{games}: "
            f"use Python {low} to {high}, for example make PYTHON=python{high}"
        )
    if procgen and (system, machine) != ("Linux", "x86_64"):
        return (
            f"the Procgen games have no wheel for {system} on {machine}: use Linux on x86_64, "
            "or leave them out with make EXTRAS=contrib CONSTRAINTS=constraints-numpy2.txt"
        )
    return ""


def missing_libraries(libraries: Mapping[str, str]) -> dict[str, str]:
    """Those of the given shared libraries (name to Debian package) that cannot be loaded."""
    missing = {}
    for library, package in libraries.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing[library] = package
    return missing


def missing_venv() -> dict[str, str]:
    """The Debian package of the venv module, where this Python cannot make environments."""
    try:
        # Debian ships venv without ensurepip, and an environment without pip is of no use.
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return {"Python's venv module": "python3-venv"}
    return {}


def complaint(missing: Mapping[str, str]) -> str:
    """One sentence that names missing parts and how to install them, empty where none is."""
    if not missing:
        return ""
    parts = ", ".join(missing)
    return f"missing {parts}: install with apt-get install {' '.join(missing.values())}"


def main(extras: list[str]) -> int:
    """Prints what is missing for the given extras to stderr; 0 if nothing is, else 2."""
    procgen = "procgen" in extras
    said = python_complaint(sys.version_info[:2], platform.system(), platform.machine(), procgen)
    if not said:
        said = complaint(
            {**missing_venv(), **missing_libraries(PROCGEN_LIBRARIES if procgen else {})}
        )
    if said:
        print(f"gmbench: {said}", file=sys.stderr)
    return 2 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
