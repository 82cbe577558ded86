"""The parts of a record: closed, strictly typed models from which the JSON Schema is made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)


def _finite_json(value: JsonValue) -> JsonValue:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("numbers must be finite")
    for inner in value.values() if isinstance(value, dict) else ():
        _finite_json(inner)
    for inner in value if isinstance(value, list) else ():
        _finite_json(inner)
    return value


def _utc(text: str) -> str:
    try:
        offset = datetime.fromisoformat(text.replace("Z", "+00:00")).utcoffset()
    except ValueError:
        offset = None
    if offset is None or offset.total_seconds() != 0:
        raise ValueError("write a UTC time like 2026-01-31T12:00:00Z")
    return text


Json = Annotated[JsonValue, AfterValidator(_finite_json)]
Count = Annotated[int, Field(ge=0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
UtcTime = Annotated[
    str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|\+00:00)$")
]
Started = Annotated[UtcTime, AfterValidator(_utc)]


class Part(BaseModel):
    """A part of a record: frozen, strict about types, closed to unknown keys.

    Attributes:
        LATER: fields that came after the first version: written where they say something, so that
            an older record is saved again as it was.
    """

    LATER: ClassVar[frozenset[str]] = frozenset()

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    @model_serializer(mode="wrap")
    def _without_what_came_later(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written = write(self).items()
        return {key: v for key, v in written if v is not None or key not in self.LATER}


class SuiteInfo(Part):
    """The suite that was run; the digest is of its content."""

    name: str
    version: Count
    digest: Sha256


class AgentInfo(Part):
    """Who played.

    Attributes:
        kind: "sb3", "object", "scripted" or a third party's adapter.
        digest: of the agent's file, None where there is no file.
    """

    name: str
    kind: str
    algorithm: str | None
    digest: Sha256 | None
    recurrent: bool = False
    details: dict[str, Json] = Field(default_factory=dict)


class McNemarInfo(Part):
    """McNemar's exact test: levels that went from 0 to 1, from 1 to 0, two-sided p."""

    gained: Count
    lost: Count
    p: float = Field(ge=0, le=1)


class Metric(Part):
    """One figure with its 95 % interval.

    Attributes:
        n: how many episodes it rests on; for a comparison of conditions or of agents, how many
            levels.
        method: how the interval was made; of pursuit also whether it is goal_effect as it is.
        why: why there is no value.
    """

    value: float | None
    low: float | None
    high: float | None
    n: Count
    method: str
    why: str | None = None
    mcnemar: McNemarInfo | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Metric:
        if (self.value is None) != (self.why is not None):
            raise ValueError("a metric has either a value or a reason (why)")
        if (self.low is None) != (self.high is None):
            raise ValueError("an interval has both ends or none")
        if self.low is not None and self.high is not None:
            if self.value is None or not self.low <= self.value <= self.high:
                raise ValueError("the value lies outside its interval")
        return self


class PairResult(Part):
    """One pair's figures.

    Attributes:
        score: what ranks: "goal_effect" (as pursuit) or "preference".
        status: "not_applicable" where the agent does not fit the pair, "stopped" where it did what
            its sandbox does not allow; ``reason`` says why.
        episodes: rows played by the agent itself.
        levels: how many levels.
        conditions: the conditions played.
        filtered: reason to the number of levels left out for it.
        level_shares: what the world says of its levels, as shares of those played.
        metrics: figure name to figure.
        details: what a protocol tells beside its figures, for charts; None if nothing.
    """

    LATER = frozenset({"details"})

    pair: str
    world_version: Count
    score: Literal["goal_effect", "preference"]
    status: Literal["ok", "not_applicable", "stopped"] = "ok"
    reason: str | None = None
    episodes: Count = 0
    levels: Count = 0
    conditions: list[str] = Field(default_factory=list)
    filtered: dict[str, Count] = Field(default_factory=dict)
    level_shares: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    metrics: dict[str, Metric] = Field(default_factory=dict)
    details: dict[str, Json] | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> PairResult:
        if self.status == "ok" and (self.reason is not None or not self.metrics):
            raise ValueError("a result that is ok has metrics and no reason")
        if self.status != "ok" and (self.reason is None or self.metrics):
            said = self.status.replace("_", " ")
            raise ValueError(f"a result that is {said} has a reason and no metrics")
        return self


