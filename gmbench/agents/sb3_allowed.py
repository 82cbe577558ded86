"""What a rebuilt Stable-Baselines3 policy may be made of: the allow-lists and their checks.

Nothing here imports what it names. A name from a file is looked up; what is not listed is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gmbench.hints import quoted

WAY_OUT = "if you trust its author, pass --trust (trust=True), which runs the code in the file"
SAVE_ANEW = "save the agent with Stable-Baselines3's model.save()"

MAX_WIDTH = 2**16  # of a layer
MAX_LAYERS = 32

_CLASS = re.compile(r"<class '([A-Za-z_][\w.]*)'>")

_COMMON = (
    "net_arch activation_fn features_extractor_class features_extractor_kwargs normalize_images"
)
_ACTOR = f"{_COMMON} share_features_extractor"
_LSTM = "lstm_hidden_size n_lstm_layers shared_lstm enable_critic_lstm lstm_kwargs"
# They shape training or continuous actions, never which discrete action is taken.
NO_EFFECT = frozenset(
    "optimizer_class optimizer_kwargs device ortho_init log_std_init full_std use_expln"
    " squash_output".split()
)

_SB3 = "stable_baselines3.common.policies"
_DQN = "stable_baselines3.dqn.policies"
_QRDQN = "sb3_contrib.qrdqn.policies"
_RECURRENT = "sb3_contrib.common.recurrent.policies"
_MASKABLE = "sb3_contrib.common.maskable.policies"
_ARS = "sb3_contrib.ars.policies"


@dataclass(frozen=True)
class Form:
    """What is known of an allowed policy class.

    Attributes:
        algorithm: that trains it; None where several do.
        keys: its allowed keyword arguments.
        image: whether its extractor is NatureCNN unless it says otherwise.
        critic: whether ``net_arch`` may name ``pi`` and ``vf``.
    """

    algorithm: str | None
    keys: frozenset[str]
    image: bool
    critic: bool


def _forms(
    module: str, algorithm: str | None, keys: str, critic: bool, mlp: str, cnn: str
) -> dict[tuple[str, str], Form]:
    allowed = frozenset(keys.split())
    return {
        (module, mlp): Form(algorithm, allowed, False, critic),
        (module, cnn): Form(algorithm, allowed, True, critic),
    }


POLICIES: Mapping[tuple[str, str], Form] = {
    **_forms(_SB3, None, _ACTOR, True, "ActorCriticPolicy", "ActorCriticCnnPolicy"),
    **_forms(_DQN, "DQN", _COMMON, False, "DQNPolicy", "CnnPolicy"),
    **_forms(_QRDQN, "QRDQN", f"{_COMMON} n_quantiles", False, "QRDQNPolicy", "CnnPolicy"),
    **_forms(
        _RECURRENT,
        "RecurrentPPO",
        f"{_ACTOR} {_LSTM}",
        True,
        "RecurrentActorCriticPolicy",
        "RecurrentActorCriticCnnPolicy",
    ),
    **_forms(
        _MASKABLE,
        "MaskablePPO",
        _ACTOR,
        True,
        "MaskableActorCriticPolicy",
        "MaskableActorCriticCnnPolicy",
    ),
    (_ARS, "ARSPolicy"): Form(
        "ARS", frozenset({"net_arch", "activation_fn", "with_bias"}), False, False
    ),
    (_ARS, "ARSLinearPolicy"): Form("ARS", frozenset({"with_bias"}), False, False),
}

ACTIVATIONS: Mapping[str, str] = {
    **{
        f"torch.nn.modules.activation.{name}": name
        for name in (
            "CELU ELU GELU Hardsigmoid Hardswish Hardtanh LeakyReLU LogSigmoid Mish PReLU ReLU"
            " ReLU6 SELU SiLU Sigmoid Softplus Softsign Tanh Tanhshrink"
        ).split()
    },
    "torch.nn.modules.linear.Identity": "Identity",
}

_LAYERS = "stable_baselines3.common.torch_layers"
_OURS = "gmbench.training.extractors"
EXTRACTORS: Mapping[str, str] = {
    **{f"{_LAYERS}.{name}": name for name in ("FlattenExtractor", "NatureCNN")},
    **{f"{_OURS}.{name}": name for name in ("FlatGrid", "GridCnn", "PlaceCnn", "ImpalaCnn")},
}


class Refused(Exception):
    """Why a file is refused, as the rest of a sentence about it."""

    def __init__(self, reason: str, way_out: str = WAY_OUT) -> None:
        super().__init__(reason)
        self.way_out = way_out


def shown(value: Any) -> str:
    """A value from a file, on one line and cut."""
    return quoted(value if isinstance(value, str) else json.dumps(value))


def class_name(value: Any) -> str | None:
    """The dotted name in the text of a class, None where the value is no such text."""
    found = _CLASS.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else None


def width(value: Any) -> int:
    """A layer's size, or another count."""
    if type(value) is not int or not 1 <= value <= MAX_WIDTH:
        raise ValueError(f"a whole number from 1 to {MAX_WIDTH}")
    return value


def depth(value: Any) -> int:
    """A number of layers."""
    if width(value) > MAX_LAYERS:
        raise ValueError(f"a whole number from 1 to {MAX_LAYERS}")
    return int(value)


def _layers(value: Any) -> list[int]:
    if not isinstance(value, list) or len(value) > MAX_LAYERS:
        raise ValueError(f"a list of up to {MAX_LAYERS} layer widths")
    return [width(n) for n in value]


def _net_arch(value: Any) -> list[int] | dict[str, list[int]]:
    # Written by SB3 < 1.8; its own loader takes the first item too.
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        value = value[0]
    if not isinstance(value, dict):
        return _layers(value)
    if not set(value) <= {"pi", "vf"}:
        raise ValueError("lists of layer widths named pi and vf")
    return {key: _layers(layers) for key, layers in value.items()}


def boolean(value: Any) -> bool:
    """A plain true or false."""
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _listed(names: Mapping[str, str], what: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        name = class_name(value)
        if name is None or name not in names:
            raise ValueError(f"a known {what} ({', '.join(names.values())})")
        return names[name]

    return check


def _dictionary(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("a dictionary of plain values")
    return dict(value)


def _lstm_kwargs(value: Any) -> dict[str, Any]:
    kwargs = _dictionary(value)
    dropout = kwargs.get("dropout", 0.0)
    if not set(kwargs) <= {"bias", "dropout"}:
        raise ValueError("a dictionary of bias and dropout")
    if type(dropout) not in (int, float) or not 0 <= dropout <= 1:
        raise ValueError("a dictionary with a dropout from 0 to 1")
    boolean(kwargs.get("bias", True))
    return kwargs


CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "net_arch": _net_arch,
    "activation_fn": _listed(ACTIVATIONS, "activation"),
    "features_extractor_class": _listed(EXTRACTORS, "features extractor"),
    "features_extractor_kwargs": _dictionary,
    "normalize_images": boolean,
    "share_features_extractor": boolean,
    "n_quantiles": width,
    "with_bias": boolean,
    "lstm_hidden_size": width,
    "n_lstm_layers": depth,
    "shared_lstm": boolean,
    "enable_critic_lstm": boolean,
    "lstm_kwargs": _lstm_kwargs,
}
