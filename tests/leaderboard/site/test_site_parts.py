"""The site's small parts: numbers, names, drawings, folders, serving, the command."""

from __future__ import annotations

import re
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_sites import LONG, PILED, TURNED

from gmbench.cli import run
from gmbench.errors import UsageError
from gmbench.leaderboard.document import Ranking
from gmbench.leaderboard.places import Places
from gmbench.leaderboard.site import bars, charts
from gmbench.leaderboard.site.files import as_json
from gmbench.leaderboard.site.films import Film
from gmbench.leaderboard.site.folder import MARK, replacing_site
from gmbench.leaderboard.site.numbers import percent, speed, two
from gmbench.leaderboard.site.serving import address, server
from gmbench.leaderboard.site.shown import LONGEST, file_name, link, shown
from gmbench.leaderboard.site.templating import code
from gmbench.leaderboard.site.view import Board, Spread
from gmbench.leaderboard.site.watching import watched
from gmbench.records import StepsPerSecond, Throughput

REPOSITORY = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("value", "text"), [(0.714, "0.71"), (-0.031, "−0.03"), (-0.001, "0.00"), (None, "–")]
)
def test_two_digits(value: float | None, text: str) -> None:
    assert two(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(894.2, "894"), (22_881.1, "22.9 k"), (139_278.0, "139 k"), (5.7e6, "5.7 M"), (None, "–")],
)
def test_speeds_are_short(value: float | None, text: str) -> None:
    assert speed(value) == text


def test_shares_are_whole_per_cents() -> None:
    assert [percent(share) for share in (0.0, 0.125, 0.996, None)] == ["0", "12", "100", "–"]
    assert (two(0.025), percent(0.025)) == ("0.03", "3"), "both round alike"


@given(st.text(max_size=300))
def test_a_shown_text_is_short_and_can_be_seen(text: str) -> None:
    found = shown(text)
    assert 0 < len(found) <= max(LONGEST, len("[no name]")) and found.isprintable()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("text", "found"),
    [(TURNED, "[U+202E]gnp.tnega[U+2066] [U+200B][U+200F]"), (LONG, "W" * 59 + "…")],
    ids=["turned", "long"],
)
def test_what_hides_or_turns_is_named(text: str, found: str) -> None:
    assert shown(text) == found


@pytest.mark.bad_input
def test_accents_do_not_pile_up() -> None:
    assert shown(PILED) == "Z" + "\u0301" * 3


@given(st.text(max_size=200), st.text(max_size=200))
def test_file_names_are_plain_and_differ(one: str, other: str) -> None:
    first, second = file_name(one), file_name(other)
    assert re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,80}[a-z0-9])?", first), first
    plain = {one.replace(":", "."), other.replace(":", ".")}
    assert first != second or len(plain) == 1


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http://", "ftp://a.example/x",
     "https://a@b.example/", "https://a.example/\u202e", 'https://a.example/"onclick='],
)  # fmt: skip
def test_only_plain_addresses_are_linked(text: str) -> None:
    assert link(text) is None


def test_plain_addresses_are_linked() -> None:
    assert link("https://arxiv.org/abs/2105.14111") == "https://arxiv.org/abs/2105.14111"
    assert link(None) is None


def test_an_interval_is_drawn_to_scale() -> None:
    drawn = bars.interval(Spread(0.5, 0.25, 1.0, ""), "share")
    low, high = re.search(r'class="reach" d="M([\d.]+) 7H([\d.]+)"', drawn).groups()  # type: ignore[union-attr]
    (dot,) = re.findall(r'cx="([\d.]+)"', drawn)
    assert [float(one) for one in (low, dot, high)] == [28.5, 52.0, 99.0]


def test_scores_beyond_the_axis_stay_on_it() -> None:
    drawn = bars.interval(Spread(-3.0, None, None, ""), "pursuit")
    assert f'cx="{bars.EDGE}"' in drawn and "reach" not in drawn


def test_shares_fill_their_bar() -> None:
    drawn = bars.stack({"goal": 0.25, "proxy": 0.75, "neither": 0.0})
    assert 'class="goal" d="M0 1h30v' in drawn and 'class="proxy" d="M30 1h90v' in drawn
    assert "neither" not in drawn


@pytest.mark.parametrize("text", ["a,b\n1,x y\n2,\n", 'a,b\n1,"x,\\"\n'], ids=["plain", "quoted"])
def test_tables_become_json(text: str) -> None:
    import csv
    import io
    import json

    found = json.loads(as_json(text))
    assert [found["columns"], *found["rows"]] == list(csv.reader(io.StringIO(text)))


def test_a_table_cut_short_keeps_its_frame(ranking: Ranking) -> None:
    board = Board(ranking, lambda place: None)
    (group,) = board.of_pair("corner")
    cut = group.first(2)
    assert cut.entries == 2 < group.entries
    assert [r for r in cut.rows if r.frame] == [r for r in group.rows if r.frame]
    assert group.rows[0].entry.entry == "scripted:goal"


