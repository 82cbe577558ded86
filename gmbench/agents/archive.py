"""A zip that may have been made to harm, read member by member under limits."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from pathlib import Path

from gmbench.errors import AgentError
from gmbench.hints import quoted

MIB = 2**20
MAX_FILE = 1024 * MIB
MAX_MEMBERS = 256
MAX_DIRECTORY = 1 * MIB  # of the list of members, which is read as a whole
MAX_TOTAL = 4096 * MIB  # of all members as declared, read or not
MAX_RATIO = 200  # trained weights do not shrink 200-fold, zeros shrink 1,000-fold
RATIO_FROM = 1 * MIB  # what unpacks to less harms nobody

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    ValueError,
    RuntimeError,
    NotImplementedError,
)


def read_file(path: Path, limit: int = MAX_FILE) -> bytes:
    """The bytes of a file.

    Raises:
        AgentError: it is not there, not a file, unreadable, or larger than the limit.
    """
    try:
        if not path.exists():
            raise AgentError(f"{path}: no such file; check the path")
        if not path.is_file():
            raise AgentError(f"{path} is not a file; name the agent's zip")
        size = path.stat().st_size
        if size > limit:
            raise AgentError(
                f"{path} has {size // MIB:,} MiB, more than the {limit // MIB:,} that are read;"
                " save the agent without its replay buffer"
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise AgentError(f"{quoted(str(path))} cannot be read: {_reason(error)}") from None


class Archive:
    """The members of a zip, checked as a whole when it is opened.

    Attributes:
        label: what messages call it.
        digest: sha256 of the whole, in hexadecimal.
        names: of its members.
    """

    def __init__(self, data: bytes, label: str) -> None:
        """Open the zip.

        Args:
            data: the whole zip.
            label: what messages call it.

        Raises:
            AgentError: it is no zip, damaged, or of a form that no honest writer makes.
        """
        self.label = label
        self.digest = hashlib.sha256(data).hexdigest()
        try:
            stream = _Bounded(data)
            self._zip = zipfile.ZipFile(stream)
            stream.most = None
        except _DAMAGE as error:
            raise AgentError(f"{label} {_no_zip(data, error)}") from None
        self._members = self._zip.infolist()
        self.names = tuple(member.filename for member in self._members)
        harm = self._harm()
        if harm:
            raise AgentError(f"{label} {harm}; it is not read, get it anew from its author")

    def _harm(self) -> str | None:
        """What is wrong with the members as the zip declares them."""
        if len(self._members) > MAX_MEMBERS:
            return f"has {len(self._members)} members, an agent's zip has about six"
        if len(set(self.names)) < len(self.names):
            twice = next(name for name in self.names if self.names.count(name) > 1)
            return f"holds {quoted(twice)} twice"
        for member in self._members:
            name = member.filename
            parts = name.replace("\\", "/").split("/")
            if name.startswith("/") or "\\" in name or ".." in parts or ":" in name:
                return f"holds a member named {quoted(name)}, which points out of the zip"
            if member.file_size > RATIO_FROM + MAX_RATIO * member.compress_size:
                return (
                    f"holds {quoted(name)}, which would unpack to {member.file_size:,} bytes"
                    f" from {member.compress_size:,}: a zip bomb"
                )
        if sum(member.file_size for member in self._members) > MAX_TOTAL:
            return f"would unpack to more than {MAX_TOTAL // MIB:,} MiB"
        return None

    def read(self, name: str, limit: int) -> bytes:
        """The bytes of one member.

        Args:
            name: its name.
            limit: the most bytes it may unpack to.

        Raises:
            AgentError: it is missing, damaged, encrypted, larger than the limit, or packed by a
                method other than deflate.
        """
        member = next((m for m in self._members if m.filename == name), None)
        if member is None:
            raise AgentError(
                f"{self.label} holds no {name!r}; save the agent with Stable-Baselines3's"
                " model.save()"
            )
        if member.flag_bits & 1:
            raise AgentError(f"{self.label}: {name!r} is encrypted; save the agent without")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise AgentError(f"{self.label}: {name!r} is packed oddly; use deflate or none")
        if member.file_size > limit:
            raise AgentError(
                f"{self.label}: {name!r} has {member.file_size:,} bytes, more than the {limit:,}"
                " that are read; save a smaller agent"
            )
        try:
            # No more than it declares is unpacked; all of it is what ZipFile.read would unpack.
            with self._zip.open(member) as stream:
                return stream.read(member.file_size)
        except _DAMAGE as error:
            raise AgentError(
                f"{self.label}: {name!r} is damaged ({_one_line(error)}); copy the file again"
            ) from None


class _Bounded(io.BytesIO):
    """A zip's bytes, not too many of which are read at once.

    Attributes:
        most: how many; None for any number.
    """

    most: int | None = MAX_DIRECTORY

    def read(self, size: int | None = -1, /) -> bytes:
        """As for any stream.

        Raises:
            ValueError: too many bytes are asked for.
        """
        left = self.getbuffer().nbytes - self.tell()
        wanted = left if size is None or size < 0 else min(size, left)
        if self.most is not None and wanted > self.most:
            raise ValueError(f"its list of members has more than {self.most:,} bytes")
        return super().read(wanted)


def _reason(error: Exception) -> str:
    """What the system says, without the path that it repeats."""
    return getattr(error, "strerror", None) or str(error)


def _no_zip(data: bytes, error: Exception) -> str:
    if not data:
        return "is empty; copy the file again"
    if data.startswith(b"PK\x03\x04") and not isinstance(error, ValueError):
        return "is a damaged or truncated zip; copy the file again"
    if data.startswith(b"\x80"):
        return "is a pickle, not a zip; save the agent with Stable-Baselines3's model.save()"
    return f"is no zip ({_one_line(error)}); save it with Stable-Baselines3's model.save()"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