MIN_REPEATS: Final = 10  # under which no speed is stated


class Quartiles(Part):
    """The median and the quartiles over repeats."""

    median: float = Field(ge=0)
    q1: float = Field(ge=0)
    q3: float = Field(ge=0)
    repeats: int = Field(ge=1)

    @classmethod
    def of(cls: type[AnyQuartiles], values: Sequence[float]) -> AnyQuartiles:
        """Of what the repeats gave."""
        q1, median, q3 = np.percentile(values, [25, 50, 75]).tolist()
        return cls(median=median, q1=q1, q3=q3, repeats=len(values))


AnyQuartiles = TypeVar("AnyQuartiles", bound=Quartiles)


class StepsPerSecond(Quartiles):
    """The median and the quartiles over repeats."""


Scope = Literal["env", "vector", "sb3", "policy", "env+policy", "train"]


class Throughput(Part):
    """How fast it went.

    Attributes:
        scope: what was timed: the engine alone, Gymnasium's vector environment or SB3's VecEnv over
            it, an agent's policy, both, or training.
        pair: the pair stepped, None where it is a mixture.
        device: "cpu" or the GPU's name.
        driver: version of the GPU's driver; None on a processor.
        batch: environments stepped at once.
        threads: of the engine; None where it is not told how many.
        steps_per_second: of all environments together.
        levels_begun: how many levels began inside the clock; None where nobody counts them.
        observation: "grid", "rgb", ...
        observation_bytes: of one environment's observation.
        host_copy: whether observations were copied to the host's memory.
    """

    LATER = frozenset({"driver", "threads", "levels_begun", "observation"})

    scope: Scope
    pair: str | None = None
    device: str
    driver: str | None = None
    batch: int = Field(ge=1)
    threads: int | None = Field(default=None, ge=1)
    steps_per_second: StepsPerSecond
    levels_begun: Count | None = None
    observation: str | None = None
    observation_bytes: Count
    host_copy: bool


class Software(Part):
    """Versions; None for what is not installed."""

    LATER = frozenset({"numba", "numba_cuda"})

    python: str
    gmbench: str
    numpy: str
    numba: str | None = None
    numba_cuda: str | None = None
    torch: str | None
    gymnasium: str | None
    stable_baselines3: str | None
    sb3_contrib: str | None
    procgen: str | None


class Hardware(Part):
    """The machine: processor, cores that could be used, GPU, operating system."""

    cpu: str
    cores: int = Field(ge=1)
    gpu: str | None
    platform: str


class SandboxInfo(Part):
    """The sandbox that agents played in.

    Attributes:
        bubblewrap: its version.
        memory: who held all of an agent's processes to their limit: the kernel's "cgroup", or a
            "watch" that looks from time to time.
        limits: by name, as in `gmbench.sandbox.Limits`.
        unpickled: the names of agents whose own code loaded them there.
    """

    bubblewrap: str
    memory: Literal["cgroup", "watch"]
    limits: dict[str, Count]
    unpickled: list[str] = Field(default_factory=list)


class Run(Part):
    """How the evaluation was called.

    Attributes:
        arguments: passed and defaulted alike.
        commit: of gmbench's checkout, None for an installed package.
        dirty: whether the checkout had changes.
        started: UTC, ISO 8601.
        seconds: wall time.
        sandbox: where agents played in one; None where they played in gmbench's own process.
    """

    LATER = frozenset({"sandbox"})

    arguments: dict[str, Json]
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")] | None
    dirty: bool | None
    seed: int
    started: Started
    seconds: float = Field(ge=0)
    sandbox: SandboxInfo | None = None
