"""The doctor finds what is missing, and says how to mend it."""

from __future__ import annotations

import json
import platform

import pytest

from gmbench import cli
from gmbench.errors import MissingPartError
from gmbench.sandbox import doctor, sandboxed


@pytest.mark.usefixtures("sandbox_is_there")
def test_all_is_well_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["sandbox", "doctor", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["usable"] is True
    names = [check["name"] for check in told["checks"]]
    assert {"bubblewrap", "kernel", "trial", "no network", "nothing to write to"} <= set(names)


@pytest.mark.parametrize(
    ("said", "mend"),
    [
        ("bwrap: No permissions to create a new namespace, likely because", "userns_clone=1"),
        ("bwrap: Creating new namespace failed: Operation not permitted", "seccomp=unconfined"),
        ("bwrap: setting up uid map: Permission denied", "AppArmor"),
        ("bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted", "AppArmor"),
        ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", "systempaths"),
        ("gmbench launcher: unshare: Operation not permitted", "SYS_ADMIN"),
        ("ModuleNotFoundError: No module named 'gmbench'", "readable to all"),
        ("something new", "see what bubblewrap says"),
    ],
)
def test_what_bubblewrap_says_is_explained(
    said: str, mend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_number", lambda name: None)
    assert mend in doctor._mend(said)


def test_settings_of_the_kernel_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {
        "user/max_user_namespaces": 0,
        "kernel/unprivileged_userns_clone": 0,
        "kernel/apparmor_restrict_unprivileged_userns": 1,
    }
    monkeypatch.setattr(doctor, "_number", values.get)
    most, clone, apparmor = doctor._settings()
    assert (most.passed, clone.passed, apparmor.passed) == (False, False, None)
    assert "user.max_user_namespaces=10000" in most.mend
    assert "kernel.unprivileged_userns_clone=1" in clone.mend
    assert "profile bwrap" in doctor._mend("bwrap: setting up uid map: Permission denied")


@pytest.mark.parametrize(("release", "passed"), [("5.13.19", False), ("odd", False), ("6.1", True)])
def test_an_old_kernel_is_refused_by_the_doctor_and_by_the_sandbox(
    release: str, passed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "release", lambda: release)
    assert doctor._kernel().passed is passed
    if not passed:
        with pytest.raises(MissingPartError, match=rf"needs Linux 5\.14, this is {release}"):
            sandboxed("numpy:zeros")


def test_a_wall_that_does_not_hold_fails() -> None:
    assert doctor._held("no network", "").passed is True
    broken = doctor._held("no network", "there are eth0")
    assert broken.passed is False and "strangers" in broken.mend
