"""What a submission says of itself: ``submission.yaml``, and where its files must lie.

::

    name: Far-sighted PPO
    authors: [A. Name, B. Name]
    link: https://example.org/paper      # may be left out
    track: alpha-0                       # or alpha-0.01, alpha-0.1, open: what training was allowed
    algorithm: PPO
    licence: MIT
    suite: native                        # a shipped suite; may be left out
    recipes: {corner: recipe.yaml}       # may be left out; needed for the status retrained
    agents:
      corner:
        - {seed: 0, file: agents/corner/seed-0.zip}
        - {seed: 1, file: agents/corner/seed-1.zip}

Beside it lie the agents, ``evaluations/seed-<n>.json`` and ``evaluations/seed-<n>.csv.gz``: record
and episodes of the agents with that seed, over the pairs that have one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from gmbench.errors import SubmissionError
from gmbench.hints import nearest, quoted
from gmbench.leaderboard.faults import Fault, Faults
from gmbench.leaderboard.parts import shipped
from gmbench.leaderboard.tracks import TRACKS, Track
from gmbench.leaderboard.words import mistake_in_link, mistake_in_name
from gmbench.strict_yaml import Value, read
from gmbench.suites import suites

FILE: Final = "submission.yaml"
MOST_SEEDS: Final = 100
MOST_AUTHORS: Final = 50
USUAL_SUITE: Final = "native"

_REQUIRED: Final = ("name", "authors", "track", "algorithm", "licence", "agents")
_OPTIONAL: Final = ("link", "suite", "recipes")
_RECIPE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}\.ya?ml")


@dataclass(frozen=True)
class Submission:
    """What a submission says of itself.

    Attributes:
        name, authors, link, algorithm, licence: as its authors write them; link is None for none.
        track: what the agents were allowed in training, as its authors claim.
        suite: the name of a shipped suite, on which they were evaluated.
        recipes: pair to the recipe's file beside ``submission.yaml``.
        seeds: pair to the training seeds of its agents, rising.
    """

    name: str
    authors: tuple[str, ...]
    track: Track
    algorithm: str
    licence: str
    seeds: Mapping[str, tuple[int, ...]] = field(hash=False)
    link: str | None = None
    suite: str = USUAL_SUITE
    recipes: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def all_seeds(self) -> tuple[int, ...]:
        """Every seed that some pair has, rising."""
        return tuple(sorted({seed for seeds in self.seeds.values() for seed in seeds}))

    def pairs_of(self, seed: int) -> tuple[str, ...]:
        """The pairs that have an agent with this seed."""
        return tuple(pair for pair, seeds in self.seeds.items() if seed in seeds)

    def files(self) -> tuple[str, ...]:
        """Every file that must be there, relative to the folder, with slashes."""
        agents = [agent_file(pair, seed) for pair, seeds in self.seeds.items() for seed in seeds]
        tables = [f for seed in self.all_seeds for f in (record_file(seed), episodes_file(seed))]
        return (FILE, *dict.fromkeys(self.recipes.values()), *agents, *tables)

    def may_have(self) -> tuple[str, ...]:
        """Files that may be there besides: normalization of an agent's observations."""
        return tuple(
            normalization_file(pair, seed) for pair, seeds in self.seeds.items() for seed in seeds
        )

    def to_yaml(self) -> str:
        """The text of its file."""
        agents = {
            pair: [{"seed": seed, "file": agent_file(pair, seed)} for seed in seeds]
            for pair, seeds in self.seeds.items()
        }
        plain: dict[str, Any] = {"name": self.name, "authors": list(self.authors)}
        plain |= {} if self.link is None else {"link": self.link}
        plain |= {"track": self.track, "algorithm": self.algorithm, "licence": self.licence}
        plain |= {"suite": self.suite}
        plain |= {"recipes": dict(self.recipes)} if self.recipes else {}
        plain |= {"agents": agents}
        return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=1000)


def agent_file(pair: str, seed: int) -> str:
    """Where an agent lies."""
    return f"agents/{pair}/seed-{seed}.zip"


def normalization_file(pair: str, seed: int) -> str:
    """Where the normalization of an agent's observations lies, if it has one."""
    return f"agents/{pair}/seed-{seed}.normalization.npz"


def record_file(seed: int) -> str:
    """Where the record of a seed's agents lies."""
    return f"evaluations/seed-{seed}.json"


def episodes_file(seed: int) -> str:
    """Where the episodes of a seed's agents lie."""
    return f"evaluations/seed-{seed}.csv.gz"


def read_submission(folder: Path) -> tuple[Submission | None, list[Fault]]:
    """What a folder's ``submission.yaml`` says, or every fault of it."""
    faults = Faults(folder)
    document = faults.tried(FILE, lambda: _document(folder))
    if document is None:
        return None, faults.found
    keys = faults.tried(FILE, document.entries) or {}
    for key, value in keys.items():
        if key not in (*_REQUIRED, *_OPTIONAL):
            hint = nearest(key, (*_REQUIRED, *_OPTIONAL))
            faults.add(_at(value), f"unknown key {quoted(key)}", hint)
    for key in _REQUIRED:
        if keys and key not in keys:
            faults.add(FILE, f"the key {key} is missing", f"add {key}: ...")
    found = {key: _READERS[key](value, faults) for key, value in keys.items() if key in _READERS}
    if faults.found:
        return None, faults.found
    return _whole(found, keys, faults), faults.found


