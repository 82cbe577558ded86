"""From what a user names to an agent.

===========================  =====================================================================
``agent.zip``                what Stable-Baselines3's ``model.save()`` wrote
a folder                     the one zip in it
``agent.onnx``               what the adapter `gmbench.agents.onnx` reads; a file whose suffix is
                             an adapter's name is that adapter's
``module:attribute``         an object with `predict`, or a class or function that makes one
``scripted:ROLE``            goal, proxy or random
``NAME:ADDRESS``             what the third-party adapter NAME (``gmbench.agents``) makes of it
an object                    with `predict`; models of Stable-Baselines3 are recognised
===========================  =====================================================================

An adapter of a third party is a module with ``NAME``, ``VERSION`` and
``load(address: str, *, trust: bool) -> Agent``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from gmbench import registry
from gmbench.agents.base import Agent
from gmbench.errors import AgentError
from gmbench.hints import quoted

BUILT_IN = frozenset(("sb3", "object"))  # these need no prefix


def load_agent(source: str | os.PathLike[str] | object, *, trust: bool = False) -> Agent:
    """The agent that a user names.

    Args:
        source: see the table above; an `Agent` is returned as it is.
        trust: load zips by SB3's own loader, which unpickles: it runs code that the file's author
            wrote. Without it nothing is unpickled.

    Raises:
        AgentError: it cannot be loaded; one line that says why and how to mend it.
        UnknownNameError: no scripted agent has that name.
        MissingPartError: a package that the agent needs is not installed.
    """
    if isinstance(source, Agent):
        return source
    if isinstance(source, str | os.PathLike):
        return _named(os.fspath(source), trust)
    return _from_object(source, type(source).__name__)


def adapters() -> set[str]:
    """The adapters that are asked for by name or by a file's suffix; imports none."""
    return set(registry.AGENTS.names()) - BUILT_IN


def _named(source: str, trust: bool) -> Agent:
    prefix, colon, rest = source.partition(":")
    if prefix == "scripted" and colon:
        from gmbench.agents.scripted import scripted

        return scripted(rest)
    path = Path(source)
    try:
        exists = path.exists()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise AgentError(f"{quoted(source)} cannot be read: {reason}") from None
    adapter = path.suffix.removeprefix(".")
    if (exists or not colon) and adapter in adapters() and not path.is_dir():
        return _adapted(adapter, source, trust)
    if exists or not colon or path.suffix == ".zip":
        from gmbench.agents.sb3 import load_zip

        return load_zip(only_zip(path) if path.is_dir() else path, trust=trust)
    if prefix in adapters():
        return _adapted(prefix, rest, trust)
    from gmbench.agents.objects import from_reference

    return _from_object(from_reference(source), source)


def only_zip(folder: Path) -> Path:
    """The one zip in a folder.

    Raises:
        AgentError: it holds none, or several.
    """
    zips = sorted(folder.glob("*.zip"))
    if len(zips) != 1:
        found = ", ".join(zip_.name for zip_ in zips[:5]) + (", ..." if len(zips) > 5 else "")
        raise AgentError(
            f"{folder} holds {f'{len(zips)} zips ({found})' if zips else 'no zip'}; name the"
            " agent's file"
        )
    return zips[0]


def _adapted(name: str, address: str, trust: bool) -> Agent:
    agent = registry.AGENTS.load(name).load(address, trust=trust)
    if not isinstance(agent, Agent):
        raise AgentError(
            f"the adapter {name!r} made a {type(agent).__name__}, not a gmbench Agent; update"
            f" {registry.AGENTS.item(name).package}"
        )
    return agent


def _from_object(found: Any, name: str) -> Agent:
    if isinstance(found, Agent):
        return found
    # A model of Stable-Baselines3 cannot exist before its module was imported.
    if "stable_baselines3.common.base_class" in sys.modules:
        from stable_baselines3.common.base_class import BaseAlgorithm

        if isinstance(found, BaseAlgorithm):
            from gmbench.agents.sb3 import from_model

            return from_model(found)
    if not callable(getattr(found, "predict", None)):
        raise AgentError(
            f"{quoted(name)} is no agent: it has no predict(observation, state, episode_start,"
            " deterministic); name a file, or an object that has"
        )
    from gmbench.agents.objects import ObjectAgent

    return ObjectAgent(found, name)
