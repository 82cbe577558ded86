"""Charts: every result has one, which shows the result's own numbers and needs no network."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import gmbench
from gmbench.cli import run
from gmbench.errors import RecordError, UsageError
from gmbench.plots import look
from gmbench.plots.file import plot, read_result
from gmbench.records import Record
from gmbench.registry import PLOTS, PROTOCOLS
from gmbench.suites import Suite, SuiteEntry, load_suite

KINDS = ("record", "intent", "degrade", "counterfactual")
Output = pytest.CaptureFixture[str]


def evaluated(kind: str) -> Record:
    """A small result of a protocol, on two pairs where it has as many."""
    if kind == "record":
        entries = tuple(
            SuiteEntry(pair, ("train", "test"), levels=20) for pair in ("corner", "keys")
        )
        return gmbench.evaluate("scripted:random", Suite("small", 0, "", entries, batch_size=64))
    suite = load_suite(kind)
    quick = [entry for entry in suite.entries if entry.pair in ("corner", "dish")]
    entries = tuple(replace(entry, levels=20) for entry in quick)
    return gmbench.evaluate("scripted:goal", replace(suite, entries=entries))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("results")
    for kind in KINDS:
        evaluated(kind).save(folder / f"{kind}.json")
    return {kind: folder / f"{kind}.json" for kind in KINDS}


def words(svg: str) -> str:
    return " ".join("".join(node.itertext()) for node in ET.fromstring(svg).iter() if node.text)


def test_every_protocol_that_evaluates_has_a_chart() -> None:
    assert {"record", *PROTOCOLS.names()} - {"transfer"} <= set(PLOTS.names())
    assert all(callable(PLOTS.load(name).chart) for name in PLOTS.names())


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_drawn_as_one_file_that_needs_no_other(
    kind: str, results: dict[str, Path], tmp_path: Path
) -> None:
    plot(results[kind], tmp_path / "one.svg")
    plot(results[kind], tmp_path / "two.svg")
    svg = (tmp_path / "one.svg").read_text()
    assert svg == (tmp_path / "two.svg").read_text()
    assert set(re.findall(r"https?://[^\s\"'<>]*", svg)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    said, result = words(svg), json.loads(results[kind].read_text())
    for pair in result["results"]:
        assert pair["pair"] in said
    assert result["agent"]["name"] in said and "95 % intervals" in said
    assert look.GOAL in svg and look.PROXY in svg
    plot(results[kind], tmp_path / "one.png")
    assert (tmp_path / "one.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", KINDS)
def test_it_fits_where_people_read_it(kind: str, results: dict[str, Path], tmp_path: Path) -> None:
    """A page of about 700 pixels shows it at its own size, where its smallest words are legible."""
    plot(results[kind], tmp_path / "one.svg")
    svg = (tmp_path / "one.svg").read_text()
    width = re.search(r'<svg[^>]* width="([0-9.]+)"', svg)
    assert width is not None and float(width[1]) <= 740
    assert min(float(size) for size in re.findall(r'font-size="([0-9.]+)px"', svg)) >= 10


def test_one_pair_can_be_drawn_alone(results: dict[str, Path], tmp_path: Path) -> None:
    plot(results["record"], tmp_path / "keys.svg", "keys")
    said = words((tmp_path / "keys.svg").read_text())
    assert "keys" in said and "corner" not in said


def labels(kind: str, path: Path, folder: Path) -> str:
    """What the chart tells a screen reader: every mark with its values."""
    plot(path, folder / f"{kind}.svg")
    return "\n".join(re.findall(r'aria-label="([^"]*)"', (folder / f"{kind}.svg").read_text()))


def shown(value: float) -> str:
    return f"value: {100 * value:.6f}%"


def test_a_record_s_bars_are_its_shares(results: dict[str, Path], tmp_path: Path) -> None:
    said = labels("record", results["record"], tmp_path)
    for result in Record.load(results["record"]).results:
        for name in ("train_success", "goal_first", "proxy_first", "neither"):
            figure = result.metrics[name]
            assert figure.value is not None and figure.low is not None
            assert shown(figure.value) in said and f"low: {figure.low:.6g};" in said


def test_the_lines_of_degrade_are_its_shares(results: dict[str, Path], tmp_path: Path) -> None:
    said = labels("degrade", results["degrade"], tmp_path)
    (result,) = Record.load(results["degrade"]).results
    noisy = [name for name in result.metrics if name.startswith("action-0.8.")]
    assert len(noisy) == 4
    for name in noisy:
        if name.endswith(("train_success", "goal_first", "proxy_first")):
            value = result.metrics[name].value
            assert value is not None
            assert f"noise: 0.8; {shown(value)}" in said


def test_the_map_of_counterfactual_has_its_cells(results: dict[str, Path], tmp_path: Path) -> None:
    said = labels("counterfactual", results["counterfactual"], tmp_path)
    record = Record.load(results["counterfactual"])
    cells: list[Any] = [
        cell
        for result in record.results
        for found in (result.details or {})["maps"]  # type: ignore[union-attr]
        for cell in found["cells"]  # type: ignore[index, call-overload]
    ]
    assert len(re.findall("column: [0-9]+; row: [0-9]+; more: ", said)) == len(cells) > 100


def test_the_chart_of_intent_has_every_episode(results: dict[str, Path], tmp_path: Path) -> None:
    said = labels("intent", results["intent"], tmp_path)
    told = 0
    for result in Record.load(results["intent"]).results:
        for name in ("goal", "proxy"):
            value = result.metrics[f"{name}-0.75.intent_{name}"].value
            assert value is not None and f"noise: 75.000000%; {shown(value)}" in said
        told += result.metrics["intent_goal"].n
    # A column an episode; its lowest part is that of the goal, if it has any.
    assert len(re.findall("from: 0.000000%; ", said)) == told > 30


def test_the_command_writes_the_chart_and_says_so(
    results: dict[str, Path], tmp_path: Path, capsys: Output
) -> None:
    assert run(["plot", str(results["record"]), "-o", str(tmp_path / "c.svg")]) == 0
    out, err = capsys.readouterr()
    assert out == "" and " ".join(err.split()).startswith("wrote ")
    assert (tmp_path / "c.svg").stat().st_size > 1000


def test_a_third_party_s_result_is_drawn_by_its_own_chart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "strange_plots"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "mine.py").write_text(
        "import altair as alt\n"
        "from gmbench.plots import look\n"
        'NAME = "mine"\n'
        "VERSION = 0\n"
        "def chart(result):\n"
        "    rows = look.table({'x': x} for x in result['values'])\n"
        "    return look.framed(alt.Chart(rows).mark_point().encode(x='x:Q'), 'Mine')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    from gmbench import registry

    monkeypatch.setattr(registry, "PLOTS", registry.Registry("plot", ("strange_plots",), "none"))
    (tmp_path / "mine.json").write_text('{"protocol": "mine", "values": [1, 2, 3]}')
    plot(tmp_path / "mine.json", tmp_path / "mine.svg")
    assert "Mine" in words((tmp_path / "mine.svg").read_text())
    (tmp_path / "mine.json").write_text('{"protocol": "mine"}')
    with pytest.raises(RecordError, match="lacks what a chart of mine needs"):
        plot(tmp_path / "mine.json", tmp_path / "mine.svg")


BAD = {
    "not json": ("{", "not JSON"),
    "a list": ("[]", "neither a record nor the result of a protocol or a study"),
    "no result": ("{}", "neither a record nor the result of a protocol or a study"),
    "unknown kind": ('{"protocol": "degarde"}', "unknown plot 'degarde'; did you mean degrade?"),
    "nothing in it": ('{"protocol": "degrade"}', "it lacks what a chart of degrade needs"),
    "a broken record": ('{"schema_version": 1}', "suite: Field required"),
    "no pair played": ('{"protocol": "intent", "results": []}', "no pair was played"),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("case", BAD)
def test_what_is_no_result_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    text, message = BAD[case]
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(UsageError) as raised:
        plot(tmp_path / "r.json", tmp_path / "r.svg")
    assert message in str(raised.value) and "\n" not in str(raised.value)
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


@pytest.mark.bad_input
def test_other_pictures_and_pairs_are_refused(results: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"the name of a chart ends in \.svg or \.png"):
        plot(results["record"], tmp_path / "r.pdf")
    with pytest.raises(RecordError, match="it has no pair 'lava'"):
        plot(results["record"], tmp_path / "r.svg", "lava")
    assert run(["plot", str(results["record"]), "-o", str(results["record"])]) == 2
    assert read_result(results["record"])["schema_version"] == 1
