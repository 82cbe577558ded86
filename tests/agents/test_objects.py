"""Objects with `predict`, and ``module:attribute``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from noise_world import OneLine, frames

from gmbench.agents.load import load_agent
from gmbench.errors import AgentError

bad_input = pytest.mark.bad_input


class Counter:
    """Counts the steps of every slot's episode in its state, and acts by the count."""

    def __init__(self) -> None:
        self.starts: list[list[bool]] = []

    def predict(
        self,
        observation: np.ndarray[Any, Any],
        state: Any = None,
        episode_start: Any = None,
        deterministic: bool = False,
    ) -> tuple[Any, Any]:
        self.starts.append(episode_start.tolist())
        self.deterministic = deterministic
        count = np.zeros(len(observation), dtype=int) if state is None else state
        count = np.where(episode_start, 0, count + 1)
        observation[:] = 0  # an object may spoil what it is given
        return count, count


def test_state_goes_round_and_starts_are_told() -> None:
    counter = Counter()
    player = load_agent(counter).player(3, deterministic=True)
    for slot in range(3):
        player.begin(slot, seed=slot)
    given = frames(3)
    kept = given.copy()
    assert player.act(given).tolist() == [0, 0, 0]
    assert player.act(given).tolist() == [1, 1, 1]
    player.begin(1, seed=9)
    assert player.act(given).tolist() == [2, 0, 2]
    assert counter.starts == [[True] * 3, [False] * 3, [False, True, False]]
    assert counter.deterministic is True
    np.testing.assert_array_equal(given, kept)


def test_a_space_with_channels_first_gets_channels_first() -> None:
    class First:
        observation_space = spaces.Box(0, 255, (3, 64, 64), np.uint8)
        action_space = spaces.Discrete(15)

        def predict(self, observation: Any, **_: Any) -> tuple[Any, None]:
            return observation[:, :, 0, 0].argmax(axis=1), None

    agent = load_agent(First())
    assert agent.spec.action_space == spaces.Discrete(15)
    given = frames(6)
    actions = agent.player(6, deterministic=True).act(given)
    np.testing.assert_array_equal(actions, given[:, 0, 0, :].argmax(axis=1))


class Sends:
    def __init__(self, actions: Any) -> None:
        self.actions = actions

    def predict(self, observation: Any, **_: Any) -> tuple[Any, Any]:
        return self.actions, None


@pytest.mark.parametrize(
    "actions", [[1, 14], np.array([1, 14], np.uint8), [1.0, 14.0]], ids=["list", "uint8", "float"]
)
def test_whole_numbers_of_any_type_are_taken(actions: Any) -> None:
    player = load_agent(Sends(actions)).player(2, deterministic=True)
    player.num_actions = 15
    taken = player.act(frames(2))
    assert taken.dtype == np.int64
    assert taken.tolist() == [1, 14]


@bad_input
@pytest.mark.parametrize(
    ("actions", "match"),
    [
        pytest.param([1, np.nan], "sent nan as actions.*from 0 to 14", id="nan"),
        pytest.param([1, np.inf], "sent inf", id="infinite"),
        pytest.param([1, 0.5], "sent 0.5", id="half"),
        pytest.param([1, -1], "sent -1", id="negative"),
        pytest.param([1, 15], "sent 15", id="too-large"),
        pytest.param([1], r"sent an array of shape \(1,\)", id="too-few"),
        pytest.param([[1], [2]], r"sent an array of shape \(2, 1\)", id="columns"),
        pytest.param(3, r"sent an array of shape \(\)", id="one-number"),
        pytest.param(["left", "right"], "sent values of type <U5", id="words"),
        pytest.param([True, False], "sent values of type bool", id="booleans"),
        pytest.param(None, r"sent an array of shape \(\)", id="nothing"),
        pytest.param([None, None], "sent values of type object", id="nothings"),
        pytest.param([[1], [2, 3]], r"sent '\[\[1\], \[2, 3\]\]'", id="ragged"),
    ],
)
def test_wrong_actions(actions: Any, match: str, one_line: OneLine) -> None:
    player = load_agent(Sends(actions)).player(2, deterministic=True)
    player.num_actions = 15
    with one_line(f"agent Sends {match}"):
        player.act(frames(2))


