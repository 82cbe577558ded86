"""Sweeps on a Ray cluster of this machine."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from small_sweeps import twenty_four, written

from gmbench.cli import run
from gmbench.errors import MissingPartError, UsageError
from gmbench.studies import Sweep, Swept, load_sweep, run_sweep
from gmbench.studies.cluster import refuse_absent


@pytest.fixture
def ray_is_there() -> None:
    if importlib.util.find_spec("ray") is None:
        pytest.skip("the ray extra is not installed")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.usefixtures("ray_is_there")
def test_twenty_four_cells_on_a_local_cluster_are_the_bytes_that_processes_give(
    undisturbed: Swept, tmp_path: Path
) -> None:
    plan, out = load_sweep(twenty_four(tmp_path / "files")), tmp_path / "out"
    on_ray = run_sweep(plan, out, ray="local", jobs=2)
    assert (on_ray.ran, on_ray.failures) == (24, ())
    assert on_ray.path.read_bytes() == undisturbed.path.read_bytes()
    assert len(on_ray.results["cells"]) == 24 and on_ray.results["missing"] == []
    folders = sorted((out / "cells").iterdir())
    assert [f.name for f in folders] == sorted(cell.name for cell in plan.cells())
    for folder in folders:
        there = undisturbed.path.parent / "cells" / folder.name
        assert {p.name for p in folder.iterdir()} == {p.name for p in there.iterdir()}
        # The others tell how long things took.
        for name in ("agent.zip", "cell.json", "episodes.csv.gz"):
            assert (folder / name).read_bytes() == (there / name).read_bytes()
    # And what is finished is not run again, there or here.
    assert run_sweep(plan, out, ray="local", jobs=2).ran == 0
    assert run_sweep(plan, out).ran == 0


@pytest.mark.slow
@pytest.mark.bad_input
@pytest.mark.usefixtures("ray_is_there")
def test_an_address_where_nothing_listens_is_refused_at_once(tiny: Sweep, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no cluster answers there"):
        run_sweep(tiny, tmp_path / "out", ray="127.0.0.1:1")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.bad_input
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.usefixtures("ray_is_there")
@pytest.mark.parametrize("named", [None, "127.0.0.1:1"])
def test_auto_where_no_cluster_runs_is_refused_before_anything_is_written(
    named: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Named: by the variable in which Ray looks first."""
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    if named is not None:
        monkeypatch.setenv("RAY_ADDRESS", named)
    out = tmp_path / "out"
    assert run(["sweep", str(written(tmp_path)), "-o", str(out), "--ray", "auto"]) == 2
    told, err = capsys.readouterr()
    assert told == "" and err.startswith("gmbench: --ray auto: no cluster ")
    assert err.count("\n") == 1 and not out.exists()


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
