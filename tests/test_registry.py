from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gmbench import registry
from gmbench.errors import MissingPartError, UnknownNameError, UsageError
from gmbench.registry import AGENTS, PROTOCOLS, WORLDS, Registry
from gmbench.specs import Pair

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it on 3.10

PLUGIN = Path(__file__).parent / "plugin_package"

Announce = Callable[..., None]
InTree = Callable[..., Registry]


def fresh(known: Registry) -> Registry:
    """The same registry, which has not looked around yet."""
    return Registry(known.kind, known.folders, known.entry_point_group, known.holds)


STRANGERS = ("gmbench_tunnel", "stranger")


@pytest.fixture
def announce(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Announce]:
    """Install a package's metadata in a folder of the search path, as an installer would."""
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.syspath_prepend(str(PLUGIN))
    for module in [name for name in sys.modules if name.startswith(STRANGERS)]:
        monkeypatch.delitem(sys.modules, module)  # what another test has imported
    before = set(sys.modules)

    def install(points: dict[str, str], package: str = "gmbench-tunnel", **modules: str) -> None:
        info = site / f"{package.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {value}" for name, value in points.items()]
        (info / "entry_points.txt").write_text("\n".join(["[gmbench.worlds]", *lines, ""]))
        for module, source in modules.items():
            (site / f"{module}.py").write_text(source)

    yield install
    for module in set(sys.modules) - before:
        if module.startswith(STRANGERS):
            del sys.modules[module]


@pytest.fixture
def in_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InTree]:
    """A registry over a folder of a package made of the given files."""

    def make(**sources: str) -> Registry:
        folder = tmp_path / "burrow" / "things"
        folder.mkdir(parents=True)
        (folder.parent / "__init__.py").write_text("")
        for name, source in sources.items():
            (folder / f"{name}.py").write_text(source)
        return Registry("thing", ("burrow.things", "burrow.absent"), "gmbench.nothing")

    monkeypatch.syspath_prepend(str(tmp_path))
    yield make
    for module in [name for name in sys.modules if name.split(".")[0] == "burrow"]:
        del sys.modules[module]


def tunnel_entry_points() -> dict[str, str]:
    project = tomllib.loads((PLUGIN / "pyproject.toml").read_text())["project"]
    points: dict[str, str] = project["entry-points"]["gmbench.worlds"]
    return points


@pytest.mark.parametrize("name", WORLDS.names())
def test_every_world_is_what_its_file_says(name: str) -> None:
    pair = registry.pair(name)
    assert pair.name == name
    assert pair.world.version == WORLDS.versions()[name]
    assert pair.world.condition(pair.train) is not None
    assert pair.world.condition(pair.test) is not None


def test_the_procgen_worlds_and_the_protocol_are_found() -> None:
    games = ("caveflyer", "coinrun", "coinrun-left", "jumper", "maze", "ninja")
    assert {f"procgen-{game}" for game in games} <= set(WORLDS.names())
    assert "transfer" in PROTOCOLS.names()
    assert list(WORLDS.names()) == sorted(WORLDS.names())


@pytest.mark.parametrize("known", [PROTOCOLS, AGENTS], ids=["protocols", "agents"])
def test_every_protocol_and_adapter_loads(known: Registry) -> None:
    for name, version in known.versions().items():
        module = known.load(name)
        assert (name, version) == (module.NAME, module.VERSION)


def test_listing_and_loading_a_world_needs_neither_the_game_nor_torch() -> None:
    code = """
import sys
from gmbench import registry
registry.WORLDS.versions(), registry.PROTOCOLS.versions(), registry.AGENTS.versions()
assert not [m for m in sys.modules if m.startswith(("gmbench.procgen", "gmbench.protocols"))]
registry.pair("procgen-coinrun")
assert "gmbench.procgen.worlds.maze" not in sys.modules
print([m for m in ("procgen", "gym", "torch", "stable_baselines3") if m in sys.modules])
"""
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=PLUGIN.parent.parent, capture_output=True, text=True
    )
    assert (run.stdout, run.stderr) == ("[]\n", "")


def test_a_third_partys_world_is_found_by_its_entry_point(announce: Announce) -> None:
    assert "tunnel" not in fresh(WORLDS).names()
    announce(tunnel_entry_points())
    worlds = fresh(WORLDS)
    assert {"tunnel", "procgen-coinrun"} <= set(worlds.names())
    assert worlds.item("tunnel").package == "gmbench-tunnel"
    assert "gmbench_tunnel" not in sys.modules
    assert isinstance(worlds.load("tunnel").PAIR, Pair)
    assert worlds.versions()["tunnel"] == 3


