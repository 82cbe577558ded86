"""Keeps the notice of the retired ``gym`` package from being shown.

Procgen and Stable-Baselines3 both import ``gym`` where it is installed (Procgen requires it), and
importing it prints that it is unmaintained. gmbench uses Gymnasium; the notice tells its users
nothing they can act on. ``gym`` takes the text from a dictionary in ``gym_notices``, which is
emptied here before anything imports ``gym``.
"""

from __future__ import annotations

import contextlib


def silence_gym_notice() -> None:
    """Empty the notices, if the package that holds them is installed."""
    with contextlib.suppress(ImportError):
        from gym_notices import notices

        notices.notices.clear()
