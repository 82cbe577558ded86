"""Sweeps on a Ray cluster of this machine."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from gmbench.errors import MissingPartError, UsageError
from gmbench.studies import Sweep, Swept, run_sweep
from gmbench.studies.cluster import refuse_absent


@pytest.fixture
def ray_is_there() -> None:
    if importlib.util.find_spec("ray") is None:
        pytest.skip("the ray extra is not installed")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.usefixtures("ray_is_there")
def test_a_local_cluster_gives_the_bytes_that_processes_give(
    tiny: Sweep, swept: Swept, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    on_ray = run_sweep(tiny, out, ray="local", jobs=2)
    assert (on_ray.ran, on_ray.failures) == (4, ())
    assert on_ray.path.read_bytes() == swept.path.read_bytes()
    folders = sorted((out / "cells").iterdir())
    assert [f.name for f in folders] == sorted(cell.name for cell in tiny.cells())
    for folder in folders:
        there = swept.path.parent / "cells" / folder.name
        assert {p.name for p in folder.iterdir()} == {p.name for p in there.iterdir()}
    # And what is finished is not run again, there or here.
    assert run_sweep(tiny, out, ray="local", jobs=2).ran == 0
    assert run_sweep(tiny, out).ran == 0


@pytest.mark.slow
@pytest.mark.bad_input
@pytest.mark.usefixtures("ray_is_there")
def test_an_address_where_nothing_listens_is_refused_at_once(tiny: Sweep, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no cluster answers there"):
        run_sweep(tiny, tmp_path / "out", ray="127.0.0.1:1")
    assert not (tmp_path / "out").exists()


@pytest.mark.bad_input
def test_without_ray_the_message_says_what_to_install(
    tiny: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingPartError, match=r'pip install "gmbench\[ray\]"'):
        run_sweep(tiny, tmp_path / "out", ray="local")
    assert not (tmp_path / "out").exists()
    with pytest.raises(MissingPartError):
        refuse_absent("auto")
