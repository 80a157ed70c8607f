"""The page as a reader uses it, in headless Chromium."""

import shutil

import pytest

from benchmark.report.page import render_page
from benchmark.report.results import read_results

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (extra `browser`)")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
HOSTILE = "<img src=x onerror=alert(1)><b>x</b>"


@pytest.fixture(scope="module")
def address(new_results, tmp_path_factory):
    """The page of three methods in two settings, a failed one and one with a hostile name."""
    results = new_results()
    for seed in range(3):
        for way in (5, 20):
            for method, accuracy, ms in (("prototypes", 0.9, 0.1), ("lt-di", 0.8, 10.0), ("lv-di", 0.7, 5.0)):
                generates = method != "prototypes"
                key = results.add(accuracy + seed / 500, seed=seed, way=way, method=method, generates_weights=generates)
                results.add_latency(key, 10 * ms, ms)
    results.add(method="vae", reason=HOSTILE)
    results.add_latency(results.add(0.6, method=HOSTILE.replace("/", "")), 1.0, 1.0)
    return written(results, tmp_path_factory.mktemp("page"))


def written(results, folder):
    """The address of the page of these results."""
    (folder / "page.html").write_bytes(render_page(read_results(results.store)))
    return (folder / "page.html").as_uri()


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@pytest.fixture
def visit(browser, address):
    """Opens the page; at the end nothing may have been complained of or asked of anyone else."""
    complaints, requests, opened, visited = [], [], [], []

    def opener(at=address, **options):
        page = browser.new_page(**options)
        opened.append(page)
        visited.append(at)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(at)
        return page

    yield opener
    for page in opened:
        page.close()
    assert complaints == []
    assert requests == visited


def column(page, number):
    """The texts of a column of the first table."""
    return page.locator("tbody").first.locator(f"tr:not(.details) > td:nth-child({number})").all_inner_texts()


def test_sorting(visit):
    page = visit()
    head = page.get_by_role("button", name="accuracy, %")
    head.click()
    best_first = column(page, 4)
    assert best_first[:2] == ["90.20 ± 0.50"] * 2
    assert best_first[-1] == "–" or best_first[-1] == "failed"
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("accuracy")
    head.click()
    assert column(page, 4)[0] == "60.00" and column(page, 4)[-1] in ("–", "failed")  # what is missing stays last
    page.get_by_role("button", name="way", exact=True).click()
    assert column(page, 2)[0] == "5"
    page.get_by_role("button", name="way", exact=True).click()
    assert column(page, 2)[0] == "20"


def test_filtering(visit):
    page = visit()
    rows = len(column(page, 1))
    assert rows == 10  # five methods, two settings
    page.get_by_label("Search").fill("lt-di 20-way")
    assert column(page, 1) == ["lt-di"] and column(page, 2) == ["20"]
    assert page.locator("#count").inner_text() == "1 row"
    page.get_by_label("Search").fill("no such method")
    assert page.locator("#count").inner_text() == "0 rows" and page.locator("tbody").first.is_hidden()
    page.get_by_label("Search").fill("")
    page.get_by_label("only methods that generate weights").check()
    assert "prototypes" not in column(page, 1) and "lt-di" in column(page, 1)


def test_hovering_and_opening_a_dot(visit):
    page = visit()
    page.get_by_role("button", name="prototypes, 90.20").hover()
    tip = page.locator("#tip")
    assert tip.inner_text() == "prototypes\n90.20 ± 0.50 %\n0.100 ms per sample"
    page.mouse.move(0, 0)
    assert tip.is_hidden()
    page.get_by_role("button", name="prototypes, 90.20").click()
    details = page.locator("tr.details").first
    assert "AMD EPYC (cpu), 2026-11-22T01:00:00+00:00" in details.inner_text()
    assert "ltdi-bench run fewshot --methods prototypes --datasets omniglot" in details.inner_text()
    page.locator("#plot-cost").select_option("training")
    assert page.locator("#plot svg").get_attribute("aria-label") == "Accuracy against preparation and meta-training, s"


def test_a_cost_that_a_setting_lacks_cannot_be_chosen(visit, results, tmp_path):
    for method in ("lt-di", "lv-di"):
        results.add_latency(results.add(method=method), 1.0, 1.0)
    results.add(suite="budget")
    page = visit(written(results, tmp_path))
    setting, cost = page.locator("#plot-setting"), page.locator("#plot-cost")
    assert cost.input_value() == "sample" and cost.locator("option[disabled]").count() == 0
    setting.select_option(label="budget: omniglot, split 800-400-423, profile cpu, 5-way 1-shot")
    assert cost.input_value() == "training" and page.locator("#plot .dot").count() == 1
    assert cost.locator("option[disabled]").all_inner_texts() == ["ms per sample", "ms to adapt to a task"]
    setting.select_option(index=0)
    assert cost.locator("option[disabled]").count() == 0 and page.locator("#plot .dot").count() == 2


def test_keyboard_alone(visit):
    page = visit()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('dot')"):
            break
    assert page.locator("#tip").is_visible()
    name = page.evaluate("document.activeElement.getAttribute('aria-label')").split(",")[0]
    page.keyboard.press("Enter")
    focused = page.locator(":focus")
    assert focused.inner_text() == name and focused.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Enter")
    assert focused.get_attribute("aria-expanded") == "false" and page.locator("tr.details").count() == 0


def brightness(page):
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(",")))


def test_dark_mode_follows_the_system_and_the_button(visit):
    assert brightness(visit(color_scheme="light")) == 3 * 255
    page = visit(color_scheme="dark")
    assert brightness(page) < 100
    page.get_by_role("button", name="Light").click()
    assert brightness(page) == 3 * 255
    page.get_by_role("button", name="Dark").click()
    assert brightness(page) < 100


def test_phone(visit):
    """Nothing but the tables, which scroll within their frames, is wider than the screen."""
    page = visit(viewport={"width": 375, "height": 812}, has_touch=True)
    for button in page.locator("td .open").all()[:2]:
        button.tap()
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    details = page.locator(".details-box").first.bounding_box()
    assert details["x"] >= 0 and details["x"] + details["width"] <= 375
    assert page.locator("#plot svg").bounding_box()["width"] <= 375


def test_hostile_text_is_shown_as_text(visit):
    page = visit()
    assert HOSTILE.replace("/", "") in column(page, 1)
    for button in page.locator("td .open").all():
        button.click()
    assert HOSTILE in page.locator("#sheets").inner_text()
    assert page.locator("#sheets img, #sheets section b, #tip b").count() == 0
