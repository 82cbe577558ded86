"""Agents in ONNX files, made here byte by byte: a matrix product, as scores or as actions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gymnasium import spaces
from numpy.typing import NDArray

from gmbench import registry
from gmbench.agents.load import load_agent
from gmbench.agents.onnx import OnnxAgent
from gmbench.errors import AgentError

FLOAT, UINT8, INT64 = 1, 2, 7
SHAPE = (3, 5, 5)
WEIGHTS = np.random.default_rng(0).normal(size=(75, 4)).astype(np.float32)


def varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number: int, value: int | bytes | str) -> bytes:
    """A field of a protocol buffer."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def node(kind: str, inputs: list[str], output: str, *attributes: bytes) -> bytes:
    names = b"".join(field(1, name) for name in inputs) + field(2, output) + field(4, kind)
    return field(1, names + b"".join(field(5, one) for one in attributes))


def whole(name: str, value: int) -> bytes:
    """An attribute that is a whole number."""
    return field(1, name) + field(3, value) + field(20, 2)


def value(name: str, kind: int, shape: tuple[int | str, ...]) -> bytes:
    sides = b"".join(
        field(1, field(1, side) if isinstance(side, int) else field(2, side)) for side in shape
    )
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, sides)))


def tensor(name: str, array: NDArray[np.float32], elsewhere: dict[str, str] | None) -> bytes:
    """Weights with their numbers, or with the place of a file that holds them."""
    head = b"".join(field(1, side) for side in array.shape) + field(2, FLOAT) + field(8, name)
    if elsewhere is None:
        return head + field(9, array.tobytes())
    told = b"".join(field(13, field(1, key) + field(2, text)) for key, text in elsewhere.items())
    return head + told + field(14, 1)


def model(
    actions: bool = False,
    batch: int | str = "batch",
    kind: int = FLOAT,
    shape: tuple[int, ...] = SHAPE,
    weights: NDArray[np.float32] = WEIGHTS,
    elsewhere: dict[str, str] | None = None,
) -> bytes:
    """Flattened observations times weights; the largest of them where actions are wanted."""
    nodes = node("Cast", ["observations"], "floats", whole("to", FLOAT))
    nodes += node("Flatten", ["floats"], "flat", whole("axis", 1))
    nodes += node("MatMul", ["flat", "weights"], "scores")
    output = value("scores", FLOAT, (batch, weights.shape[1]))
    if actions:
        nodes += node("ArgMax", ["scores"], "actions", whole("axis", 1), whole("keepdims", 0))
        output = value("actions", INT64, (batch,))
    graph = nodes + field(2, "g") + field(5, tensor("weights", weights, elsewhere))
    graph += field(11, value("observations", kind, (batch, *shape))) + field(12, output)
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 13))


def saved(folder: Path, **how: object) -> Path:
    path = folder / "agent.onnx"
    path.write_bytes(model(**how))  # type: ignore[arg-type]
    return path


def observed(count: int = 8) -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 2, (count, *SHAPE)).astype(np.uint8)


def scores(observations: NDArray[np.uint8]) -> NDArray[np.float64]:
    return observations.reshape(len(observations), -1) @ WEIGHTS.astype(np.float64)


def test_the_file_that_other_tests_play_is_made_here() -> None:
    kept = Path(__file__).parent.parent / "data" / "linear.onnx"
    assert kept.read_bytes() == model(), "write what model() gives to this file"


def test_it_is_registered_and_known_by_its_suffix(tmp_path: Path) -> None:
    assert "onnx" in registry.AGENTS.names()
    agent = load_agent(saved(tmp_path))
    assert isinstance(agent, OnnxAgent)
    assert (agent.spec.name, agent.spec.kind) == ("agent", "onnx")
    assert agent.spec.observation_space is not None
    assert agent.spec.observation_space.shape == SHAPE
    assert agent.spec.action_space == spaces.Discrete(4)


@pytest.mark.parametrize("actions", [False, True])
@pytest.mark.parametrize("kind", [FLOAT, UINT8])
def test_it_acts_greedily(tmp_path: Path, actions: bool, kind: int) -> None:
    player = load_agent(saved(tmp_path, actions=actions, kind=kind)).player(8, True)
    player.num_actions = 4
    assert player.act(observed()).tolist() == scores(observed()).argmax(axis=1).tolist()


def test_pictures_come_channels_first_where_it_was_trained_so(tmp_path: Path) -> None:
    player = load_agent(saved(tmp_path)).player(8, True)
    last = np.ascontiguousarray(observed().transpose(0, 2, 3, 1))
    assert player.act(last).tolist() == scores(observed()).argmax(axis=1).tolist()


def test_it_samples_by_its_scores_and_each_slots_seed(tmp_path: Path) -> None:
    agent, one = load_agent(saved(tmp_path)), np.repeat(observed(1), 4000, axis=0)

    def sampled(first: int) -> NDArray[np.int64]:
        player = agent.player(4000, False)
        for slot in range(4000):
            player.begin(slot, first + slot)
        return player.act(one)

    assert (sampled(0) == sampled(0)).all() and (sampled(0) != sampled(9000)).any()
    shares = np.exp(scores(observed(1))[0] - scores(observed(1)).max())
    found = np.bincount(sampled(0), minlength=4) / 4000
    assert np.abs(found - shares / shares.sum()).max() < 0.04


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"batch": 1}, "a batch of 1 alone"),
        ({"kind": INT64}, "not uint8 or floats"),
    ],
)
def test_a_network_that_is_no_policy_is_refused(
    tmp_path: Path, how: dict[str, object], says: str
) -> None:
    with pytest.raises(AgentError, match=says):
        load_agent(saved(tmp_path, **how))


@pytest.mark.bad_input
def test_what_is_no_onnx_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "agent.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(AgentError, match="no ONNX file that can be run") as caught:
        load_agent(path)
    assert "\n" not in str(caught.value)
    with pytest.raises(AgentError, match="no such file"):
        load_agent(tmp_path / "none.onnx")


@pytest.mark.bad_input
def test_scores_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    weights = np.full((75, 4), np.nan, np.float32)
    player = load_agent(saved(tmp_path, weights=weights)).player(8, True)
    with pytest.raises(AgentError, match="no finite outputs"):
        player.act(observed())


@pytest.mark.bad_input
@pytest.mark.parametrize("place", ["weights.bin", "./weights.bin", "../weights.bin", "/etc/passwd"])
def test_weights_in_another_file_are_refused(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They could be any file beside which gmbench is started; onnxruntime alone would read it."""
    elsewhere = {"location": place, "offset": "0", "length": str(WEIGHTS.nbytes)}
    file = saved(tmp_path, elsewhere=elsewhere)
    (tmp_path / "weights.bin").write_bytes(WEIGHTS.tobytes())
    monkeypatch.chdir(tmp_path)
    if place == "weights.bin":
        onnxruntime = pytest.importorskip("onnxruntime")
        onnxruntime.InferenceSession(file.read_bytes(), providers=["CPUExecutionProvider"])
    with pytest.raises(AgentError, match="no ONNX file that can be run"):
        load_agent(file)
