"""What a Stable-Baselines3 zip tells of an agent without its weights: text alone, no torch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gmbench.agents.archive import MIB, Archive
from gmbench.agents.base import AgentSpec
from gmbench.agents.normalization import Normalization, beside, read_normalization
from gmbench.agents.sb3_plan import Plan, read_plan
from gmbench.hints import printable

KIND = "sb3"
MAX_DATA = 64 * MIB


@dataclass(frozen=True)
class Told:
    """What the text tells.

    Attributes:
        spec: of the agent that will be built.
        plan: how to build it.
        normalization: in the layout of its observations, None without.
    """

    spec: AgentSpec
    plan: Plan
    normalization: Normalization | None


def read_text(path: Path, archive: Archive) -> Told:
    """Read the text of a zip, and the statistics that lie beside it.

    Args:
        path: where it lies.
        archive: the same, opened.

    Raises:
        AgentError: it names something that is not on the lists.
    """
    plan = read_plan(archive.read("data", MAX_DATA), archive.label)
    details = {**told_beside(archive), **plan.info, "policy_kwargs": dict(plan.kwargs)}
    details |= {"trusted": False, "policy": plan.policy}
    normalization = statistics(path)
    if normalization is not None:
        shape = plan.observation_space.shape
        normalization = normalization.laid_out(shape, f"agent {path.stem}")
        details["normalization"] = normalization.digest
    spec = AgentSpec(
        name=printable(path.stem),
        kind=KIND,
        algorithm=plan.algorithm,
        digest=archive.digest,
        observation_space=plan.observation_space,
        action_space=plan.action_space,
        recurrent="Recurrent" in plan.policy,
        details=details,
    )
    return Told(spec, plan, normalization)


def statistics(path: Path) -> Normalization | None:
    """The normalization beside a zip, None if there is none."""
    found = beside(path)
    return read_normalization(found) if found.exists() else None


def told_beside(archive: Archive) -> dict[str, Any]:
    """The version of Stable-Baselines3 that wrote the file, if it says one."""
    member = "_stable_baselines3_version"
    if member not in archive.names:
        return {}
    text = archive.read(member, 64).decode(errors="replace").strip()
    found = re.fullmatch(r"[0-9][0-9A-Za-z.+-]*", text)
    return {"stable_baselines3": text} if found else {}
