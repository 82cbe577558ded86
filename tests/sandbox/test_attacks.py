"""Every attack succeeds outside the sandbox, and inside ends in one line that names it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import attacks_answer
import attacks_exhaust
import attacks_memory
import attacks_processes
import attacks_reach
import numpy as np
import pytest
from hostile import SECRET, SMALL, Attack, one_line, targeted

from gmbench.agents.base import Player
from gmbench.sandbox import sandboxed

FILES = (attacks_reach, attacks_processes, attacks_exhaust, attacks_answer, attacks_memory)
ATTACKS: tuple[Attack, ...] = tuple(attack for file in FILES for attack in file.ATTACKS)

pytestmark = pytest.mark.usefixtures("sandbox_is_there")

INNOCENT = """
import numpy as np

class Right:
    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        return np.full(len(observation), 3), state
"""


@pytest.fixture(scope="module")
def innocent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Player]:
    """Another agent of the same evaluation, which plays all the while."""
    folder = tmp_path_factory.mktemp("innocent")
    (folder / "innocent_agent.py").write_text(INNOCENT)
    before = os.getcwd()
    os.chdir(folder)
    try:
        agent = sandboxed("innocent_agent:Right", limits=SMALL)
    finally:
        os.chdir(before)
    with agent:
        player = agent.player(4, True)
        player.num_actions = 4
        yield player


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_it_succeeds_outside_and_is_contained_inside(
    attack: Attack,
    innocent: Player,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    attack_table: list[tuple[str, str, str]],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GMBENCH_TEST_TOKEN", SECRET)
    (tmp_path / "notes").symlink_to(tmp_path / "secret.txt")
    with targeted(tmp_path) as target:
        attack.write(target)
        heard = attack.outside(target)
        assert attack.happened(target, heard), f"it failed where nothing holds it: {heard[:2000]}"
        for ghost in attacks_processes.ghosts():
            os.kill(ghost, signal.SIGKILL)
        (tmp_path / "owned").unlink(missing_ok=True)
    with targeted(tmp_path) as target:
        attack.write(target)
        line = attack.inside(target)
        assert not attack.happened(target, line), line
    one_line(line, f"^agent {attack.module}:Agent was stopped: .*({attack.line})")
    attack_table.append((attack.name, attack.does, line))
    observations = np.zeros((4, 3, 9, 9), np.uint8)
    assert innocent.act(observations).tolist() == [3, 3, 3, 3], "the others are unharmed"


def test_there_are_enough() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 25
