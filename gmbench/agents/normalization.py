"""`VecNormalize` statistics as plain arrays: read from an npz, exported from SB3's pickle."""

from __future__ import annotations

import io
import logging
import pickle
import zipfile
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gmbench import atomic
from gmbench.agents.archive import MIB, Archive, read_file
from gmbench.agents.base import channels_first
from gmbench.errors import AgentError

SUFFIX = ".normalization.npz"
MAX_NPZ = 64 * MIB
_ARRAYS = ("mean", "var", "epsilon", "clip_obs", "norm_obs")

_npy: Any = np.lib.format  # untyped in NumPy 1

log = logging.getLogger("gmbench")


@dataclass(frozen=True)
class Normalization:
    """How observations were scaled in training.

    Attributes:
        mean, var: float64, of the shape of one observation.
        epsilon: added to the variance.
        clip_obs: scaled values are cut to [-clip_obs, clip_obs].
        norm_obs: False where only rewards were scaled: observations pass unchanged.
        digest: sha256 of the file, None where there is no file.
    """

    mean: NDArray[np.float64]
    var: NDArray[np.float64]
    epsilon: float
    clip_obs: float
    norm_obs: bool
    digest: str | None = None

    def fault(self) -> str | None:
        """Why these are no statistics, None if they are."""
        if self.mean.shape != self.var.shape:
            return f"mean has shape {self.mean.shape}, var {self.var.shape}"
        if not (np.isfinite(self.mean).all() and np.isfinite(self.var).all()):
            return "mean or var is not finite"
        if (self.var < 0).any():
            return "var is negative"
        if not (np.isfinite(self.epsilon) and self.epsilon > 0 and self.clip_obs > 0):
            return "epsilon and clip_obs must be positive"
        return None

    def laid_out(self, shape: tuple[int, ...], label: str) -> Normalization:
        """The same statistics in the layout of an agent's observations.

        Args:
            shape: of one observation as the agent takes it.
            label: what messages call the agent.

        Raises:
            AgentError: they are of another shape.
        """
        if self.mean.shape == shape:
            return self
        if channels_first(self.mean.shape) == shape:
            mean, var = (array.transpose(2, 0, 1) for array in (self.mean, self.var))
            return Normalization(mean, var, self.epsilon, self.clip_obs, self.norm_obs, self.digest)
        raise AgentError(
            f"{label}: its normalization has shape {self.mean.shape}, its observations {shape};"
            " export the statistics that were saved with this agent"
        )

    def __call__(self, observations: NDArray[Any]) -> NDArray[Any]:
        """Scale a batch as `VecNormalize.normalize_obs` does.

        Args:
            observations: shape (num_envs, *mean.shape), any dtype.

        Returns:
            float32 of the same shape; unchanged where ``norm_obs`` is False.
        """
        if not self.norm_obs:
            return observations
        scaled = (observations - self.mean) / np.sqrt(self.var + self.epsilon)
        clipped: NDArray[Any] = np.clip(scaled, -self.clip_obs, self.clip_obs)
        return clipped.astype(np.float32)


def beside(agent: Path) -> Path:
    """Where the statistics of an agent's zip lie: ``a.zip`` has ``a.normalization.npz``."""
    return agent.with_suffix(SUFFIX)


def read_normalization(path: Path) -> Normalization:
    """Read an npz made by `export_normalization`; unpickles nothing.

    Raises:
        AgentError: the file holds anything else.
    """
    archive = Archive(read_file(path, MAX_NPZ), str(path))
    arrays = {name: _array(archive, name) for name in _ARRAYS}
    for name in _ARRAYS[2:]:
        if arrays[name].shape != ():
            raise AgentError(f"{path}: {name!r} must be one number; export it again")
    found = Normalization(
        arrays["mean"],
        arrays["var"],
        float(arrays["epsilon"]),
        float(arrays["clip_obs"]),
        bool(arrays["norm_obs"]),
        archive.digest,
    )
    if found.fault():
        raise AgentError(f"{path}: {found.fault()}; export it again")
    return found


def _array(archive: Archive, name: str) -> NDArray[np.float64]:
    """One member as float64; the header may not promise more than the member holds."""
    data = archive.read(f"{name}.npy", MAX_NPZ)
    file = io.BytesIO(data)
    try:
        if _npy.read_magic(file) != (1, 0):
            raise ValueError("its version is unknown")
        shape, fortran, dtype = _npy.read_array_header_1_0(file)
        if dtype.kind not in "biuf":
            raise ValueError(f"it holds {dtype}, not numbers")
        if prod(shape) * dtype.itemsize != len(data) - file.tell():
            raise ValueError("its length is not what its header says")
        flat = np.frombuffer(data, dtype, offset=file.tell())
        return flat.reshape(shape, order="F" if fortran else "C").astype(np.float64)
    except Exception as error:  # what NumPy raises at foreign headers is not documented
        reason = " ".join(str(error).split())[:160]
        raise AgentError(
            f"{archive.label}: {name!r} is not an array ({reason}); export it again"
        ) from None


def export_normalization(
    pickle_path: str | Path, out: str | Path | None = None, *, trust: bool = False
) -> Path:
    """Turn the pickle of ``VecNormalize.save`` into an npz that is read without unpickling.

    Args:
        pickle_path: the pickle, usually ``vec_normalize.pkl``.
        out: where to write; beside the pickle, under its name, if None. It must be named after
            the agent (``a.zip``: ``a.normalization.npz``) to be found.
        trust: unpickle, which runs whatever code the file's author put there.

    Returns:
        The path written.

    Raises:
        AgentError: not trusted, unreadable, or without statistics of plain observations.
        UsageError: ``out`` cannot be written.
    """
    source = Path(pickle_path)
    target = beside(source) if out is None else Path(out)
    data = read_file(source)
    if not trust:
        raise AgentError(
            f"{source} is a pickle: reading it runs code that its author wrote; if you trust"
            " them, pass --trust (trust=True)"
        )
    log.warning("unpickling %s because --trust was given: its code runs with your rights", source)
    found = _unpickled(data, source)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in _ARRAYS:
            member = io.BytesIO()
            _npy.write_array(member, np.asarray(getattr(found, name)), version=(1, 0))
            # A fixed date: equal statistics give equal bytes, and so equal digests.
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue())
    atomic.write_bytes(target, content.getvalue())
    return target


def _unpickled(data: bytes, source: Path) -> Normalization:
    from stable_baselines3.common.running_mean_std import RunningMeanStd
    from stable_baselines3.common.vec_env import VecNormalize

    try:
        wrapper = pickle.loads(data)
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        raise AgentError(
            f"{source} cannot be unpickled ({reason}); name what VecNormalize.save() wrote"
        ) from error
    if not isinstance(wrapper, VecNormalize):
        raise AgentError(
            f"{source} holds a {type(wrapper).__name__}; name what VecNormalize.save() wrote"
        )
    if not isinstance(vars(wrapper).get("obs_rms"), RunningMeanStd):
        raise AgentError(
            f"{source} holds no statistics of plain observations (norm_obs was off, or they are"
            " a dictionary); an agent without them needs no export"
        )
    return from_wrapper(wrapper)


def from_wrapper(wrapper: Any) -> Normalization:
    """The statistics of a `VecNormalize` of plain observations."""
    return Normalization(
        np.array(wrapper.obs_rms.mean, dtype=np.float64),
        np.array(wrapper.obs_rms.var, dtype=np.float64),
        float(wrapper.epsilon),
        float(wrapper.clip_obs),
        bool(wrapper.norm_obs),
    )
