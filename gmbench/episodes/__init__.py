"""The raw table of an evaluation: one row an episode, from which every figure is recomputed."""

from gmbench.episodes.codec import COLUMNS
from gmbench.episodes.episode import INTENT, OUTCOMES, SCORES, Episode
from gmbench.episodes.table import Episodes, refuse_bad_table

__all__ = ["COLUMNS", "INTENT", "OUTCOMES", "SCORES", "Episode", "Episodes", "refuse_bad_table"]
