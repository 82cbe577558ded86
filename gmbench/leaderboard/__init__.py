"""The leaderboard: what is submitted, what it has earned, and how it ranks.

::

    leaderboard/submissions/<slug>/   what authors send (`gmbench.leaderboard.submission`)
    leaderboard/verified/<entry>.json what an entry has earned (`gmbench.leaderboard.verified`)
    leaderboard/scripted/<role>.json  records of the scripted agents, their tables beside them
    baselines/<pair>/                 our own agents, from sweeps
    leaderboard/ranking.json          the board, from all of these (`gmbench.leaderboard.document`)

Everything in a submission is hostile input until `gmbench.leaderboard.check` has found no fault in
it, and nothing in it is ever run outside the sandbox.
"""
