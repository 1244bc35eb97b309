"""The page in a real browser: Debian's Chromium, at the width of a desk and of a phone, by hand and by keyboard."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from controllers.live.access import Access
from controllers.live.app import Board, make_app
from controllers.live.hub import Hub
from controllers.live.scene import in_a_row
from controllers.live.store import Store
from tests.live.frames import frame, scene, served

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: apt-get install chromium")
WIDTHS = {"desk": (1366, 900), "phone": (390, 844)}
COLOURS = """(id) => {
  const c = document.getElementById(id), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  const seen = new Set();
  for (let k = 0; k < d.length; k += 4)
    if (d[k + 3] > 200) seen.add(d[k] >> 5 << 6 | d[k + 1] >> 5 << 3 | d[k + 2] >> 5);
  return seen.size;
}"""
"""How many colours a canvas has."""
PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
FREE = Access(per_s=1e5, burst=100_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Without a window."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def recorded() -> Iterator[str]:
    """Playback of two minutes of two signals."""
    hub = Hub(Store(None))
    for t in range(120):
        hub.publish(frame(float(t)))
    with served(make_app(Board(scene(), hub, FREE, kind="playback"))) as url:
        yield url


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Browser, recorded: str) -> Iterator[Page]:
    """Opened; what it complains about fails the test."""
    width, height = WIDTHS[request.param]
    found = browser.new_page(viewport={"width": width, "height": height})
    troubles: list[str] = []
    found.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    found.on("pageerror", lambda error: troubles.append(str(error)))
    found.goto(f"{recorded}/?signal=s1&t=60")
    found.wait_for_selector("body[data-ready]")
    yield found
    found.close()
    assert not troubles


def test_it_says_what_the_frames_say(page: Page) -> None:
    expect(page.locator("#onehead")).to_have_text("Signal s1")
    expect(page.locator("#clock")).to_have_text("second 00:01:00")
    rows = page.locator("#lamps tbody tr")
    expect(rows).to_have_count(2)
    said = frame(60.0)["signals"]["s1"]
    shows = {"G": "green", "y": "yellow", "r": "red"}
    for k in range(2):
        expect(rows.nth(k).locator("td").nth(2)).to_have_text(shows[said["state"][k]])
        expect(rows.nth(k).locator("td").nth(4)).to_have_text(str(said["likely_s"][k]))
    expect(page.locator("#alarms li")).to_have_text("loop w0: stuck")
    expect(page.locator("#requests li")).to_have_text("lamp 1: 1 on foot")
    expect(page.locator("#queues tbody td").first).to_have_text("w0_0")


def test_nothing_is_wider_than_the_screen(page: Page) -> None:
    page.locator("#time").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#lamps tbody td").nth(2)).to_have_text("green, gives way")  # the longest word there is
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]  # type: ignore[index]


def test_canvases_are_painted(page: Page) -> None:
    for name in ("map", "strip", "corridor"):
        assert page.evaluate(COLOURS, name) >= 2, name


def test_the_keyboard_reaches_everything(page: Page) -> None:
    page.locator("#signals").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator("#onehead")).to_have_text("Signal s0")
    expect(page.locator("#signals [aria-selected=true]")).to_contain_text("s0")
    page.locator("#time").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#clock")).to_have_text("second 00:01:01")
    page.locator("#map").focus()
    for key in ("+", "-", "ArrowLeft", "0"):
        page.keyboard.press(key)
    page.locator("#find").fill("nobody")
    expect(page.locator("#signals li")).to_have_count(0)


def test_everything_has_a_name_for_screen_readers(page: Page) -> None:
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('input, select, button, canvas, [role=listbox]')].filter((n) => {
        const label = n.id && document.querySelector(`label[for=${n.id}]`);
        return !(n.getAttribute('aria-label') || (label && label.textContent) || n.textContent.trim());
        }).map((n) => n.id)""")
    assert unnamed == []
    assert page.evaluate("document.documentElement.lang") == "en"
    heads = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((n) => +n.tagName[1])")
    assert heads[0] == 1
    assert all(b - a <= 1 for a, b in zip(heads, heads[1:], strict=False))


