"""Films of agents, training on the left and test on the right, each with a still to show before.

A stranger's agent is filmed in the sandbox, once it was rerun there; no agent's file is let run
code.
"""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import imageio.v3 as iio
from PIL import Image

from gmbench.errors import GmbenchError
from gmbench.leaderboard.rows import EntryRow, PairRow, SuiteEntryInfo
from gmbench.leaderboard.site.files import Files
from gmbench.leaderboard.site.shown import file_name
from gmbench.leaderboard.tracks import LADDER
from gmbench.stages.base import Setting
from gmbench.version import __version__

FOLDER: Final = "films"
LEVELS: Final = 2
TOLD: Final = LADDER.index("rerun")

Say = Callable[[str], None]


@dataclass(frozen=True)
class Film:
    """Addresses from the site's top."""

    film: str
    poster: str


@dataclass(frozen=True)
class Studio:
    """Makes films, or takes them from the site that was there before.

    Attributes:
        files: finds agents.
        output: of the site.
        before: the old site.
        say: tells what could not be filmed.
    """

    files: Files
    output: Path
    before: Path
    say: Say

    def film(self, entry: EntryRow, place: PairRow, part: SuiteEntryInfo) -> Film | None:
        """The first agent of an entry on a pair; None where it is not to be, or cannot be."""
        if entry.source == "submission" and LADDER.index(place.status) < TOLD:
            return None
        agent = place.agents[0]
        where = agent.agent if entry.source == "scripted" else self.files.path(agent.agent)
        if where is None:
            return None
        key = repr((agent.agent, agent.digest, part.digest, LEVELS, __version__))
        name = f"{file_name(entry.entry)}.{file_name(place.pair)}"
        stem = f"{name}.{hashlib.sha256(key.encode()).hexdigest()[:10]}"
        found = Film(f"{FOLDER}/{stem}.mp4", f"{FOLDER}/{stem}.webp")
        (self.output / FOLDER).mkdir(exist_ok=True)
        if all((self.before / one).is_file() for one in (found.film, found.poster)):
            for one in (found.film, found.poster):
                shutil.copyfile(self.before / one, self.output / one)
            return found
        is_strange = entry.source == "submission"
        made = self._made(str(where), place.pair, part, found, is_strange=is_strange)
        return found if made else None

    def _made(
        self, agent: str, pair: str, part: SuiteEntryInfo, found: Film, *, is_strange: bool
    ) -> bool:
        from gmbench.agents.load import load_agent
        from gmbench.entrants import seated
        from gmbench.sandbox import sandboxed
        from gmbench.video import film

        setting = Setting(mode=part.mode, parameters=part.parameters)
        path = self.output / found.film
        try:
            loaded = sandboxed(agent, trust=False) if is_strange else load_agent(agent)
            with seated(loaded) as player:
                film(player, pair, path, levels=LEVELS, setting=setting)
        except GmbenchError as error:
            self.say(f"not filmed: {pair}: {error}")
            return False
        (self.output / found.poster).write_bytes(_still(path))
        return True


def _still(path: Path) -> bytes:
    """A film's first picture, as WebP."""
    picture = Image.fromarray(iio.imread(path, plugin="pyav", index=0))
    buffer = io.BytesIO()
    picture.save(buffer, "webp", quality=75, method=6)
    return buffer.getvalue()
