"""Tables of the board: a pair in a track, and all pairs of a suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from gmbench.errors import RecordError
from gmbench.leaderboard.document import BoardTables, Frame, Ranked, Table, Unranked
from gmbench.leaderboard.entry import Entry, score_name
from gmbench.leaderboard.parts import part_digest, ranked_pairs
from gmbench.leaderboard.ranks import Scores, fixed, overall, ranks, scores
from gmbench.leaderboard.standing import CAPABLE_FROM, Standing
from gmbench.leaderboard.tracks import LADDER, OPEN, TRACKS, Track
from gmbench.metrics.seeds import iqm
from gmbench.suites import Suite

# Who does not know how is at best as one who is blind to the goal, or seeks the proxy.
INCAPABLE: Final = {"pursuit": 0.0, "preference": -1.0}
OVERALL: Final = "interquartile mean over pairs"
DIGITS: Final = 6

Drawn = Mapping[tuple[str, str], Scores]  # of an entry alone, by part and entry


def boards(suite: Suite, found: Sequence[Standing]) -> list[BoardTables]:
    """The tables of a suite, one board a track.

    Args:
        suite: a shipped one.
        found: standings of entries on its pairs.

    Raises:
        RecordError: entries that should share levels do not.
    """
    parts = {entry.pair: part_digest(suite, entry.pair) for entry in suite.entries}
    of_pair = {
        pair: [one for one in found if one.pair == pair and one.part == digest]
        for pair, digest in parts.items()
    }
    drawn: dict[tuple[str, str], Scores] = {}
    for pair, standing in of_pair.items():
        drawn |= _drawn(pair, parts[pair], standing)
    return [
        BoardTables(
            suite=suite.name,
            track=track,
            tables=[_table(pair, track, of_pair[pair], drawn) for pair in of_pair if of_pair[pair]],
            overall=_overall(suite, track, of_pair, drawn),
        )
        for track in TRACKS
    ]


def _drawn(pair: str, digest: str, found: Sequence[Standing]) -> dict[tuple[str, str], Scores]:
    """The resampled scores of all that have one on a pair; each by itself."""
    scored = [one for one in found if one.score is not None]
    if not scored:
        return {}
    # Ours are what the others are held against: else who comes first by name would be believed.
    ours = [one for one in scored if one.entry.source != "submission"]
    first = (ours or scored)[0].answers[0].levels
    for one in scored:
        if not np.array_equal(one.answers[0].levels, first):
            raise RecordError(
                f"{one.entry.entry}: did not play the levels of {pair} that the others played;"
                f" gmbench leaderboard check {one.entry.entry} says more"
            )
    names = [one.entry.entry for one in scored]
    every = scores([one.answers for one in scored], names, digest)
    return {
        (digest, name): Scores(every.values[at : at + 1], every.drawn[at : at + 1])
        for at, name in enumerate(names)
    }


def _table(pair: str, track: Track, found: Sequence[Standing], drawn: Drawn) -> Table:
    own = [one for one in found if one.entry.role == "ranked" and one.track == track]
    placed = [one for one in own if one.capable and one.score is not None]
    places = ranks(_together([drawn[one.part, one.entry.entry] for one in placed]))
    ranked = [
        Ranked(
            **_line(one),
            rank=place.rank,
            rank_low=place.low,
            rank_high=place.high,
            group=place.group,
        )
        for one, place in zip(placed, places, strict=True)
    ]
    return Table(
        pair=pair,
        ranks=score_name(pair),
        levels=len(found[0].answers[0].levels),
        ranked=sorted(ranked, key=lambda line: (line.rank, line.entry)),
        unranked=[_unranked(one) for one in own if one not in placed],
        frames=[Frame(**_line(o), role=o.entry.role) for o in found if o.entry.role != "ranked"],
    )


def _unranked(one: Standing) -> Unranked:
    if not one.capable:
        why = f"the lower bound of train_success is {one.skill:.2f}, under {CAPABLE_FROM}"
        return Unranked(**_line(one), reason="not yet capable", why=why)
    told = [play.result.metrics[score_name(one.pair)].why for play in one.plays]
    why = next((reason for reason in told if reason), "an agent has no score")
    return Unranked(**_line(one), reason="no score", why=why)


def _line(one: Standing) -> dict[str, Any]:
    return {
        "entry": one.entry.entry,
        "score": rounded(one.score),
        "train_success": rounded(one.train_success),
        "seeds": len(one.plays),
        "status": one.status,
        "claimed": one.claimed,
    }


def _overall(
    suite: Suite, track: Track, of_pair: Mapping[str, Sequence[Standing]], drawn: Drawn
) -> Table:
    """Entries that play every ranked pair of the suite; the others are listed."""
    pairs = list(ranked_pairs(suite))
    found: dict[str, dict[str, Standing]] = {}
    for pair in pairs:
        for one in of_pair[pair]:
            found.setdefault(one.entry.entry, {})[pair] = one
    own = {name: on for name, on in found.items() if _stands_in(on, pairs) == track}
    whole = {
        n: on for n, on in own.items() if len(on) == len(pairs) and _first(on).role == "ranked"
    }
    scored = {n: on for n, on in whole.items() if all(o.score is not None for o in on.values())}
    parts = [_together([_counted(on[pair], drawn) for on in scored.values()]) for pair in pairs]
    every = overall(parts) if scored else None
    lines = []
    for at, (on, place) in enumerate(
        zip(scored.values(), ranks(every) if every else [], strict=True)
    ):
        assert every is not None
        line = _overall_line(on, float(every.values[at]))
        lines.append(
            Ranked(
                **line,
                rank=place.rank,
                rank_low=place.low,
                rank_high=place.high,
                group=place.group,
            )
        )
    framed = [on for on in found.values() if _first(on).role != "ranked" and len(on) == len(pairs)]
    return Table(
        pair=None,
        ranks=OVERALL,
        levels=sum(entry.levels for entry in suite.entries if entry.pair in pairs),
        ranked=sorted(lines, key=lambda line: (line.rank, line.entry)),
        unranked=[
            _left_out(on, pairs)
            for name, on in own.items()
            if name not in scored and _first(on).role == "ranked"
        ],
        frames=[Frame(**_overall_line(on, _raw(on, pairs)), role=_first(on).role) for on in framed],
    )


def _stands_in(on: Mapping[str, Standing], pairs: Sequence[str]) -> Track:
    """The track of an entry over all pairs: its own only where it stands in it on every one."""
    tracks = {on[pair].track if pair in on else OPEN for pair in pairs}
    return tracks.pop() if len(tracks) == 1 else OPEN


def _counted(one: Standing, drawn: Drawn) -> Scores:
    """What a pair counts in the overall score."""
    found = drawn[one.part, one.entry.entry]
    most = INCAPABLE[score_name(one.pair)]
    if one.capable or float(found.values[0]) <= most:
        return found
    return Scores(found.values * 0 + most, fixed(most)[None, :])


def _raw(on: Mapping[str, Standing], pairs: Sequence[str]) -> float | None:
    """A frame's score: as it is, whether it knows how or not."""
    values = [on[pair].score for pair in pairs]
    known = [value for value in values if value is not None]
    return iqm(known) if len(known) == len(values) else None


