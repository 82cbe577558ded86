"""The site in a real browser: what visitors can do there, and what must not happen."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from made_sites import pages
from PIL import Image

from gmbench.leaderboard.site.serving import HOST, address, server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BOARD = "index.html"
KINDS = ("index.html", "pairs/corner.html", "entries/made-1.html")
OTHERS = ("throughput.html", "method.html", "data.html")
SCORES = (
    "() => [...document.querySelectorAll('tbody[data-pair=corner] td.score')].map(c => c.dataset.v)"
)
SHOWN = (
    "() => [...document.querySelectorAll('tr:is(.ranked, .unranked)')]"
    ".filter(r => r.offsetParent).length"
)


@pytest.fixture(scope="module")
def top(site: Path) -> Iterator[str]:
    """The site's address, served from a subfolder."""
    with server(site.parent.parent, 0) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield f"{address(serving)}a/board/"
        serving.shutdown()
        thread.join()


@contextmanager
def opened(browser: Browser, url: str = "", **how: Any) -> Iterator[Page]:
    """A page; what its console says, what fails, and what it asks others for fail the test."""
    complaints: list[str] = []
    context = browser.new_context(**how)
    page = context.new_page()

    def asked(route: Any) -> None:
        own = route.request.url.startswith(("file://", f"http://{HOST}:", "data:"))
        if own:
            route.continue_()
        else:
            complaints.append(f"asked for {route.request.url}")
            route.abort()

    def failed(request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # what was under way when the page was left
            complaints.append(f"failed: {request.url}")

    page.route("**/*", asked)
    page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", failed)
    page.on("dialog", lambda dialog: (complaints.append("a dialog"), dialog.dismiss()))
    if url:
        page.goto(url)
    yield page
    context.close()
    assert not complaints


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def order(page: Page, name: str) -> str | None:
    header = page.locator("th", has=page.get_by_role("button", name=name, exact=True))
    found: str | None = header.first.get_attribute("aria-sort")
    return found


def test_columns_sort_by_mouse_and_keyboard(browser: Browser, top: str) -> None:
    with opened(browser, f"{top}{BOARD}") as page:
        first = page.evaluate(SCORES)
        assert order(page, "Pursues the goal") == "none"
        button(page, "Pursues the goal").click()
        assert order(page, "Pursues the goal") == "descending"
        assert page.evaluate(SCORES) == sorted(first, key=float, reverse=True)
        button(page, "Pursues the goal").focus()
        page.keyboard.press("Enter")
        assert order(page, "Pursues the goal") == "ascending"
        assert page.evaluate(SCORES) == sorted(first, key=float)
        page.keyboard.press("Space")
        assert order(page, "Pursues the goal") == "none"
        assert page.evaluate(SCORES) == first
        assert page.url == f"{top}{BOARD}"


def test_filters_narrow_the_board_and_stand_in_the_address(browser: Browser, top: str) -> None:
    with opened(browser, f"{top}{BOARD}") as page:
        everyone = page.evaluate(SHOWN)
        page.get_by_label("Status").select_option("recomputed")
        recomputed = page.evaluate(SHOWN)
        assert 0 < recomputed < everyone
        page.get_by_label("Pair").select_option("keys")
        assert 0 < page.evaluate(SHOWN) < recomputed
        assert page.locator("tbody:visible").count() == 1
        assert page.url == f"{top}{BOARD}?status=recomputed&pair=keys"
        assert page.locator("output").inner_text().startswith(f"{page.evaluate(SHOWN)} of ")
        page.get_by_role("button", name="Clear").click()
        assert page.evaluate(SHOWN) == everyone
        assert page.url == f"{top}{BOARD}"
        page.get_by_label("Observation").select_option("grid")
        assert 0 < page.evaluate(SHOWN) < everyone
        page.get_by_label("Track").select_option("open")
        assert "track=open" in page.url


def test_an_address_brings_back_what_was_chosen(browser: Browser, top: str) -> None:
    query = "?status=recomputed&pair=corner&sort=2&order=ascending"
    with opened(browser, f"{top}{BOARD}{query}") as page:
        assert page.get_by_label("Status").input_value() == "recomputed"
        assert page.evaluate(SHOWN) == 1
        assert order(page, "Pursues the goal") == "ascending"
        assert page.evaluate(SCORES) == sorted(page.evaluate(SCORES), key=float)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "query", ["?sort=99&order=x", "?pair=%3Cscript%3E&track=__proto__", "?sort=constructor&order="]
)
def test_an_address_of_nonsense_shows_the_whole_board(
    browser: Browser, top: str, query: str
) -> None:
    with opened(browser, f"{top}{BOARD}") as page:
        everyone = page.evaluate(SHOWN)
    with opened(browser, f"{top}{BOARD}{query}") as page:
        assert page.evaluate(SHOWN) == everyone > 0
        assert order(page, "Rank") == "none"


