"""What can be said of a native world without playing it: names that mean something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gmbench.engine.layout import MAX_CONDITIONS
from gmbench.stages.native import ROLES
from gmbench.testing.native.subject import Subject
from gmbench.testing.report import Check

NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
EVENT: Final = re.compile(r"[A-Za-z0-9-]+")


def form(subject: Subject) -> Check:
    """Whether every name means something."""
    faults = [*_names(subject), *_events(subject), *_fields(subject), *_parameters(subject)]
    detail = "every name that the world or its pair uses means something"
    return Check("form", not faults, None, "; ".join(faults) or detail)


def _names(subject: Subject) -> Iterator[str]:
    module, world = subject.module, subject.pair.world
    name, version = getattr(module, "NAME", None), getattr(module, "VERSION", None)
    if not isinstance(name, str) or not NAME.fullmatch(name) or name != world.name:
        yield f"NAME {name!r} must be that of the world in PAIR, in lower case with dashes"
    if type(version) is not int or version != world.version:
        yield f"VERSION {version!r} must be that of the world in PAIR, {world.version}"
    if len(world.conditions) > MAX_CONDITIONS:
        yield f"{len(world.conditions)} conditions; {MAX_CONDITIONS} at most"
    unknown = set(subject.pair.oracles) - set(ROLES)
    if unknown:
        yield f"oracles {', '.join(sorted(unknown))}; there are {' and '.join(ROLES)}"
    for what, names in (("ACTIONS", module.ACTIONS), ("PLANES", subject.game.planes)):
        if len(set(names)) < max(len(names), 1):
            yield f"{what} must be different names, and one at least"
    for name in subject.game.goal_planes or ():
        if name not in subject.game.planes:
            yield f"GOAL_PLANES names {name!r}, which is none of PLANES"


def _events(subject: Subject) -> Iterator[str]:
    events, pair = subject.module.EVENTS, subject.pair
    for event in events:
        if not EVENT.fullmatch(event) or tuple(events).count(event) > 1:
            yield f"event {event!r} must be letters, digits and dashes, and one of its kind"
    named = {name: "stops" for name in pair.stops}
    if pair.score == "goal_effect":
        named |= {pair.effect.event: "effect", pair.effect.before: "effect"}
    if pair.success not in ("goal", "return"):
        named[pair.success] = "success"
    for condition in pair.world.conditions:
        for name in (condition.goal, condition.proxy, *condition.watch):
            if name is not None:
                named[name] = f"condition {condition.name}"
    for name in sorted(named.keys() - set(events)):
        yield f"{named[name]} names {name!r}, which is none of EVENTS"


def _fields(subject: Subject) -> Iterator[str]:
    module = subject.module
    named = {"DECLARED": module.DECLARED, "SCORES": module.SCORES, "HIDDEN": hidden(subject)}
    for what, names in named.items():
        for name in names:
            if name not in subject.fields:
                yield f"{what} names {name!r}, which is no field of the state"
    for name in module.SCORES:
        if not name.endswith("_score"):
            yield f"SCORES names {name!r}, which must end with _score"
    if subject.pair.success == "return" and "par" not in subject.fields:
        yield "success is a return, so the state needs the field 'par'"


def _parameters(subject: Subject) -> Iterator[str]:
    module = subject.module
    for name in sorted(set(module.PARAMETERS) ^ set(module.DEFAULTS)):
        yield f"parameter {name!r} must be in PARAMETERS and in DEFAULTS"
    for name in sorted(set(module.PARAMETERS) & set(module.DEFAULTS)):
        if module.DEFAULTS[name] not in module.PARAMETERS[name]:
            yield f"the default of parameter {name!r} is none of its allowed values"


def hidden(subject: Subject) -> tuple[str, ...]:
    """The state fields that the world says must not show."""
    names: tuple[str, ...] = getattr(subject.module, "HIDDEN", ())
    return names
