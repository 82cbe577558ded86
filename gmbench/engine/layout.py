"""The arrays through which Python and the compiled kernels speak."""

from __future__ import annotations

from typing import Final

from gmbench.engine.plain import record
from gmbench.engine.rules import MAX_EVENTS

# What a slot is told in a step. Numbers from ACT_FROM are the world's actions.
ACT_FROM: Final = 0
HOLD: Final = -1  # nothing
BEGIN: Final = -2  # the level and condition written in the slot
NEXT: Final = -3  # the next level of the slot's stream, its condition by alpha
PINNED: Final = -4  # the level written in the slot, its condition by alpha

# Places in `config`, an int64 array.
KIND: Final = 0  # which observation
AUTORESET: Final = 1  # begin the next level in the step that ends one
EVALUATE: Final = 2  # stop at arrivals and at the deadline, not where training truncates
SEED: Final = 3  # of the stream of levels
ALLOWED: Final = 4  # how many levels the stream draws from
ALPHA: Final = 5  # alpha times 2^32
CONDITION: Final = 6  # of the levels outside the alpha share
ROLE: Final = 7  # of the scripted agent that is asked
ALPHA_CHOICES: Final = 8  # how many conditions the alpha share is drawn from
ALPHA_FIRST: Final = 9  # they themselves
MAX_ALPHA_CHOICES: Final = 8
STOPS: Final = ALPHA_FIRST + MAX_ALPHA_CHOICES  # of each condition: events that stop evaluation
MAX_CONDITIONS: Final = 16
CONFIG: Final = STOPS + MAX_CONDITIONS

# Kinds of observation.
NONE: Final = 0
GRID: Final = 1
RGB: Final = 2

MAX_ATTEMPTS: Final = 100_000  # draws of one level after which its world's filter is hopeless

SLOT: Final = record(
    [
        ("order", "i4"),  # an action, or what else to do
        ("reward", "i4"),  # of the last step
        ("terminated", "u1"),  # whether it ended the episode by the rules or at an arrival
        ("truncated", "u1"),  # whether it was the last that the limit allows
        ("level", "i4"),
        ("condition", "i4"),  # index among the world's
        ("steps", "i4"),  # taken in this episode
        ("limit", "i4"),  # steps after which it is cut off
        ("attempts", "i4"),  # draws until the world's filter accepted one; MAX_ATTEMPTS + 1: none
        ("draws", "i4"),  # levels taken from the stream
        ("over", "u1"),  # 0 plays, 1 is over, 2 is over by death
        ("last_level", "i4"),  # what the last episode that ended was
        ("last_condition", "i4"),
        ("last_steps", "i4"),
        ("first", "i4", (MAX_EVENTS,)),  # step at which each event first happened, 0 never
    ]
)
