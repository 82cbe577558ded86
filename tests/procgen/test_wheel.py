"""The stock wheel: imported in silence, or its absence explained in one sentence."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec

import pytest

from gmbench.errors import MissingPartError
from gmbench.procgen.wheel import FRAME, import_procgen, make_games


class Broken(MetaPathFinder):
    """Makes importing procgen fail the way a missing package or library does."""

    def __init__(self, message: str) -> None:
        self._message = message

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name == "procgen":
            raise ImportError(self._message)
        return None


def explanation(monkeypatch: pytest.MonkeyPatch, message: str) -> str:
    monkeypatch.delitem(sys.modules, "procgen", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(message), *sys.meta_path])
    with pytest.raises(MissingPartError) as caught:
        make_games("coinrun", 1, "easy")
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("system", "machine", "version"),
    [
        ("darwin", "arm64", (3, 11)),
        ("win32", "AMD64", (3, 12)),
        ("linux", "aarch64", (3, 11)),
        ("linux", "x86_64", (3, 13)),
    ],
    ids=["mac", "windows", "arm", "new python"],
)
def test_a_platform_without_a_wheel_is_told_what_works(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, version: tuple[int, int]
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(sys, "version_info", (*version, 0, "final", 0))
    text = explanation(monkeypatch, "No module named 'procgen'")
    assert "there is no Procgen wheel for this platform" in text
    assert f"{system} {machine}, Python {version[0]}.{version[1]}" in text
    assert "use Linux x86-64 with Python 3.10 to 3.12" in text


def test_where_there_is_a_wheel_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(sys, "version_info", (3, 12, 0, "final", 0))
    text = explanation(monkeypatch, "No module named 'procgen'")
    assert "pip install 'gmbench[procgen]'" in text
    assert "numpy < 2" in text


@pytest.mark.parametrize(
    "library", ["libGL.so.1", "libgthread-2.0.so.0", "libgomp.so.1"], ids=["GL", "glib", "omp"]
)
def test_a_missing_system_library_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    text = explanation(monkeypatch, f"{library}: cannot open shared object file")
    assert library in text
    assert "apt-get install libgl1 libglib2.0-0 libgomp1" in text


@pytest.mark.procgen
def test_the_notice_of_the_old_gym_is_not_shown() -> None:
    code = (
        "from gmbench.procgen.wheel import make_games; import sys; "
        "games = make_games('maze', 1, 'easy'); games.close(); "
        "sys.exit('gym' not in sys.modules and 'gym3' not in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.procgen
def test_games_are_as_many_as_asked_for_and_draw_frames() -> None:
    assert import_procgen().ProcgenGym3Env is not None
    games = make_games("maze", 3, "easy")
    assert games.num == 3
    assert games.observe()[1]["rgb"].shape == (3, *FRAME)
    games.close()