def load_submission(folder: Path) -> Submission:
    """The submission in a folder.

    Raises:
        SubmissionError: ``submission.yaml`` has a fault.
    """
    found, faults = read_submission(folder)
    if found is None:
        raise SubmissionError(f"{folder.name}/{faults[0]}")
    return found


def _whole(found: dict[str, Any], keys: dict[str, Value], faults: Faults) -> Submission | None:
    """The submission, its pairs held against its suite."""
    found["seeds"] = found.pop("agents")
    found = {key: value for key, value in found.items() if value is not None}
    one = Submission(**found)
    suite = faults.tried(_at(keys.get("suite", keys["agents"])), lambda: shipped(one.suite))
    played = [entry.pair for entry in suite.entries] if suite else []
    for pair in one.seeds if suite else ():
        if pair not in played:
            hint = nearest(pair, played)
            faults.add(_at(keys["agents"]), f"suite {one.suite} has no pair {quoted(pair)}", hint)
    for pair in one.recipes:
        if pair not in one.seeds:
            what = f"a recipe for {quoted(pair)}, which has no agents"
            faults.add(_at(keys["recipes"]), what, "remove it, or add the agents")
    return None if faults.found else one


def _document(folder: Path) -> Value:
    path = folder / FILE
    if path.is_symlink():
        raise SubmissionError(f"{FILE}: is a link; put the file itself there")
    found = read(path, SubmissionError)
    return Value(found.node, found.key, FILE, found.error)  # messages name no folder of ours


def _at(value: Value) -> str:
    return f"{FILE}:{value.node.start_mark.line + 1}"


def _named(value: Value, faults: Faults) -> str | None:
    text = faults.tried(FILE, value.text)
    mistake = text is not None and mistake_in_name(text)
    if mistake:
        faults.add(_at(value), f"{value.key} {mistake}")
    return text


def _authors(value: Value, faults: Faults) -> tuple[str, ...] | None:
    items = faults.tried(FILE, value.items)
    if items is not None and not 1 <= len(items) <= MOST_AUTHORS:
        faults.add(_at(value), f"authors has {len(items)} names", f"name 1 to {MOST_AUTHORS}")
    return tuple(name for item in items or () if (name := _named(item, faults)) is not None)


def _link(value: Value, faults: Faults) -> str | None:
    text = faults.tried(FILE, value.text)
    mistake = text is not None and mistake_in_link(text)
    if mistake:
        faults.add(_at(value), f"link {mistake}")
    return text


def _track(value: Value, faults: Faults) -> str | None:
    return faults.tried(FILE, lambda: value.choice(tuple(TRACKS), "track"))


def _suite(value: Value, faults: Faults) -> str | None:
    return faults.tried(FILE, lambda: value.choice(suites(), "suite"))


def _recipes(value: Value, faults: Faults) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair, item in (faults.tried(FILE, value.entries) or {}).items():
        name = faults.tried(FILE, item.text)
        if name is not None and (not _RECIPE.fullmatch(name) or name == FILE):
            faults.add(_at(item), f"recipe {quoted(name)}", "name a .yaml beside submission.yaml")
        elif name is not None:
            found[pair] = name
    return found


def _agents(value: Value, faults: Faults) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for pair, item in (faults.tried(FILE, value.entries) or {}).items():
        seeds = [_agent(pair, agent, faults) for agent in faults.tried(FILE, item.items) or ()]
        known = [seed for seed in seeds if seed is not None]
        for twice in sorted({seed for seed in known if known.count(seed) > 1}):
            faults.add(_at(item), f"{quoted(pair)} lists seed {twice} twice", "keep one")
        if not 1 <= len(seeds) <= MOST_SEEDS:
            faults.add(_at(item), f"{quoted(pair)} has {len(seeds)} agents", "1 to 100 are allowed")
        found[pair] = tuple(sorted(known))
    if not found:
        faults.add(_at(value), "agents is empty", "list at least one")
    return found


def _agent(pair: str, value: Value, faults: Faults) -> int | None:
    fields = faults.tried(FILE, lambda: value.mapping(("seed", "file")))
    if fields is None:
        return None
    seed = faults.tried(FILE, lambda: fields["seed"].integer(0, 2**31 - 1))
    file = faults.tried(FILE, fields["file"].text)
    if seed is not None and file is not None and file != agent_file(pair, seed):
        wanted = quoted(agent_file(pair, seed))
        faults.add(_at(value), f"file {quoted(file)}", f"seed {seed} must be {wanted}")
    return seed


_READERS: Final = {
    "name": _named,
    "authors": _authors,
    "link": _link,
    "track": _track,
    "algorithm": _named,
    "licence": _named,
    "suite": _suite,
    "recipes": _recipes,
    "agents": _agents,
}


def seeds_of(agents: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    """Pair to rising seeds, from pairs and seeds of agents, in the order of the pairs."""
    found: dict[str, list[int]] = {}
    for pair, seed in agents:
        found.setdefault(pair, []).append(seed)
    return {pair: tuple(sorted(seeds)) for pair, seeds in found.items()}
