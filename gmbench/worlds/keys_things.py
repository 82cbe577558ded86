"""What lies on a board of keys: the kinds of things, where they are put, and what a visit does."""

from __future__ import annotations

from typing import Final

from gmbench.engine.chance import below
from gmbench.engine.rules import rule
from gmbench.worlds.boards import distances

FEW: Final = 3  # things of the scarce kind, and so how many chests can be opened
MANY: Final = 10  # things of the other kind

# What lies in a cell.
NOTHING: Final = 0
KEY: Final = 1
CHEST: Final = 2
OPENED: Final = 3

_SITES: Final = 2  # a stream; the world takes others


@rule
def draw_sites(walls, sites, scratch, size, start, key):
    """Thirteen different cells that can be reached; False where there are not as many."""
    reachable = scratch.queue
    left = distances(walls, size, start, scratch.dist, reachable)
    if left < 1 + FEW + MANY:
        return False
    for site in range(FEW + MANY):
        at = 1 + below(key, _SITES, site, left - 1)  # the search began at the start, number 0
        left -= 1
        sites[site] = reachable[at]
        reachable[at] = reachable[left]
    return True


@rule
def place(things, sites, few, many):
    """Lay three things of one kind and ten of the other in thirteen cells."""
    for cell in range(len(things)):
        things[cell] = NOTHING
    for site in range(FEW + MANY):
        things[int(sites[site])] = few if site < FEW else many


@rule
def enter(things, cell, in_hand):
    """Take the key that lies there, or open the chest: KEY, CHEST, or NOTHING to be done."""
    thing = int(things[cell])
    if thing == KEY:
        things[cell] = NOTHING
        return KEY
    if thing == CHEST and in_hand > 0:
        things[cell] = OPENED
        return CHEST
    return NOTHING