def test_pair_reads_the_registry_of_the_moment(
    announce: Announce, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce(tunnel_entry_points())
    monkeypatch.setattr(registry, "WORLDS", fresh(WORLDS))
    assert registry.pair("tunnel").world.goal == "the lamp"


def test_names_are_read_without_running_the_files(in_tree: InTree) -> None:
    things = in_tree(
        plain='NAME = "plain"\nVERSION = 2\nraise RuntimeError("imported")\n',
        typed='from typing import Final\nNAME: Final = "typed-one"\nVERSION: Final[int] = 0\n',
        shared="x: int\nx = 1\n",
        _private='NAME = "private"\nVERSION = 0\n',
    )
    assert things.versions() == {"plain": 2, "typed-one": 0}


def test_a_fault_in_our_own_module_is_not_dressed_up(in_tree: InTree) -> None:
    things = in_tree(plain='NAME = "plain"\nVERSION = 2\nraise RuntimeError("a bug")\n')
    with pytest.raises(RuntimeError, match="a bug"):
        things.load("plain")


@pytest.mark.parametrize(
    "source",
    ['NAME = "a" + "b"\nVERSION = 0\n', 'NAME = "ab"\n', 'NAME = "ab"\nVERSION = "0"\n'],
    ids=["computed name", "no version", "version a string"],
)
def test_literals_that_cannot_be_read_are_an_error(in_tree: InTree, source: str) -> None:
    with pytest.raises(UsageError, match=r"burrow\.things\.odd must set NAME"):
        in_tree(odd=source).names()


def test_two_files_with_one_name_are_an_error(in_tree: InTree) -> None:
    source = 'NAME = "same"\nVERSION = 0\n'
    with pytest.raises(UsageError) as raised:
        in_tree(one=source, two=source).names()
    assert "'same' is taken twice: by burrow.things.one and by burrow.things.two" in str(
        raised.value
    )


def test_a_missing_part_is_named_by_the_plugin_itself(announce: Announce) -> None:
    source = "from gmbench.errors import MissingPartError\nraise MissingPartError('install it')\n"
    announce({"stranger": "stranger_a"}, stranger_a=source)
    with pytest.raises(MissingPartError, match="^install it$"):
        fresh(WORLDS).load("stranger")


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("procgen-coinrnu", "unknown world 'procgen-coinrnu'; did you mean procgen-coinrun"),
        ("chess", "unknown world 'chess'; known: " + WORLDS.names()[0]),
        ("", "unknown world ''; known: "),
        ("a\nb", r"unknown world 'a\nb'; known: "),
        ("x" * 1_000_000, "unknown world '" + "x" * 57 + "...'; known: "),
    ],
    ids=["near", "far", "empty", "newline", "megabyte"],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, expected: str) -> None:
    with pytest.raises(UnknownNameError) as raised:
        WORLDS.load(name)
    assert str(raised.value).startswith(expected)
    assert "\n" not in str(raised.value)


SOURCE = 'NAME = "stranger"\nVERSION = 0\n'


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("point", "source", "expected"),
    [
        ("stranger_b", "import nowhere_to_be_found", "cannot be imported: ModuleNotFoundError: "),
        ("stranger_c", "1 / 0", "(stranger_c of package odd) cannot be imported: ZeroDivision"),
        ("stranger_d", 'NAME = "other"', "stranger_d of package odd has another NAME"),
        ("stranger_e", 'NAME = "stranger"', "stranger_e of package odd needs VERSION, of type int"),
        ("stranger_f", SOURCE, "stranger_f of package odd needs PAIR, of type Pair"),
        ("stranger_g:PAIR", SOURCE, "of package odd must name a module, not 'stranger_g:PAIR'"),
        ("/etc/passwd", SOURCE, "of package odd must name a module, not '/etc/passwd'"),
    ],
    ids=["lacks", "raises", "other name", "no version", "no pair", "attribute", "path"],
)
def test_a_faulty_plugin_is_named(
    announce: Announce, point: str, source: str, expected: str
) -> None:
    announce({"stranger": point}, "odd", **{point.split(":")[0].replace("/", "_"): source})
    with pytest.raises(UsageError) as raised:
        fresh(WORLDS).load("stranger")
    assert expected in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.bad_input
@pytest.mark.parametrize("name", ["Stranger", "../stranger", "a b", "-a"])
def test_a_plugins_name_must_be_fit_for_files_and_tables(announce: Announce, name: str) -> None:
    announce({name: "stranger_h"}, "odd")
    with pytest.raises(UsageError, match="must be lower case letters, digits and dashes; rename"):
        fresh(WORLDS).names()


@pytest.mark.bad_input
def test_a_plugin_cannot_take_the_name_of_a_world(announce: Announce) -> None:
    announce({"procgen-coinrun": "gmbench_tunnel.tunnel"}, "odd")
    with pytest.raises(UsageError) as raised:
        fresh(WORLDS).names()
    assert str(raised.value) == (
        "world name 'procgen-coinrun' is taken twice: by gmbench.procgen.worlds.coinrun and by"
        " gmbench_tunnel.tunnel of package odd; rename or uninstall one"
    )


@pytest.mark.bad_input
def test_a_world_that_holds_another_worlds_pair_is_refused(
    announce: Announce, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = 'from gmbench_tunnel.tunnel import PAIR\nNAME = "stranger"\nVERSION = 0\n'
    announce({"stranger": "stranger_i"}, "odd", stranger_i=source)
    monkeypatch.setattr(registry, "WORLDS", fresh(WORLDS))
    with pytest.raises(UsageError, match=r"stranger_i of package odd holds the pair of 'tunnel'$"):
        registry.pair("stranger")
