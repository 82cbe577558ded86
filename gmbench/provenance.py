"""What a record says about the software and the machine that made it."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from gmbench.records import Hardware, Software
from gmbench.version import __version__

PROCGEN_WHEELS = ("procgen", "procgen-mirror")


def software() -> Software:
    """Versions of what took part; None for what is not installed."""
    return Software(
        python=platform.python_version(),
        gmbench=__version__,
        numpy=version("numpy"),
        numba=_version("numba"),
        numba_cuda=_version("numba-cuda"),
        torch=_version("torch"),
        gymnasium=_version("gymnasium"),
        stable_baselines3=_version("stable-baselines3"),
        sb3_contrib=_version("sb3-contrib"),
        procgen=next(filter(None, map(_version, PROCGEN_WHEELS)), None),
    )


def hardware() -> Hardware:
    """The processor's model name, the cores this process may use, and the system."""
    return Hardware(cpu=_cpu(), cores=cores(), gpu=None, platform=_system())


def commit() -> tuple[str | None, bool | None]:
    """The commit of gmbench's own checkout and whether it has changes; None, None elsewhere."""
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return None, None
    head = _git(root, "rev-parse", "HEAD")
    changes = _git(root, "status", "--porcelain", "--untracked-files=no")
    return (head, None if changes is None else changes != "") if head else (None, None)


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _system() -> str:
    """The system, the processor's kind and the C library; the kernel's build says nothing here."""
    return " ".join(filter(None, (platform.system(), platform.machine(), *platform.libc_ver())))


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
