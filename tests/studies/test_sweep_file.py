"""Sweep files: everything in them is held against what there is before anything runs."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from gmbench import registry
from gmbench.errors import RecipeError
from gmbench.studies import Sweep, load_sweep, sweep
from gmbench.studies.cell import Cell

RECIPE = "pair: corner\nparameters: {size: 7}\nsteps: 1000\nseed: 3\nalpha: 0.25\n"
START = "name: tiny\nrecipes: [mouse.yaml]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mouse.yaml").write_text(RECIPE)
    (tmp_path / "corner.yaml").write_text(RECIPE)
    (tmp_path / "keys.yaml").write_text(
        "pair: keys\nparameters: {size: 9, layout: blocks}\nsteps: 1000\n"
    )
    (tmp_path / "wrong.yaml").write_text("pair: corner\nsteps: none\n")
    (tmp_path / "mine.yaml").write_text(
        "name: mine\nversion: 0\nsummary: Small mazes.\nprotocol: transfer\ndeterministic: true\n"
        "entries:\n"
        "  - {pair: corner, parameters: {size: 7}, conditions: [train, test], levels: 9}\n"
        "  - {pair: dish, conditions: [train, test], levels: 9}\n"
    )
    return tmp_path


def loaded(folder: Path, text: str) -> Sweep:
    file = folder / "sweep.yaml"
    file.write_text(text)
    return load_sweep(file)


def test_the_example_in_the_manual_is_a_sweep(folder: Path) -> None:
    found = loaded(folder, dedent((sweep.__doc__ or "").partition("::\n\n")[2]))
    cells = found.cells()
    assert len(cells) == 5 * 8
    assert {cell.recipe.alpha for cell in cells} == {0, 1e-3, 1e-2, 0.1, 1}
    assert cells[0].checkpoints == 50_000
    (entry,) = cells[0].evaluation.entries
    assert (entry.pair, entry.levels, entry.references) == ("corner", 200, ("random",))


def test_what_is_left_out_is_the_recipe_s_own(folder: Path) -> None:
    (cell,) = loaded(folder, START).cells()
    assert (cell.recipe.alpha, cell.recipe.seed, cell.label) == (0.25, 3, "mouse")
    (entry,) = cell.evaluation.entries
    assert entry.conditions == ("train", "test")
    assert dict(entry.parameters) == {"size": 7, "layout": "tree"}
    assert cell.evaluation.deterministic is False


def test_cells_are_recipes_by_alphas_by_seeds(folder: Path) -> None:
    text = "name: two\nrecipes: [mouse.yaml, keys.yaml]\nalphas: [1, 0]\nseeds: [7, 5]\n"
    found = [(c.label, c.recipe.alpha, c.recipe.seed) for c in loaded(folder, text).cells()]
    assert found == [
        (label, alpha, seed) for label in ("mouse", "keys") for alpha in (0, 1) for seed in (5, 7)
    ]


def test_a_suite_is_played_in_the_part_of_the_recipe_s_pair(folder: Path) -> None:
    (cell,) = loaded(folder, START + "evaluate: {suite: mine.yaml}\n").cells()
    assert [entry.pair for entry in cell.evaluation.entries] == ["corner"]
    assert cell.evaluation.deterministic is True
    text = "name: shipped\nrecipes: [keys.yaml]\nevaluate: {suite: native}\n"
    (cell,) = loaded(folder, text).cells()
    assert cell.evaluation.name == "native"


def test_the_digest_is_of_what_is_done(folder: Path) -> None:
    def digest(text: str) -> str:
        (cell,) = loaded(folder, text).cells()
        return cell.digest

    base = digest(START)
    assert digest("name: other\nrecipes: [corner.yaml]\nseeds: [3]\nalphas: [0.25]\n") == base
    others = [
        START + "seeds: [4]\n",
        START + "alphas: [0.5]\n",
        START + "evaluate: {levels: 100}\n",
        START + "evaluate: {conditions: [train, test, no-goal]}\n",
        START + "evaluate: {references: [random]}\n",
        START + "evaluate: {deterministic: true}\n",
        START + "evaluate: {suite: mine.yaml}\n",
        START + "checkpoints: 100\n",
        START + "checkpoints: [100, 200]\n",
    ]
    assert len({base, *map(digest, others)}) == 1 + len(others)


def test_a_new_version_of_the_world_is_another_cell(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from gmbench.worlds import corner

    (cell,) = loaded(folder, START).cells()
    before = cell.digest
    world = replace(corner.PAIR.world, version=7)
    monkeypatch.setattr(corner, "PAIR", replace(corner.PAIR, world=world))
    assert cell.digest != before


def test_a_cell_s_folder_tells_what_it_is(folder: Path) -> None:
    (cell,) = loaded(folder, START).cells()
    assert cell.name == f"mouse-alpha-0.25-seed-3-{cell.digest[:12]}"
    odd = Cell(cell.recipe, cell.evaluation, label="../My Mouse!")
    assert odd.name.startswith("my-mouse-alpha-0.25-seed-3-")
    assert odd.digest == cell.digest
    said = Cell(cell.recipe, cell.evaluation, label="ppo-alpha-0.25")
    assert said.name.startswith("ppo-alpha-0.25-seed-3-")  # once is enough


def test_a_study_s_options_have_defaults(folder: Path) -> None:
    found = loaded(folder, START + "study: selection\nseeds: 5\n")
    assert found.options == {"competent": 0.8, "widths": [0.4, 0.3, 0.2, 0.1]}
    text = START + "study: selection\nseeds: 5\noptions: {competent: 1, widths: [0.5]}\n"
    assert loaded(folder, text).options == {"competent": 1.0, "widths": [0.5]}


def test_studies_are_found_by_their_file_names() -> None:
    assert {"dose", "selection"} <= set(registry.STUDIES.names())
    for name in registry.STUDIES.names():
        module = registry.STUDIES.load(name)
        assert callable(module.cells) and callable(module.summarize) and callable(module.say)


BAD = {
    "no name": ("recipes: [mouse.yaml]\n", 1, "missing key name"),
    "an odd name": ("name: My Sweep\nrecipes: [mouse.yaml]\n", 1, "lower case letters"),
    "no recipes": ("name: s\n", 1, "missing key recipes"),
    "recipes empty": ("name: s\nrecipes: []\n", 2, "name at least one file"),
    "no such recipe": ("name: s\nrecipes: [rat.yaml]\n", 2, "there is no recipe 'rat.yaml'"),
    "a recipe twice": (
        "name: s\nrecipes:\n  - mouse.yaml\n  - mouse.yaml\n",
        4,
        "two recipes are called 'mouse'",
    ),
    "one recipe by two names": (
        "name: s\nrecipes: [mouse.yaml, corner.yaml]\n",
        2,
        "two cells of the sweep are the same",
    ),
    "unknown key": (START + "alpha: 1\n", 3, "did you mean alphas"),
    "alpha too large": (START + "alphas: [0, 1.5]\n", 3, "numbers from 0 to 1"),
    "alpha of words": (START + "alphas: [much]\n", 3, "numbers from 0 to 1"),
    "alpha twice": (START + "alphas: [0.1, 1e-1]\n", 3, "listed twice"),
    "no alphas": (START + "alphas: []\n", 3, "alphas is empty"),
    "no seeds": (START + "seeds: 0\n", 3, "seeds must be from 1"),
    "seeds empty": (START + "seeds: []\n", 3, "seeds is empty"),
    "seed twice": (START + "seeds: [1, 1]\n", 3, "listed twice"),
    "seed below 0": (START + "seeds: [-1]\n", 3, "seeds must be from 0"),
    "no checkpoints": (START + "checkpoints: 0\n", 3, "every 1 or more steps"),
    "checkpoints of words": (START + "checkpoints: often\n", 3, "every so many steps"),
    "unknown study": (START + "study: doze\n", 3, "did you mean dose"),
    "options of nobody": (START + "options: {a: 1}\n", 3, "options are a study's"),
    "unknown option": (
        START + "study: selection\nseeds: 2\noptions: {competant: 1}\n",
        5,
        "did you mean competent",
    ),
    "an option of words": (
        START + "study: selection\nseeds: 2\noptions: {competent: very}\n",
        5,
        "competent must be a number",
    ),
    "an option that is no list": (
        START + "study: selection\nseeds: 2\noptions: {widths: 0.1}\n",
        5,
        "widths must be a list",
    ),
    "a dose of one": (START + "study: dose\n", 1, "two alphas or more"),
    "a dose of one that is listed": (
        START + "seeds: 2\nstudy: dose\nalphas: [0]\n",
        5,
        "two alphas or more",
    ),
    "an option out of range": (
        START + "study: selection\nseeds: 2\noptions: {competent: 2}\n",
        5,
        "competent is a share",
    ),
    "a recipe that a study cannot use": (START + "study: salience\n", 2, "is studied on dish"),
    "a dose of another protocol": (
        START + "study: dose\nalphas: [0, 1]\nevaluate: {protocol: intent}\n",
        5,
        "dose needs the protocol transfer",
    ),
    "a selection without the test": (
        START + "study: selection\nseeds: 2\nevaluate: {conditions: [train]}\n",
        5,
        "selection needs test under conditions",
    ),
    "unknown evaluation": (START + "evaluate: {level: 9}\n", 3, "did you mean levels"),
    "no levels": (START + "evaluate: {levels: 0}\n", 3, "levels must be from 1"),
    "unknown condition": (START + "evaluate: {conditions: [train, tst]}\n", 3, "did you mean test"),
    "without training": (START + "evaluate: {conditions: [test]}\n", 3, "must hold train"),
    "condition twice": (START + "evaluate: {conditions: [train, train]}\n", 3, "listed twice"),
    "unknown reference": (START + "evaluate: {references: [gaol]}\n", 3, "did you mean goal"),
    "unknown protocol": (START + "evaluate: {protocol: transfr}\n", 3, "did you mean transfer"),
    "unknown suite": (START + "evaluate: {suite: nativ}\n", 3, "did you mean native"),
    "suite and more": (START + "evaluate: {suite: native, levels: 9}\n", 3, "unknown key 'levels'"),
    "suite of other mazes": (START + "evaluate: {suite: native}\n", 3, "the recipe trains with"),
    "suite without the pair": (START + "evaluate: {suite: quick}\n", 3, "has no pair corner"),
}


@pytest.mark.bad_input
@pytest.mark.parametrize("case", BAD)
def test_a_mistake_is_one_line_that_names_its_place(case: str, folder: Path) -> None:
    text, line, words = BAD[case]
    with pytest.raises(RecipeError) as caught:
        loaded(folder, text)
    message = str(caught.value)
    assert message.startswith(f"{folder / 'sweep.yaml'}:{line}: ") and words in message
    assert len(message.splitlines()) == 1


@pytest.mark.bad_input
def test_too_many_cells_are_refused_before_they_are_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("gmbench.studies.sweep.Sweep.product")
    with pytest.raises(RecipeError, match="the sweep has 110,000 cells; 1 to 100,000 can be run"):
        loaded(folder, START + f"seeds: 10000\nalphas: {[n / 10 for n in range(11)]}\n")


@pytest.mark.bad_input
def test_a_recipe_s_mistake_names_the_recipe(folder: Path) -> None:
    with pytest.raises(RecipeError, match=r"wrong\.yaml:2: steps must be a whole number"):
        loaded(folder, "name: s\nrecipes: [wrong.yaml]\n")
