"""Protocols: how an agent is made to play a pair, and what is concluded. One file each.

A file with the literals ``NAME`` and ``VERSION`` is a protocol; files without are what protocols
share. A suite names the protocol that plays it, and `gmbench.evaluation.evaluate` runs any. A
protocol holds:

``count_episodes(agent, entry, suite) -> int``
    How many episodes an entry of the suite plays, for progress.
``run_pair(agent, entry, suite, tick) -> PairRun``
    Plays one entry: the rows of the raw table, and, for charts, ``details`` beside them.
``figures(episodes, pair) -> dict[str, Figure]``
    Every figure of a pair, from the raw table alone.

It may also hold:

``SETTINGS``, ``DEFAULTS``
    What a suite may set under ``settings``: name to the function that reads its YAML value, and
    name to the value where the suite is silent.
``figure_names(pair, conditions, settings) -> Collection[str]``
    What ``figures`` can name, so that a suite that requires another is refused before it is played.
``refuse(module)``
    Raises a `UsageError` for a world that the protocol cannot ask.
``in_words(result)``
    Lines for a person about one pair's figures.

Its chart is the file of its name in ``gmbench/plots``. A third party announces its protocol by the
entry point ``gmbench.protocols``, and the chart by ``gmbench.plots``.
"""
