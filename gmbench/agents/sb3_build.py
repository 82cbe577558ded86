"""Stable-Baselines3 policies: built from a `Plan` and plain tensors, or by SB3's own loader."""

from __future__ import annotations

import importlib
import io
import logging
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import stable_baselines3
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.policies import BasePolicy

from gmbench.agents.archive import MIB, Archive
from gmbench.agents.sb3_allowed import EXTRACTORS, WAY_OUT
from gmbench.agents.sb3_plan import Plan, algorithm_of, least_weights, parse_json
from gmbench.agents.sb3_text import MAX_DATA
from gmbench.errors import AgentError, MissingPartError

MAX_WEIGHTS = 512 * MIB

log = logging.getLogger("gmbench")

_OFF_POLICY = ("DQN", "QRDQN")


def build(plan: Plan, weights: bytes, label: str) -> BasePolicy:
    """The policy, with its weights, ready to predict on the CPU.

    Args:
        plan: what the file says of it.
        weights: the member ``policy.pth``.
        label: what messages call the file.

    Raises:
        AgentError: the weights are not plain tensors or do not fit the plan.
        MissingPartError: it needs sb3-contrib, which is not installed.
    """
    state = read_weights(weights, label)
    needed = least_weights(plan)
    if 2 * needed > len(weights):  # no weight has less than the two bytes of half precision
        raise AgentError(
            f"{label} describes a network of at least {needed:,} weights, policy.pth"
            f" ({len(weights):,} bytes) cannot hold them; {_SAVE_WHOLE}"
        )
    policy = _empty(plan, label)
    difference = _difference(policy.state_dict(), state)
    if difference:
        raise AgentError(f"{label}: policy.pth {difference}; {_SAVE_WHOLE}")
    policy.load_state_dict(state, strict=True)
    policy.set_training_mode(False)
    return policy


_SAVE_WHOLE = "save the agent again, whole, with Stable-Baselines3 2.x"


def read_weights(weights: bytes, label: str) -> Mapping[str, torch.Tensor]:
    """The tensors in ``policy.pth``.

    Raises:
        AgentError: it holds anything but finite tensors by name.
    """
    try:
        # The file is a zip itself: torch would unpack what a bomb in it holds.
        with zipfile.ZipFile(io.BytesIO(weights)) as inner:
            packed = any(m.compress_type != zipfile.ZIP_STORED for m in inner.infolist())
        if packed:
            raise ValueError("its tensors are compressed, which torch.save never does")
        state = torch.load(io.BytesIO(weights), map_location="cpu", weights_only=True)
    except Exception as error:  # what torch raises at foreign bytes is not documented
        reason = (" ".join(str(error).split()) or type(error).__name__)[:120]
        raise AgentError(
            f"{label}: policy.pth does not hold plain tensors ({reason}); {WAY_OUT}"
        ) from None
    if not isinstance(state, dict) or not all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in state.items()
    ):
        raise AgentError(f"{label}: policy.pth is no dictionary of tensors; {_SAVE_WHOLE}")
    for name, value in state.items():
        if value.layout is not torch.strided or not value.is_floating_point():
            raise AgentError(f"{label}: {name[:80]!r} is no plain float tensor; {_SAVE_WHOLE}")
        # A stride of 0 would let a few bytes stand for terabytes.
        if value.numel() * value.element_size() > len(weights):
            raise AgentError(f"{label}: {name[:80]!r} is larger than its file; {_SAVE_WHOLE}")
        if not bool(torch.isfinite(value).all()):
            raise AgentError(f"{label}: {name[:80]!r} is not finite; its training has diverged")
    return state