def test_it_plays(page: Page) -> None:
    page.get_by_role("button", name="Play").click()
    expect(page.locator("#clock")).not_to_have_text("second 00:01:00")
    page.get_by_role("button", name="Pause").click()


def test_first_paint_is_quick(page: Page) -> None:
    assert page.evaluate(PAINT) < 1000.0


def test_live_seconds_arrive_by_themselves(browser: Browser) -> None:
    hub = Hub(Store(600.0))
    hub.publish(frame(0.0))
    with served(make_app(Board(scene(), hub, FREE))) as url:
        page = browser.new_page()
        page.goto(url)
        page.wait_for_selector("body[data-ready]")
        for t in range(1, 8):
            hub.publish(frame(float(t)))
            page.wait_for_timeout(50)
        expect(page.locator("#clock")).to_have_text("now 00:00:07")
        expect(page.locator("#playback")).to_be_hidden()
        hub.publish(frame(8.0, mode="FIXED"))
        expect(page.locator("#signals li").first).to_contain_text("fallback")
        page.close()


def test_silence_is_not_taken_for_news(browser: Browser) -> None:
    hub = Hub(Store(600.0))
    hub.publish(frame(0.0))
    with served(make_app(Board(scene(), hub, FREE))) as url:
        page = browser.new_page()
        page.goto(url)
        expect(page.locator("#clock")).to_have_text("now 00:00:00")
        expect(page.locator("#state")).to_contain_text("nothing heard for", timeout=15_000)
        expect(page.locator("#clock")).to_have_text("last heard at 00:00:00")
        expect(page.locator("#signals li").first).to_contain_text("nothing heard")
        hub.publish(frame(9.0))
        expect(page.locator("#clock")).to_have_text("now 00:00:09")
        expect(page.locator("#signals li").last).to_contain_text("all well")
        expect(page.locator("#state")).to_have_text("")
        page.close()


def test_signals_that_nobody_has_placed_have_no_map(browser: Browser) -> None:
    hub, troubles = Hub(Store(None)), list[str]()
    hub.publish(frame(5.0))
    street = in_a_row("site", {"s0": [("way 1", "vehicle"), ("over 2", "pedestrian")]})
    with served(make_app(Board(street, hub, FREE))) as url:
        page = browser.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(url)
        expect(page.locator("#soon")).to_contain_text("Next change")
        expect(page.locator("#map")).to_be_hidden()
        assert page.locator("#side").bounding_box()["width"] > 1000.0  # type: ignore[index]
        assert troubles == []
        page.close()


def test_a_token_is_asked_for(browser: Browser) -> None:
    from tests.live.test_interface import _token

    hub = Hub(Store(None))
    hub.publish(frame(5.0))
    access = Access((_token("open", "signals", "detectors", "stream"),), 1e5, 100_000)
    with served(make_app(Board(scene(), hub, access, kind="playback"))) as url:
        page = browser.new_page()
        page.goto(url)
        page.get_by_label("Token").fill("open")
        page.get_by_role("button", name="Open").click()
        expect(page.locator("#onehead")).to_have_text("Signal s0")
        page.close()


@pytest.mark.nightly
def test_a_thousand_signals_are_light(browser: Browser) -> None:
    """First paint, and the share of a core that 1 Hz takes: of the page, as the browser counts its own tasks, and of
    the process that serves it, all its threads."""
    hub = Hub(Store(60.0))
    frames = [frame(float(t), 1000) for t in range(21)]
    hub.publish(frames[0])
    with served(make_app(Board(scene(1000), hub, FREE))) as url:
        page = browser.new_page(viewport={"width": 1366, "height": 900})
        page.goto(url)
        page.wait_for_selector("body[data-ready]")
        paint_ms = float(page.evaluate(PAINT))
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")

        def busy_s() -> float:
            metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
            return float(metrics["TaskDuration"])

        before, served_s = busy_s(), time.process_time()
        for one in frames[1:]:
            hub.publish(one)
            page.wait_for_timeout(1000)
        shares = [(busy_s() - before) / 20.0, (time.process_time() - served_s) / 20.0]
        page.close()
    print(f"first paint {paint_ms:.0f} ms; of a core: page {100 * shares[0]:.1f} %, server {100 * shares[1]:.1f} %")
    assert paint_ms < 1000.0
    assert max(shares) < 0.15
