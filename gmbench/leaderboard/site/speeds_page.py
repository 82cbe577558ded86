"""The page of speeds: what was timed, on which machines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from gmbench.errors import RecordError
from gmbench.leaderboard.document import Ranking
from gmbench.leaderboard.site.files import Files
from gmbench.records import Hardware, Throughput
from gmbench.records.text import first_mistake, read_text, strict_json
from gmbench.throughput.document import ThroughputReport

REPORTS: Final = "leaderboard/throughput"  # what gmbench throughput wrote, one file a machine
PROCESSOR: Final = "cpu"
SCOPES: Final = {
    "env": "the engine alone",
    "vector": "Gymnasium’s vector face",
    "sb3": "Stable-Baselines3’s face",
    "policy": "an agent’s answers alone",
    "env+policy": "agent and environment",
    "train": "training",
}


@dataclass(frozen=True)
class Timed:
    """A speed, and where it was measured.

    Attributes:
        source: the report or the entry.
        speed: what was timed.
    """

    source: str
    speed: Throughput


@dataclass(frozen=True)
class Card:
    """A machine, and what was timed on it."""

    hardware: Hardware
    sources: list[str]


def timed(root: Path, ranking: Ranking, files: Files) -> tuple[list[Timed], list[Card]]:
    """All speeds but those of submissions, which stand in their own tables, and the machines.

    Raises:
        RecordError: a report or a record is damaged.
    """
    found: list[Timed] = []
    cards: dict[str, Card] = {}
    for path in sorted((root / REPORTS).glob("*.json")):
        report = read_report(path)
        found += [Timed(path.stem, one) for one in report.throughput]
        _card(cards, report.hardware, path.stem)
    for entry in ranking.entries:
        agents = [agent for place in entry.pairs for agent in place.agents if agent.throughput]
        if entry.source == "submission" or not agents:
            continue
        found += [Timed(entry.entry, one) for agent in agents for one in agent.throughput]
        hardware = files.hardware(agents[0].record)
        if hardware is not None:
            _card(cards, hardware, entry.entry)
    return list(dict.fromkeys(found)), list(cards.values())


def read_report(path: Path) -> ThroughputReport:
    """A report of ``gmbench throughput``.

    Raises:
        RecordError: it is none.
    """
    text = read_text(path)
    strict_json(text, str(path))
    try:
        return ThroughputReport.model_validate_json(text)
    except ValidationError as error:
        raise RecordError(f"{path}: {first_mistake(error)}") from None


def _card(cards: dict[str, Card], hardware: Hardware, source: str) -> None:
    card = cards.setdefault(hardware.model_dump_json(), Card(hardware, []))
    if source not in card.sources:
        card.sources.append(source)
