"""What a training run is made of: a recipe, frozen and plain, with a digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

Scalar = bool | int | float | str | None
Schedule = Mapping[str, float]  # {"from": 1e-3, "to": 1e-4}, linear over the run
Setting = Scalar | Schedule
Layers = tuple[int, ...]


@dataclass(frozen=True)
class Network:
    """The network, as far as it is not the algorithm's own.

    Attributes:
        extractor: "grid-cnn", "place-cnn" and "flat" for grids, "impala" for pictures, "stock" for
            what Stable-Baselines3 takes by itself, so that the agent loads where gmbench is not
            installed; "" for the usual one.
        features: width of what the extractor gives; None for its own default.
        channels, blocks: of grid-cnn and place-cnn, the width of their convolutions and how many
            residual blocks of them; None for their defaults.
        agent: of place-cnn, the plane that shows where the agent is; None for "mouse".
        layers: widths of the layers between the extractor and the heads; None for the usual.
        activation: "tanh" or "relu", between these layers.
        lstm: width of the memory of recurrent-ppo; None for its default.
    """

    extractor: str = ""
    features: int | None = None
    channels: int | None = None
    blocks: int | None = None
    agent: str | None = None
    layers: Layers | None = None
    activation: str | None = None
    lstm: int | None = None


@dataclass(frozen=True)
class Recipe:
    """A training run: what is trained on what, and how.

    As it is written; `gmbench.training.checked` refuses what is wrong and fills in the usual.

    Attributes:
        pair: the pair's name.
        steps: environment steps in all; the algorithm finishes the rollout it is in.
        parameters: of a native world, where they differ from its defaults.
        mode: "easy" or "hard" in Procgen worlds; "" elsewhere, and for easy.
        obs: "grid" or "rgb"; "" for the cheapest that the pair offers.
        alpha: share of training levels drawn in the test condition, in [0, 1].
        levels: how many training levels, from the first; None for all.
        algorithm: one of `gmbench.training.algorithms.ALGORITHMS`.
        seed: of the weights, the actions and the stream of levels.
        num_envs: slots played at once; None for the usual.
        network: the network.
        blind: whether the planes that tell the goal are masked inside the extractor.
        settings: the algorithm's own keywords; those not given are the usual ones.
    """

    pair: str
    steps: int
    parameters: Mapping[str, int | str] = field(default_factory=dict, hash=False)
    mode: str = ""
    obs: str = ""
    alpha: float = 0.0
    levels: int | None = None
    algorithm: str = "ppo"
    seed: int = 0
    num_envs: int | None = None
    network: Network = Network()
    blind: bool = False
    settings: Mapping[str, Setting] = field(default_factory=dict, hash=False)

    def to_json(self) -> dict[str, Any]:
        """Plain dictionaries and lists."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Recipe:
        """The recipe that `to_json` wrote; not checked."""
        network = dict(plain["network"])
        if network["layers"] is not None:
            network["layers"] = tuple(network["layers"])
        return cls(**{**plain, "network": Network(**network)})

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of all that it says; of a checked recipe, of all that is done."""
        canonical = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def with_(self, **changes: Any) -> Recipe:
        """The same recipe with other values."""
        return replace(self, **changes)
