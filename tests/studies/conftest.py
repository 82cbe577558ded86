"""Fixtures: a sweep of small mazes, run once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_sweeps import twenty_four, written

from gmbench import registry
from gmbench.registry import Registry
from gmbench.studies import Sweep, Swept, load_sweep, run_sweep


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    return load_sweep(written(tmp_path_factory.mktemp("tiny")))


@pytest.fixture(scope="session")
def swept(tiny: Sweep, tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """The sweep of four cells, carried out by two workers."""
    return run_sweep(tiny, tmp_path_factory.mktemp("swept") / "out", jobs=2)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Swept:
    """The sweep of 24 cells, carried out by two workers that nobody disturbs."""
    plan = load_sweep(twenty_four(tmp_path_factory.mktemp("many")))
    return run_sweep(plan, tmp_path_factory.mktemp("undisturbed") / "out", jobs=2)


@pytest.fixture
def with_unruly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The study `unruly_study` as if its package were installed."""
    info = tmp_path / "site" / "unruly-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: unruly\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[gmbench.studies]\nunruly = unruly_study\n")
    monkeypatch.syspath_prepend(str(info.parent))
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    known = registry.STUDIES
    fresh = Registry(known.kind, known.folders, known.entry_point_group, known.holds)
    monkeypatch.setattr(registry, "STUDIES", fresh)
    yield
