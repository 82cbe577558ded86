"""Looks at the levels of a Procgen world: what stands where, under every condition."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from gmbench.errors import StateError
from gmbench.procgen.batch import ProcgenBatch
from gmbench.procgen.conditions import GOAL_CELL, GOAL_ENTITY, SPACE, Cell, goal_cell
from gmbench.procgen.paths import distances
from gmbench.procgen.sites import B, Sites
from gmbench.procgen.state import ProcgenState
from gmbench.specs import Condition
from gmbench.testing.report import Check, all_of, share, some

WALLS: Final = {"maze": 51}  # games with a solver: the cells that no way leads through


@dataclass
class Survey:
    """Looks at one level after the other and keeps count.

    Attributes:
        batch: slots of the world, one for each of its conditions.
        levels, accepted, with_candidate: how many were looked at, are accepted by the pair's
            filter, and have a candidate for B as well.
        usable: accepted levels with every site that a condition names.
        playable: usable levels that can be begun under every condition and differ in the goal only.
        reasons, missing: why levels were rejected; which sites accepted ones lack.
        wavering: levels that were another when asked for again.
        unlike: level to what differs between its conditions besides the goal.
        unsolvable: levels with a site to which no way leads.
        layouts: digests of all layouts.
    """

    batch: ProcgenBatch
    levels: int = 0
    usable: list[int] = field(default_factory=list)
    playable: list[int] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    with_candidate: int = 0
    wavering: list[int] = field(default_factory=list)
    unlike: dict[int, str] = field(default_factory=dict)
    unsolvable: list[int] = field(default_factory=list)
    layouts: set[bytes] = field(default_factory=set)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The world's conditions."""
        return self.batch.world.conditions

    def look_at(self, level: int) -> None:
        """Look at one more level."""
        state, sites = self.batch.prepare(level)
        self.levels += 1
        self.layouts.add(_layout(state))
        if sites.rejected is not None:
            self.reasons[sites.rejected] += 1
            return
        self.accepted += 1
        self.with_candidate += sites.candidates > 0 and B in sites.cells
        named = {site for c in self.conditions for site in (c.goal, c.proxy) if site is not None}
        lacking = named - sites.cells.keys()
        self.missing.update(lacking)
        again = self.batch.prepare(level)
        if again[1] != sites or again[0].to_bytes() != state.to_bytes():
            self.wavering.append(level)
        if lacking:
            return
        self.usable.append(level)
        if self.batch.world.game in WALLS and not _solvable(state, sites):
            self.unsolvable.append(level)
        difference = self._difference(level)
        if difference is None:
            self.playable.append(level)
        else:
            self.unlike[level] = difference

    def _difference(self, level: int) -> str | None:
        """What differs between the start states of two conditions, besides the goal."""
        rest: dict[str, bytes] = {}
        for slot, condition in enumerate(self.conditions):
            state, sites = self.batch.prepare(level)
            try:
                self.batch.begin(slot, state, sites, condition)
                state = self.batch.state(slot)
                if condition.goal is not None and goal_cell(state) != sites.cells[condition.goal]:
                    return f"the goal of {condition.name} is not at {condition.goal}"
            except StateError as error:
                return f"{condition.name} cannot be played: {error}"
            rest[condition.name] = _without_goal(state)
        first = self.conditions[0].name
        other = next((name for name in rest if rest[name] != rest[first]), None)
        return None if other is None else f"{first} and {other} differ in more than the goal"

    def checks(self) -> list[Check]:
        """What was found, one check a question."""
        return [
            self._sites(),
            self._candidates(),
            self._rejected(),
            self._reproducible(),
            self._declared_fields(),
            *([self._solvable()] if self.batch.world.game in WALLS else []),
            self._layouts(),
        ]

    def _sites(self) -> Check:
        detail = "every accepted level has every site that a condition names"
        if self.missing:
            name, count = self.missing.most_common(1)[0]
            detail = f"{count} accepted levels have no site {name!r}, which a condition names"
        part = share(len(self.usable), self.accepted)
        return Check("sites", not self.missing and self.accepted > 0, part, detail)

    def _candidates(self) -> Check:
        found = self.with_candidate
        detail = f"{found} of {self.levels} levels are accepted and have a candidate for B"
        return Check("candidates", 0 < found == self.accepted, share(found, self.levels), detail)

    def _rejected(self) -> Check:
        reasons = (f"{count} {reason}" for reason, count in self.reasons.most_common())
        detail = "; ".join(reasons) or "none"
        return Check("rejected", None, share(self.reasons.total(), self.levels), detail)

    def _reproducible(self) -> Check:
        detail = "a level asked for twice is the same state with the same sites"
        if self.wavering:
            detail = f"asked for twice, levels differ: {some(self.wavering)}"
        part = share(self.accepted - len(self.wavering), self.accepted)
        return Check("reproducible", all_of(part), part, detail)

    def _declared_fields(self) -> Check:
        detail = "start states of every two conditions differ in the goal and nothing else"
        if self.unlike:
            level, what = next(iter(self.unlike.items()))
            detail = f"in {len(self.unlike)} levels, such as {level}: {what}"
        part = share(len(self.usable) - len(self.unlike), len(self.usable))
        return Check("declared-fields", all_of(part), part, detail)

    def _solvable(self) -> Check:
        detail = "a way leads from the start to every site"
        if self.unsolvable:
            detail = f"no way leads to a site of levels {some(self.unsolvable)}"
        part = share(len(self.usable) - len(self.unsolvable), len(self.usable))
        return Check("solvable", all_of(part), part, detail)

    def _layouts(self) -> Check:
        repeats = self.levels - len(self.layouts)
        detail = f"{repeats} of {self.levels} layouts had occurred before, under another number"
        return Check("layout-repeats", None, share(repeats, self.levels), detail)


def _layout(state: ProcgenState) -> bytes:
    """A digest of what stands where at the start."""
    digest = hashlib.sha256(state.grid.tobytes())
    digest.update(state.entities[["x", "y", "type"]].tobytes())
    return digest.digest()


def _without_goal(state: ProcgenState) -> bytes:
    """A start state's bytes with the goal taken out."""
    state = state.copy()
    if state.game in GOAL_CELL:
        state.grid[state.grid == GOAL_CELL[state.game]] = SPACE
    else:
        state.entities = state.entities[state.entities["type"] != GOAL_ENTITY]
    return state.to_bytes()


def _solvable(state: ProcgenState, sites: Sites) -> bool:
    """Whether a way leads from the start to every site."""
    start = sites.start or Cell(int(state.player["x"]), int(state.player["y"]))
    reach = distances(state.grid != WALLS[state.game], start)
    reachable = {(int(x), int(y)) for y, x in np.argwhere(reach >= 0)}
    return reachable.issuperset(sites.cells.values())
