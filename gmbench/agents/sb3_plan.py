"""What a Stable-Baselines3 zip says of its policy, read from text alone.

SB3 stores the policy's class, its spaces and often its keyword arguments as cloudpickles, whose
reading runs code. Beside each pickle it writes readable text: the object's type and its attributes
(``save_util.data_to_json`` of stable-baselines3 2.x). That text is read here; every name in it is
looked up in an allow-list, never imported or evaluated, and what the lists do not hold is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from gymnasium import spaces

from gmbench.agents.sb3_allowed import (
    CHECKS,
    NO_EFFECT,
    POLICIES,
    SAVE_ANEW,
    Form,
    Refused,
    shown,
)
from gmbench.agents.sb3_extractors import KNOWN, check_arguments
from gmbench.agents.sb3_spaces import read_spaces
from gmbench.errors import AgentError

MAX_VALUES = 2**20  # in the text; each takes some 70 bytes when it is read, from 3 bytes of text
MAX_STEPS = 10**18

_INIT = re.compile(r"<function (\w+)\.__init__ at 0x[0-9a-fA-F]+>")


@dataclass(frozen=True)
class Plan:
    """How to build a policy.

    Attributes:
        algorithm: "PPO", "A2C", "TRPO", "DQN", "QRDQN", "RecurrentPPO", "MaskablePPO" or "ARS".
        module, policy: of the policy's class.
        observation_space, action_space: what it was trained on.
        kwargs: its arguments; classes by name: ``activation_fn`` of `torch.nn`,
            ``features_extractor_class`` of `gmbench.agents.sb3_allowed.EXTRACTORS`.
        extractor: name of the features extractor.
        info: what else the file tells, for the record.
    """

    algorithm: str
    module: str
    policy: str
    observation_space: spaces.Box
    action_space: spaces.Discrete
    kwargs: Mapping[str, Any]
    extractor: str
    info: Mapping[str, Any]


def read_plan(data: bytes, label: str) -> Plan:
    """Read the member ``data`` of a zip.

    Args:
        data: JSON text as bytes.
        label: what messages call the file.

    Raises:
        AgentError: it is not what SB3 writes, or names something that is not on the lists.
    """
    fields = parse_json(data, label)
    try:
        module, policy, form = _policy(fields)
        kwargs = _kwargs(fields, policy, form)
        extractor = kwargs.get(
            "features_extractor_class", "NatureCNN" if form.image else "FlattenExtractor"
        )
        check_arguments(kwargs.get("features_extractor_kwargs", {}), extractor)
        if fields.get("use_sde"):
            raise Refused("uses state-dependent exploration, which no discrete action has")
        observation_space, action_space = read_spaces(fields)
        return Plan(
            form.algorithm or algorithm_of(fields),
            module,
            policy,
            observation_space,
            action_space,
            kwargs,
            extractor,
            _info(fields),
        )
    except Refused as refusal:
        raise AgentError(f"{label} {refusal}; {refusal.way_out}") from None


def _info(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the file as a plain number; whatever else stands there says nothing."""
    steps, rate = fields.get("num_timesteps"), fields.get("exploration_rate")
    known = type(steps) is int and 0 <= steps <= MAX_STEPS
    info: dict[str, Any] = {"num_timesteps": steps} if known else {}
    if isinstance(rate, int | float) and not isinstance(rate, bool) and 0 <= rate <= 1:
        info["exploration_rate"] = float(rate)
    return info


def parse_json(data: bytes, label: str) -> dict[str, Any]:
    """The JSON object in a zip's ``data``.

    Raises:
        AgentError: it is none.
    """
    if sum(map(data.count, (b"[", b"{", b","))) > MAX_VALUES:
        raise AgentError(f"{label}: 'data' holds more than {MAX_VALUES:,} values; {SAVE_ANEW}")
    try:
        fields = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:160]
        raise AgentError(f"{label}: 'data' is not JSON ({reason}); {SAVE_ANEW}") from None
    if not isinstance(fields, dict):
        raise AgentError(f"{label}: 'data' is no JSON object; {SAVE_ANEW}")
    return fields


def algorithm_of(fields: Mapping[str, Any]) -> str:
    """Which algorithm has these settings, where the policy's class leaves it open."""
    if "cg_max_steps" in fields:
        return "TRPO"
    if "n_quantiles" in fields:
        return "QRDQN"
    if "exploration_rate" in fields:
        return "DQN"
    if "delta_std" in fields:
        return "ARS"
    return "PPO" if "clip_range" in fields else "A2C"


def _policy(fields: Mapping[str, Any]) -> tuple[str, str, Form]:
    entry = fields.get("policy_class")
    if not isinstance(entry, dict):
        raise Refused("names no policy_class", SAVE_ANEW)
    module, init = entry.get("__module__"), entry.get("__init__")
    found = _INIT.fullmatch(init) if isinstance(init, str) else None
    if found is None:
        raise Refused(f"has a policy class of its own (module {shown(module)})")
    form = POLICIES.get((module, found[1])) if isinstance(module, str) else None
    if form is None:
        raise Refused(f"has a policy class that is not known: {found[1]} of {shown(module)}")
    return str(module), found[1], form


def _kwargs(fields: Mapping[str, Any], policy: str, form: Form) -> dict[str, Any]:
    entry = fields.get("policy_kwargs", {})
    if not isinstance(entry, dict):
        raise Refused(f"has policy_kwargs that are no dictionary: {shown(entry)}")
    kwargs: dict[str, Any] = {}
    for key, value in entry.items():
        if key in (":type:", ":serialized:") or key in NO_EFFECT or value is None:
            continue
        if key not in form.keys:
            raise Refused(f"gives {policy} an argument that is not known: {shown(key)}")
        _checked(kwargs, key, value)
    if isinstance(kwargs.get("net_arch"), dict) and not form.critic:
        raise Refused(f"has a net_arch for actor and critic, but {policy} has no critic")
    if "n_quantiles" in form.keys and "n_quantiles" in fields:
        _checked(kwargs, "n_quantiles", kwargs.get("n_quantiles", fields["n_quantiles"]))
    return kwargs


def _checked(kwargs: dict[str, Any], key: str, value: Any) -> None:
    """Set an argument to what its check makes of the value."""
    try:
        kwargs[key] = CHECKS[key](value)
    except ValueError as error:
        raise Refused(f"has {key} {shown(value)}, not {error}") from None


def least_weights(plan: Plan) -> int:
    """How many weights a policy has at the least: those of its matrices, each counted once.

    A few bytes of text can ask for a network that fills the memory, so this is held against the
    size of the weights before anything is built.
    """
    shape, kwargs = plan.observation_space.shape, plan.kwargs
    arguments = kwargs.get("features_extractor_kwargs", {})
    features = KNOWN[plan.extractor].features(shape, arguments)
    total = KNOWN[plan.extractor].weights(shape, arguments)
    if "Recurrent" in plan.policy:
        hidden, layers = kwargs.get("lstm_hidden_size", 256), kwargs.get("n_lstm_layers", 1)
        total += 4 * hidden * (features + hidden + (layers - 1) * 2 * hidden)
        features = hidden
    linear = plan.extractor == "NatureCNN" or plan.policy == "ARSLinearPolicy"
    arch = kwargs.get("net_arch", [] if linear else [64, 64])
    towers = arch if isinstance(arch, dict) else {"pi": arch}
    for tower in towers.values():
        total += sum(a * b for a, b in pairwise([features, *tower]))
    last: int = [features, *towers.get("pi", [])][-1]
    return total + last * int(plan.action_space.n) * int(kwargs.get("n_quantiles", 1))