def _empty(plan: Plan, label: str) -> BasePolicy:
    """The policy with weights of no meaning."""
    cls = getattr(_module(plan.module), plan.policy)
    kwargs = dict(plan.kwargs)
    if "activation_fn" in kwargs:
        kwargs["activation_fn"] = getattr(torch.nn, kwargs["activation_fn"])
    if "features_extractor_class" in kwargs:
        kwargs["features_extractor_class"] = _extractor(kwargs["features_extractor_class"])
    if plan.algorithm != "ARS":
        kwargs["lr_schedule"] = _never_learn
    if plan.algorithm not in ("ARS", *_OFF_POLICY):
        kwargs["ortho_init"] = False
    try:
        with torch.random.fork_rng(devices=[]):
            policy = cls(plan.observation_space, plan.action_space, **kwargs)
    except (AssertionError, RuntimeError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise AgentError(
            f"{label}: its {plan.policy} cannot be built for observations of shape"
            f" {plan.observation_space.shape} ({reason}); {_SAVE_WHOLE}"
        ) from None
    assert isinstance(policy, BasePolicy)
    return policy


def _never_learn(_: float) -> float:
    return 0.0


def _extractor(name: str) -> Any:
    """The class of an extractor on the allow-list."""
    module = next(path for path, known in EXTRACTORS.items() if known == name).rpartition(".")[0]
    return getattr(_module(module), name)


def _module(name: str) -> Any:
    """A module on the allow-list."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if name.startswith("sb3_contrib") and error.name == "sb3_contrib":
            raise MissingPartError(
                "this agent needs sb3-contrib, which is not installed; run"
                ' pip install "gmbench[contrib]"'
            ) from None
        raise


def _difference(
    wanted: Mapping[str, torch.Tensor], given: Mapping[str, torch.Tensor]
) -> str | None:
    """The first thing in which the weights differ from what the policy takes."""
    for name, tensor in wanted.items():
        if name not in given:
            return f"lacks {name!r}"
        if given[name].shape != tensor.shape:
            return (
                f"has {name!r} of shape {tuple(given[name].shape)}, the policy that 'data'"
                f" describes has {tuple(tensor.shape)}"
            )
    extra = next((name for name in given if name not in wanted), None)
    return None if extra is None else f"holds {extra[:80]!r}, which the policy does not have"


def load_trusted(path: Path, archive: Archive) -> tuple[BaseAlgorithm, str]:
    """Load by SB3's own loader, which unpickles: it runs code that the file's author wrote.

    Args:
        path: the zip.
        archive: the same, opened.

    Returns:
        The model, and the algorithm's name.

    Raises:
        AgentError: SB3 cannot load it.
        MissingPartError: it needs sb3-contrib, which is not installed.
    """
    fields = parse_json(archive.read("data", MAX_DATA), archive.label)
    algorithm = _trusted_algorithm(fields)
    contrib = algorithm in ("QRDQN", "TRPO", "RecurrentPPO", "MaskablePPO", "ARS")
    cls = getattr(_module("sb3_contrib") if contrib else stable_baselines3, algorithm)
    log.warning("unpickling %s because --trust was given: its code runs with your rights", path)
    # The stored size of the replay buffer would be allocated again.
    buffer = {"buffer_size": 1} if algorithm in _OFF_POLICY else {}
    try:
        model: BaseAlgorithm = cls.load(path, device="cpu", **buffer)
    except Exception as error:  # any: the file's own code runs here
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        raise AgentError(
            f"{archive.label}: Stable-Baselines3 cannot load it as {algorithm} ({reason});"
            " install what the agent needs"
        ) from error
    return model, algorithm


def _trusted_algorithm(fields: Mapping[str, Any]) -> str:
    """The algorithm of a file whose policy class may be foreign."""
    found = algorithm_of(fields)
    entries = (fields.get("policy_class"), fields.get("policy_kwargs"))
    text = " ".join(str(key) for entry in entries if isinstance(entry, dict) for key in entry)
    module = str((fields.get("policy_class") or {}).get("__module__", ""))
    if found == "PPO" and ("lstm" in text or ".recurrent." in module):
        return "RecurrentPPO"
    if found == "PPO" and ".maskable." in module:
        return "MaskablePPO"
    return found
