"""The page in Chromium against a workspace with a small bot."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.workspace.browser.small_bot import Trial

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """One Chromium per file. Its loop ends with the file, because other tests bring loops of their own."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium_path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    started = Trial(tmp_path)
    started.start()
    yield started
    started.close()


@pytest.fixture
def open_page(browser: Browser, trial: Trial) -> Iterator[Open]:
    """`open_page("林岚", width=390, dark=True)`: a tab of that person; a fault in its script fails the test."""
    faults: list[str] = []
    contexts = []

    def opened(person: str, place: str = "c/C0LIVETEAM", *, width: int = 1280, dark: bool = False, **more: str) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 820},
            color_scheme="dark" if dark else "light",
            locale="zh-CN",
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(6000)
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(trial.url(person, place, **more))
        page.wait_for_selector("body:not(.lost)")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []
