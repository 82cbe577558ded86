"""Whether a sandbox can be made here, and what to do where it cannot: ``gmbench sandbox doctor``.

What counts is a trial: a sandbox is made as for an agent, and looks around in it. The other checks
explain why one could not be made.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from gmbench.errors import MissingPartError
from gmbench.hints import quoted
from gmbench.sandbox import launcher
from gmbench.sandbox.calls import refused_calls
from gmbench.sandbox.command import KERNEL, NO_DISABLE, bubblewrap, launch, refuse_old_kernel
from gmbench.sandbox.limits import Limits
from gmbench.sandbox.memory import make_group
from gmbench.sandbox.shared import memory_file

TRIAL: Final = Path(__file__).with_name("trial.py")

# What bubblewrap says, and what helps.
MENDS: Final = (
    (
        r"AppArmor|RTM_NEWADDR|uid map: Permission denied",
        "Ubuntu 24.04 and later lock user namespaces by AppArmor: allow them to bubblewrap with a"
        " profile (/etc/apparmor.d/bwrap: 'abi <abi/4.0>, profile bwrap /usr/bin/bwrap"
        " flags=(unconfined) { userns, }', then systemctl reload apparmor), or to everybody with"
        " sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    (
        r"mount proc|proc on",
        "a container hides parts of /proc: start it with --security-opt systempaths=unconfined"
        " (docker) or --security-opt unmask=ALL (podman)",
    ),
    (
        r"launcher: (unshare|mount|Operation)",
        "root in this container has no right to mount: start it with --cap-add SYS_ADMIN"
        " --security-opt seccomp=unconfined --security-opt apparmor=unconfined, or run gmbench as"
        " an ordinary user",
    ),
    (
        r"namespace|Operation not permitted|clone",
        "this user may not make user namespaces: in a container start it with --security-opt"
        " seccomp=unconfined, elsewhere run sysctl -w kernel.unprivileged_userns_clone=1",
    ),
    (
        r"Permission denied|ModuleNotFoundError|No such file",
        "Python, its packages or gmbench cannot be read by the sandbox's user: make their folders"
        " readable to all (chmod -R a+rX), or install them anew with umask 022",
    ),
)


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what.
        passed: whether it is as it must be; None for what is merely told.
        found: what was found.
        mend: what to do about it, "" where nothing need be.
    """

    name: str
    passed: bool | None
    found: str
    mend: str = ""

    def to_json(self) -> dict[str, Any]:
        """Its fields."""
        return asdict(self)


def examine() -> list[Check]:
    """Every check; the sandbox can be used where none of them failed."""
    checks = [_installed(), _kernel(), *_settings()]
    group = make_group(Limits().memory)
    try:
        if checks[0].passed:
            checks += _trial(None if group is None else group.path)
    finally:
        if group is not None:
            group.close()
    return [*checks, _memory(group is not None), _life()]


def _installed() -> Check:
    try:
        path, version = bubblewrap()
    except MissingPartError as error:
        mend = "apt-get install bubblewrap, or your system's package of that name"
        if sys.platform != "linux":
            mend = "use Linux, or a virtual machine with it"
        return Check("bubblewrap", False, str(error).partition(";")[0], mend)
    said = f"{path}, version {'.'.join(map(str, version))}"
    if version < NO_DISABLE:
        said += "; without --disable-userns, which came with 0.8: agents can make namespaces"
    return Check("bubblewrap", True, said)


def _kernel() -> Check:
    wanted, release = ".".join(map(str, KERNEL)), platform.release()
    try:
        refuse_old_kernel()
    except MissingPartError:
        return Check("kernel", False, f"Linux {release}", f"use Linux {wanted} or later")
    return Check("kernel", True, f"Linux {release}")


def _settings() -> list[Check]:
    """Settings of the kernel that forbid user namespaces; the trial tells whether they matter."""
    checks = []
    for name, usual in (
        ("user/max_user_namespaces", 10_000),
        ("kernel/unprivileged_userns_clone", 1),
    ):
        value, key = _number(name), name.replace("/", ".")
        if value is not None:
            mend = "" if value > 0 else f"sysctl -w {key}={usual}"
            checks.append(Check("user namespaces", value > 0, f"{key} = {value}", mend))
    if _number("kernel/apparmor_restrict_unprivileged_userns") == 1:
        shown = "kernel.apparmor_restrict_unprivileged_userns = 1: only profiled programs make them"
        checks.append(Check("AppArmor", None, shown))
    return checks


def _number(name: str) -> int | None:
    try:
        return int(Path("/proc/sys", name).read_text())
    except (OSError, ValueError):
        return None


def _trial(group: Path | None) -> list[Check]:
    """Make a sandbox and look around in it."""
    try:
        calls = memory_file(refused_calls())
    except MissingPartError as error:
        return [Check("trial", False, str(error), "use one of these")]
    try:
        done = subprocess.run(
            launch(Limits(), [], [], calls, group, {}, ["-c", TRIAL.read_text()]),
            pass_fds=(calls,),
            env={},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        seen = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return [Check("trial", False, "no answer for 120 s", "try again when the machine is idle")]
    except ValueError:
        lines = (done.stderr or done.stdout).strip().splitlines()
        said = lines[-1] if lines else f"exit code {done.returncode}"
        return [Check("trial", False, quoted(said, 300), _mend(said))]
    finally:
        os.close(calls)
    made = f"as user {seen['uid']}" + (", whom nobody else is" if os.geteuid() == 0 else "")
    return [Check("trial", True, made), *(_held(name, seen[name]) for name in seen["walls"])]


def _held(name: str, fault: str) -> Check:
    mend = "this bubblewrap or kernel does not keep its word; do not run strangers' agents here"
    return Check(name, not fault, fault or "held", mend if fault else "")


def _mend(said: str) -> str:
    restricted = _number("kernel/apparmor_restrict_unprivileged_userns") == 1
    for pattern, mend in MENDS:
        if re.search(pattern, said) or (restricted and pattern.startswith("AppArmor")):
            return mend
    return "see what bubblewrap says: bwrap --unshare-user --unshare-all --ro-bind / / true"


def _memory(group: bool) -> Check:
    if group:
        return Check("memory", None, "limited by a cgroup")
    said = "limited for each process, and for all together by a watch: no right to make a cgroup"
    return Check("memory", None, said)


def _life() -> Check:
    tried = f"runpy.run_path({launcher.__file__!r})['unshared']({os.geteuid() == 0})"
    code = f"import runpy, sys; sys.exit(not {tried})"
    if subprocess.run([sys.executable, "-I", "-S", "-c", code]).returncode == 0:
        return Check("life", None, "ends with gmbench, whatever an agent does")
    said = "ends with gmbench, but for an agent that has untied itself when gmbench is killed: no"
    return Check("life", None, f"{said} right to make a namespace of processes around bubblewrap's")
