"""Agents in ONNX files: ``agent.onnx``, run by onnxruntime on the processor.

The file's only input is a batch of observations: of shape (batch, H, W, C) or (batch, C, H, W),
the batch of any size, of uint8 or floats; it is given the world's values as they are. The first
output is actions, whole numbers of shape (batch,) or (batch, 1), or a score an action (logits or
values) of shape (batch, actions). Sampled actions follow the softmax of the scores; where the file
gives actions, they are its own either way.

An ONNX file runs no Python. Files that keep their weights elsewhere are refused.
"""

from __future__ import annotations

import hashlib
from math import prod
from pathlib import Path
from typing import Any, Final

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from gmbench.agents.archive import MIB, read_file
from gmbench.agents.base import Agent, AgentSpec, Player, as_trained, checked_actions
from gmbench.errors import AgentError, MissingPartError
from gmbench.hints import printable

NAME = "onnx"
VERSION = 1

MAX_BYTES: Final = 512 * MIB
MAX_OBSERVATION: Final = 2**22  # numbers in one observation
IMAGE_SIDE: Final = 32  # pixels at least of what is taken for a picture
DTYPES: Final[dict[str, np.dtype[Any]]] = {
    "tensor(uint8)": np.dtype(np.uint8),
    "tensor(float)": np.dtype(np.float32),
    "tensor(double)": np.dtype(np.float64),
}
# Where onnxruntime looks for further files of a model; it would take the current folder.
NO_FOLDER: Final = ("session.model_external_initializers_file_folder_path", "/dev/null")
WHOLE: Final = ("tensor(int64)", "tensor(int32)")
_EXPORT = "export the policy alone, as observations to actions, with a batch of any size"


class OnnxAgent(Agent):
    """A network in an ONNX file.

    Attributes:
        session: onnxruntime's.
    """

    def __init__(self, session: Any, name: str, digest: str) -> None:
        """Read what the file says of its inputs and outputs.

        Raises:
            AgentError: they are not those of a policy.
        """
        self.session = session
        inputs, output = session.get_inputs(), session.get_outputs()[0]
        if len(inputs) != 1:
            raise AgentError(f"agent {name} takes {len(inputs)} inputs, not 1; {_EXPORT}")
        if inputs[0].type not in DTYPES:
            raise AgentError(f"agent {name} takes {inputs[0].type}, not uint8 or floats; {_EXPORT}")
        self.input, self.dtype = inputs[0].name, DTYPES[inputs[0].type]
        self.scores = output.type not in WHOLE
        actions = output.shape[1] if self.scores and len(output.shape) == 2 else None
        if self.scores and type(actions) is not int:
            raise AgentError(
                f"agent {name} gives {output.type} of shape {output.shape}, neither actions nor a"
                f" score an action; {_EXPORT}"
            )
        self.spec = AgentSpec(
            name=name,
            kind=NAME,
            algorithm=None,
            digest=digest,
            observation_space=_observations(inputs[0].shape, name),
            action_space=spaces.Discrete(actions) if type(actions) is int else None,
            recurrent=False,
            details={"outputs": "scores" if self.scores else "actions"},
        )

    def player(self, num_envs: int, deterministic: bool) -> OnnxPlayer:
        """A player."""
        return OnnxPlayer(self, num_envs, deterministic)


class OnnxPlayer(Player):
    """Feeds a batch through the network; every slot draws from its own random numbers."""

    def __init__(self, agent: OnnxAgent, num_envs: int, deterministic: bool) -> None:
        self._agent, self._greedy = agent, deterministic or not agent.scores
        self._random = [np.random.default_rng(0) for _ in range(num_envs)]
        if isinstance(agent.spec.action_space, spaces.Discrete):
            self.num_actions = int(agent.spec.action_space.n)

    def begin(self, slot: int, seed: int) -> None:
        """Give the slot the random numbers of the seed."""
        self._random[slot] = np.random.default_rng(seed)

    def act(self, observations: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Greedy or sampled actions, int64 of shape (num_envs,)."""
        agent, name = self._agent, self._agent.spec.name
        space = agent.spec.observation_space
        assert space is not None and space.shape is not None
        batch = as_trained(observations, space.shape, name)
        try:
            found = agent.session.run(
                None, {agent.input: np.ascontiguousarray(batch, agent.dtype)}
            )[0]
        except Exception as error:  # what onnxruntime raises is not documented
            reason = " ".join(str(error).split())[:160]
            raise AgentError(f"agent {name} cannot be run ({reason}); {_EXPORT}") from None
        if agent.scores and found.ndim == 2:
            if not np.isfinite(found).all():
                raise AgentError(f"agent {name} has no finite outputs; its training has diverged")
            found = found.argmax(axis=1) if self._greedy else self._sample(found)
        elif found.shape == (len(self._random), 1):
            found = found[:, 0]
        return checked_actions(found, len(self._random), self.num_actions, name)

    def _sample(self, scores: NDArray[Any]) -> NDArray[np.int64]:
        """Draw by each slot's own generator, so that a slot's neighbours change nothing."""
        shares = np.exp(scores.astype(np.float64) - scores.max(axis=1, keepdims=True))
        upto = shares.cumsum(axis=1)
        drawn = np.array([generator.random() for generator in self._random])
        chosen: NDArray[np.int64] = (upto <= (drawn * upto[:, -1])[:, None]).sum(axis=1)
        return chosen


def load(address: str, *, trust: bool = False) -> OnnxAgent:
    """The agent in a file.

    Args:
        address: the file.
        trust: changes nothing: there is no code in the file.

    Raises:
        AgentError: it cannot be read, or is no policy.
        MissingPartError: onnxruntime is not installed.
    """
    path = Path(address)
    data = read_file(path, MAX_BYTES)
    try:
        import onnxruntime
    except ModuleNotFoundError:
        raise MissingPartError(
            "ONNX agents need onnxruntime, which is not installed; run pip install 'gmbench[onnx]'"
        ) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # equal sums everywhere
    options.log_severity_level = 4
    options.add_session_config_entry(*NO_FOLDER)
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # what onnxruntime raises is not documented
        reason = " ".join(str(error).split())[:160]
        raise AgentError(f"{path} is no ONNX file that can be run ({reason}); {_EXPORT}") from None
    return OnnxAgent(session, printable(path.stem), hashlib.sha256(data).hexdigest())


def _observations(shape: list[Any], name: str) -> spaces.Box:
    """The space of an input: the file tells shape and type, the range follows from the shape."""
    batch, *rest = shape
    if type(batch) is int:
        raise AgentError(f"agent {name} takes a batch of {batch} alone; {_EXPORT}")
    if not 1 <= len(rest) <= 4 or any(type(n) is not int or n < 1 for n in rest):
        raise AgentError(f"agent {name} takes observations of shape {shape[:6]}; {_EXPORT}")
    if prod(rest) > MAX_OBSERVATION:
        raise AgentError(f"agent {name} takes observations of shape {rest}, which no world gives")
    sides = sorted(rest)
    picture = len(rest) == 3 and sides[0] == 3 and sides[1] >= IMAGE_SIDE
    return spaces.Box(0, 255 if picture else 1, tuple(rest), np.uint8)