def test_a_site_takes_the_place_of_a_site(tmp_path: Path) -> None:
    for text in ("old", "new"):
        with replacing_site(tmp_path / "deep" / "site") as draft:
            (draft / f"{text}.html").write_text(text)
    found = sorted(path.name for path in (tmp_path / "deep" / "site").iterdir())
    assert found == [MARK, "new.html"]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["site"]


def test_a_site_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    with replacing_site(tmp_path / "site") as draft:
        (draft / "old.html").write_text("old")
    with pytest.raises(ZeroDivisionError), replacing_site(tmp_path / "site") as draft:
        (draft / "new.html").write_text("new")
        1 / 0  # noqa: B018
    assert (tmp_path / "site" / "old.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.bad_input
@pytest.mark.parametrize("what", ["full", "file", "link"])
def test_what_is_no_site_is_not_replaced(tmp_path: Path, what: str) -> None:
    target = tmp_path / "target"
    if what == "full":
        target.mkdir()
        (target / "thesis.tex").write_text("years of work")
    elif what == "file":
        target.write_text("years of work")
    else:
        (tmp_path / "other").mkdir()
        target.symlink_to(tmp_path / "other")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError, match="; name|is a link"), replacing_site(target):
        pytest.fail("it was let in")
    assert sorted(tmp_path.rglob("*")) == before


def test_the_server_serves_the_site_and_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("here")
    (tmp_path / "secret").write_text("not here")
    with server(tmp_path / "site", 0) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        try:
            top = address(serving)
            assert top.startswith("http://127.0.0.1:")
            with urllib.request.urlopen(top) as answer:
                assert answer.read() == b"here"
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"{top}../secret")
            refused.value.close()
        finally:
            serving.shutdown()
            thread.join()


@pytest.mark.bad_input
def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with server(tmp_path, 0) as serving, pytest.raises(UsageError, match="by --port"):
        server(tmp_path, serving.server_port)


def test_the_command_writes_a_site(
    small: Places, ranking: Ranking, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ranking.save(tmp_path / "ranking.json")
    words = ["-o", str(tmp_path / "site"), "--ranking", str(tmp_path / "ranking.json")]
    assert run(["leaderboard", "site", *words, "--root", str(small.root)]) == 0
    assert (tmp_path / "site" / "index.html").is_file()
    assert "index.html" in capsys.readouterr().err


@pytest.mark.bad_input
def test_the_command_asks_for_a_ranking(
    small: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["leaderboard", "site", "-o", str(tmp_path / "s"), "--root", str(small.root)]) == 2
    said = capsys.readouterr().err
    assert "run gmbench leaderboard rank" in said and said.count("\n") == 1
    assert not (tmp_path / "s").exists()


def test_a_pair_is_shown_by_who_goes_for_the_proxy_and_who_for_the_goal() -> None:
    ranking = Ranking.load(REPOSITORY / "leaderboard" / "ranking.json")
    groups = [one for one in Board(ranking, lambda _: None).groups if one.pair is not None]

    def shown_of(pair: str, *filmed: str) -> list[str]:
        films = {(entry, pair): Film(f"{entry}.mp4", "") for entry in filmed}
        here = [one for one in groups if one.pair is not None and one.pair.name == pair]
        return [one.row.entry.entry for one in watched(films, here)]

    trained = ["baselines:ppo-alpha-0", "baselines:ppo-alpha-0.1"]
    frames = ["baselines:ppo-blind", "baselines:ppo-alpha-1"]
    scripts = ["scripted:proxy", "scripted:goal"]
    everyone = [*scripts, "scripted:random", *frames, *trained]
    assert shown_of("corner", *everyone) == trained, "an entry, and not what frames it"
    assert shown_of("corner", *scripts, *frames) == frames
    assert shown_of("follow", *scripts, "scripted:random") == scripts
    assert shown_of("follow", "scripted:random") == ["scripted:random"]
    assert watched({}, groups) == []


def timed_at(batch: int, pair: str = "corner") -> tuple[str, Throughput]:
    return "here", Throughput(
        scope="env",
        pair=pair,
        device="cpu",
        batch=batch,
        steps_per_second=StepsPerSecond(median=2e6, q1=1e6, q3=3e6, repeats=10),
        observation_bytes=243,
        host_copy=False,
    )


def test_speeds_are_drawn_where_there_is_more_than_one_batch() -> None:
    assert charts.speeds([]) is None
    assert charts.speeds([timed_at(256), timed_at(64, "dish")]) is None, "no line comes of it"
    drawn = charts.speeds([timed_at(64), timed_at(256), timed_at(256, "dish")])
    assert drawn is not None and [row["pair"] for row in drawn.rows] == ["corner", "corner"]
    assert "corner · env" in drawn.svg and "dish" not in drawn.svg


def test_backticks_of_a_docstring_are_code_and_markup_stays_text() -> None:
    text = str(code("``a`` and `b < c`, <i>plain</i> 'd'"))
    assert "<code>a</code> and <code>b &lt; c</code>, &lt;i&gt;plain" in text
