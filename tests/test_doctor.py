from __future__ import annotations

import subprocess
import sys

import pytest

from gmbench import doctor

MAKES = [sys.executable, "-I", doctor.__file__]


def test_this_machine_has_all_that_it_tests_with() -> None:
    result = subprocess.run([*MAKES, "contrib"], capture_output=True, text=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_missing_library_is_named_with_its_package() -> None:
    missing = doctor.missing_libraries({"libc.so.6": "libc6", "libno-such.so.9": "libnothing9"})
    said = doctor.complaint(missing)
    assert said == "missing libno-such.so.9: install with apt-get install libnothing9"


def test_nothing_missing_says_nothing() -> None:
    assert doctor.complaint(doctor.missing_libraries({"libc.so.6": "libc6"})) == ""


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("version", "system", "machine", "procgen", "way_out"),
    [
        pytest.param((3, 9), "Linux", "x86_64", False, "3.10 to 3.13", id="too old"),
        pytest.param((3, 14), "Linux", "x86_64", False, "3.10 to 3.13", id="too new"),
        pytest.param((3, 13), "Linux", "x86_64", True, "3.10 to 3.12", id="too new for the games"),
        pytest.param((3, 11), "Darwin", "arm64", True, "EXTRAS=contrib", id="no wheel on a Mac"),
        pytest.param((3, 11), "Linux", "aarch64", True, "EXTRAS=contrib", id="no wheel on ARM"),
    ],
)
def test_a_platform_that_cannot_gets_one_line_that_says_what_can(
    version: tuple[int, int], system: str, machine: str, procgen: bool, way_out: str
) -> None:
    said = doctor.python_complaint(version, system, machine, procgen)
    assert way_out in said
    assert "\n" not in said


@pytest.mark.parametrize("minor", [10, 11, 12])
def test_the_pythons_that_the_games_have_wheels_for_pass(minor: int) -> None:
    assert doctor.python_complaint((3, minor), "Linux", "x86_64", True) == ""


def test_a_mac_without_the_games_passes() -> None:
    assert doctor.python_complaint((3, 13), "Darwin", "arm64", False) == ""
