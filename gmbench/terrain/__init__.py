"""Levels that are made of cells: where every action leads, and how far it is from cell to cell."""

from gmbench.terrain.terrain import Board, Terrain

__all__ = ["Board", "Terrain"]