@bad_input
def test_no_pair(one_line: OneLine) -> None:
    class Bare:
        def predict(self, observation: Any, **_: Any) -> Any:
            return [1, 2]

    with one_line("agent Bare sent a list; predict must return .actions, state."):
        load_agent(Bare()).player(2, deterministic=True).act(frames(2))


@bad_input
def test_an_agent_that_fails(one_line: OneLine) -> None:
    class Fails:
        def predict(self, observation: Any, **_: Any) -> Any:
            raise ValueError("no\nluck")

    with one_line("agent Fails failed in predict: ValueError: no luck"):
        load_agent(Fails()).player(2, deterministic=True).act(frames(2))


@bad_input
def test_a_predict_of_another_form(one_line: OneLine) -> None:
    class Short:
        def predict(self, observation: Any) -> Any:
            return [0], None

    with one_line("agent Short: predict cannot be called as predict"):
        load_agent(Short())


@bad_input
@pytest.mark.parametrize("thing", [42, object(), print, {"predict": 1}], ids=type)
def test_no_agent(thing: Any, one_line: OneLine) -> None:
    with one_line("is no agent: it has no predict"):
        load_agent(thing)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_own_agents.py").write_text(
        "class Still:\n"
        "    def predict(self, observation, state, episode_start, deterministic):\n"
        "        return [4] * len(observation), state\n"
        "still = Still()\n"
        "def make():\n"
        "    return Still()\n"
        "def broken():\n"
        "    raise RuntimeError('out of\\nfuel')\n"
        "number = 7\n"
    )
    (tmp_path / "half_done.py").write_text("import a_package_that_is_not_there\n")
    (tmp_path / "wrong_syntax.py").write_text("def (:\n")
    yield tmp_path  # type: ignore[misc]
    for name in ("my_own_agents", "half_done", "wrong_syntax"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("attribute", ["still", "Still", "make"])
def test_module_attribute_in_the_current_folder(attribute: str, here: Path) -> None:
    paths = list(sys.path)
    agent = load_agent(f"my_own_agents:{attribute}")
    assert agent.spec.name == f"my_own_agents:{attribute}"
    assert agent.player(2, deterministic=False).act(frames(2)).tolist() == [4, 4]
    assert sys.path == paths


@bad_input
@pytest.mark.parametrize(
    ("reference", "match"),
    [
        pytest.param("no_such_module:x", "no module 'no_such_module'", id="module"),
        pytest.param("my_own_agents:stil", "no 'stil' there; did you mean", id="attribute"),
        pytest.param("my_own_agents:broken", r"broken\(\) failed: RuntimeError", id="factory"),
        pytest.param("my_own_agents:number", "is no agent: it has no predict", id="number"),
        pytest.param("half_done:x", "importing half_done failed: ModuleNotFound", id="import"),
        pytest.param("wrong_syntax:x", "importing wrong_syntax failed: SyntaxError", id="syntax"),
        pytest.param("os:system('true')", "neither a file nor module:attribute", id="a-call"),
        pytest.param(":", "neither a file nor module:attribute", id="colon"),
        pytest.param("./a:b", "neither a file nor module:attribute", id="path"),
    ],
)
def test_wrong_references(reference: str, match: str, here: Path, one_line: OneLine) -> None:
    with one_line(match):
        load_agent(reference)


@pytest.mark.bad_input
def test_an_agent_that_exits_is_refused_and_ends_nothing() -> None:
    class Exiting:
        def predict(self, observation, state=None, episode_start=None, deterministic=False):
            raise SystemExit(7)

    player = load_agent(Exiting()).player(2, True)
    with pytest.raises(AgentError, match="SystemExit"):
        player.act(np.zeros((2, 64, 64, 3), np.uint8))


@pytest.mark.bad_input
def test_actions_whose_conversion_fails_are_refused() -> None:
    class Odd:
        def __array__(self, *_: object, **__: object) -> np.ndarray:
            raise MemoryError

    class Sender:
        def predict(self, observation, state=None, episode_start=None, deterministic=False):
            return Odd(), state

    with pytest.raises(AgentError, match="something of type Odd"):
        load_agent(Sender()).player(2, True).act(np.zeros((2, 64, 64, 3), np.uint8))