def _left_out(on: Mapping[str, Standing], pairs: Sequence[str]) -> Unranked:
    line = _overall_line(on, None)
    if len(on) == len(pairs):
        lacking = [pair for pair in pairs if on[pair].score is None]
        return Unranked(**line, reason="no score", why=f"no score on {', '.join(lacking)}")
    why = f"plays {len(on)} of {len(pairs)} pairs"
    return Unranked(**line, reason="missing pairs", why=why)


def _overall_line(on: Mapping[str, Standing], score: float | None) -> dict[str, Any]:
    first = _first(on)
    status = min((one.status for one in on.values()), key=LADDER.index)
    stands = {one.track for one in on.values()}
    claims = first.track if first.track != OPEN and stands != {first.track} else None
    return {
        "entry": first.entry,
        "score": rounded(score),
        "train_success": None,
        "seeds": min(len(one.plays) for one in on.values()),
        "status": status,
        "claimed": claims,
    }


def _first(on: Mapping[str, Standing]) -> Entry:
    return next(iter(on.values())).entry


def _together(found: Sequence[Scores]) -> Scores:
    """Scores of single entries as those of all."""
    if not found:
        return Scores(np.zeros(0), np.zeros((0, 1), dtype=np.float32))
    return Scores(
        np.concatenate([one.values for one in found]), np.concatenate([one.drawn for one in found])
    )


def rounded(value: float | None) -> float | None:
    """As records have their figures."""
    return None if value is None else float(f"{value:.{DIGITS}g}") + 0.0
