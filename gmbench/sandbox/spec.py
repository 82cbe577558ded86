"""What an agent says of itself: strict JSON of a few lines, the only text believed to have a form.

Used where the parent cannot read it from the file. An agent can lie here, and gains nothing by it:
the world gives the observations it gives, and actions are checked against the world's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Annotated, Any, Final, Literal, get_args

import numpy as np
from gymnasium import spaces
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gmbench.agents.base import AgentSpec
from gmbench.errors import AgentError, RecordError
from gmbench.records.text import first_mistake, strict_json

Detail = Literal["num_timesteps", "exploration_rate", "policy", "class", "outputs"]
DETAILS: Final[tuple[Detail, ...]] = get_args(Detail)
Word = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_.<>-]+$")]
MAX_CELLS: Final = 2**22  # numbers in one observation
Side = Annotated[int, Field(ge=1, le=2**16)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class BoxSpace(_Part):
    """A box of one range: observations."""

    shape: Annotated[list[Side], Field(min_length=1, max_length=4)]
    dtype: Literal["uint8", "float32", "float64"]
    low: float
    high: float


class Told(_Part):
    """What is told.

    Attributes:
        algorithm, recurrent: as in `AgentSpec`.
        observation_space, action_space: the latter's number of actions; None if anything goes.
        details: those of `DETAILS` that there are.
    """

    algorithm: Word | None
    recurrent: bool
    observation_space: BoxSpace | None
    action_space: Side | None
    details: dict[Detail, int | float | Word]


def describe(spec: AgentSpec) -> bytes:
    """The JSON of a spec.

    Raises:
        AgentError: its spaces are of another kind than gmbench's worlds.
    """
    actions = spec.action_space
    if actions is not None and not (isinstance(actions, spaces.Discrete) and actions.start == 0):
        raise AgentError(f"agent acts in {type(actions).__name__}, gmbench's worlds in Discrete")
    told = Told(
        algorithm=spec.algorithm,
        recurrent=spec.recurrent,
        observation_space=_box(spec.observation_space),
        action_space=None if actions is None else int(actions.n),
        details={key: spec.details[key] for key in DETAILS if key in spec.details},
    )
    return told.model_dump_json().encode()


def _box(space: spaces.Space[Any] | None) -> BoxSpace | None:
    if space is None:
        return None
    if not isinstance(space, spaces.Box):
        raise AgentError(f"agent observes {type(space).__name__}, gmbench's worlds give Box")
    low, high = (float(np.nan_to_num(bound)) for bound in (space.low.min(), space.high.max()))
    return BoxSpace.model_validate(
        {"shape": list(space.shape), "dtype": str(space.dtype), "low": low, "high": high}
    )


def understood(
    data: bytes, name: str, kind: str, digest: str | None, details: Mapping[str, Any]
) -> AgentSpec:
    """The spec in some JSON; what is known without it is not asked of the agent.

    Args:
        data: what the worker sent.
        name: of the spec.
        kind: of the spec.
        digest: of the spec.
        details: more of them, which win.

    Raises:
        AgentError: it is anything but what `describe` writes; the message is a reason without the
            agent's name.
    """
    try:
        text = data.decode()
        strict_json(text, "its description")
        told = Told.model_validate_json(text)
    except UnicodeDecodeError:
        raise AgentError("described itself in what is no text") from None
    except RecordError as error:
        raise AgentError(f"described itself wrongly: {error}") from None
    except ValidationError as error:
        raise AgentError(f"described itself wrongly: {first_mistake(error)}") from None
    box, actions = told.observation_space, told.action_space
    return AgentSpec(
        name=name,
        kind=kind,
        algorithm=told.algorithm,
        digest=digest,
        observation_space=None if box is None else _space(box),
        action_space=None if actions is None else spaces.Discrete(actions),
        recurrent=told.recurrent,
        details={**{str(k): v for k, v in told.details.items()}, **details},
    )


def _space(box: BoxSpace) -> spaces.Box:
    dtype = np.dtype(box.dtype)
    span = np.iinfo(dtype) if dtype == np.uint8 else np.finfo(dtype)
    low, high = np.clip((box.low, box.high), span.min, span.max).astype(dtype)
    if prod(box.shape) > MAX_CELLS or not low < high:
        raise AgentError("described observations that no world gives")
    return spaces.Box(low, high, tuple(box.shape), dtype=dtype.type)