def test_every_page_loads_without_a_complaint_or_a_foreign_request(
    browser: Browser, top: str, site: Path
) -> None:
    with opened(browser) as page:
        for path in pages(site):
            page.goto(f"{top}{path.relative_to(site).as_posix()}")
            assert page.locator("h1").count() == 1


def test_it_works_opened_as_files(browser: Browser, site: Path) -> None:
    with opened(browser, (site / BOARD).as_uri()) as page:
        first = page.evaluate(SCORES)
        button(page, "Pursues the goal").click()
        assert page.evaluate(SCORES) == sorted(first, key=float, reverse=True)
        page.locator("tr.group a").first.click()
        page.wait_for_url("**/pairs/*.html")
        loaded = "() => [...document.images].every(i => i.complete && i.naturalWidth)"
        page.locator("img.wide").scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        assert page.evaluate("() => getComputedStyle(document.body).maxWidth") == "none"
        assert page.evaluate("() => document.querySelector('img.wide').naturalWidth > 0")
        assert page.evaluate(loaded) is not None


def test_it_can_be_read_without_javascript(browser: Browser, top: str) -> None:
    with opened(browser, f"{top}{BOARD}", java_script_enabled=False) as page:
        assert not page.locator("form.filters").is_visible()
        rows = page.locator("tr:is(.ranked, .unranked)")
        assert rows.count() > 4 and all(row.is_visible() for row in rows.all())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_it_fits_the_screen(browser: Browser, top: str, width: int, scheme: Any) -> None:
    how = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    with opened(browser, **how) as page:
        for name in (*KINDS, *OTHERS):
            page.goto(f"{top}{name}")
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            assert wide <= width, name
        page.goto(f"{top}{BOARD}")
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        assert picture.width == width
        assert len(picture.getcolors(1 << 24) or ()) > 500
        paper = sum(picture.getpixel((2, 2)))  # type: ignore[arg-type]
        assert paper > 700 if scheme == "light" else paper < 120


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_axe_finds_no_serious_fault(browser: Browser, top: str, width: int, scheme: Any) -> None:
    from axe_playwright_python.sync_playwright import Axe

    names = (*KINDS, *OTHERS) if (width, scheme) == (1440, "light") else KINDS
    how = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    with opened(browser, **how) as page:
        for name in names:
            page.goto(f"{top}{name}")
            page.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
            found = Axe().run(page).response["violations"]
            bad = [one for one in found if one["impact"] in ("serious", "critical")]
            told = [(one["id"], one["nodes"][0]["html"][:200]) for one in bad]
            assert not told, name


@pytest.mark.bad_input
def test_hostile_names_do_nothing_in_a_browser(browser: Browser, hostile_site: Path) -> None:
    how = {"viewport": {"width": 360, "height": 800}}
    with opened(browser, **how) as page:
        for name in KINDS:
            page.goto((hostile_site / name).as_uri())
            assert page.evaluate("() => window.pwned") is None
            assert page.evaluate("() => document.documentElement.scrollWidth") <= 360
            assert page.locator("a[href^='javascript' i]").count() == 0
