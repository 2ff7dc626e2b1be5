"""The team's evening in the product itself, in Chinese and in English; it also takes the README's pictures."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.driving import HOME

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
IMAGES = HOME / "docs" / "images"
Tab = Callable[..., Page]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`callsheet run` as a newcomer starts it, at an evening of its own; ended by id."""
    folder = tmp_path_factory.mktemp("evening")
    hidden = ("SLACK_", "DATABASE_", "SECRET_", "PYTHONDONT")
    env = {key: value for key, value in os.environ.items() if not key.startswith(hidden)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run", "--port", "0", "--data", str(folder / "data"),
             "--now", "2026-11-22T18:42:00+08:00"],
            stdout=subprocess.PIPE, stderr=log, text=True, cwd=folder, env={**env, "PYTHONPATH": str(HOME)},
        )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    assert " ready " in line, (folder / "log").read_text()
    yield line.split(" ready ")[1].strip()
    process.terminate()
    assert process.wait(timeout=8) == 0
    assert "Traceback" not in (folder / "log").read_text()


@pytest.fixture
def tab(browser: Browser, address: str) -> Iterator[Tab]:
    """`tab("U0XZHOUHA7", lang="zh-CN")`: a browser tab of that person; a fault in its script fails the test."""
    faults: list[str] = []
    outside: list[str] = []
    contexts = []
    base, _, key = address.partition("/?key=")

    def opened(person: str, *, width: int = 1360, height: int = 900, dark: bool = False, **more: str) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(8000)
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on("request", lambda request: outside.append(request.url) if not request.url.startswith(base) else None)
        query = "".join(f"&{name}={value}" for name, value in more.items())
        page.goto(f"{base}/?key={key}")
        page.goto(f"{base}/c/C0LIVETEAM?as={person}{query}")
        page.wait_for_selector("body:not(.lost)")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []
    assert outside == []


def keep(page: Page, name: str) -> None:
    """A picture for the README; it replaces the committed one only when asked (`make images`)."""
    page.wait_for_timeout(250)
    picture = page.screenshot(animations="disabled")
    assert len(picture) > 20_000
    if os.environ.get("CALLSHEET_IMAGES"):
        IMAGES.mkdir(parents=True, exist_ok=True)
        (IMAGES / f"{name}.png").write_bytes(picture)


def say(page: Page, words: str) -> None:
    box = page.get_by_role("textbox", name=re.compile("发消息到|Message "))
    box.fill(words)
    box.press("Enter")


def card(page: Page) -> Locator:
    return page.locator("#messages li.message", has_text="/45").last


def row(page: Page, words: str) -> Locator:
    return card(page).locator(".section", has_text=words)


def opened_by(page: Page, button: Locator) -> Locator:
    """The dialog that a press opens. On a busy machine the two seconds in which Slack lets a form be opened may pass;
    then people press again, and so does this."""
    dialog = page.get_by_role("dialog")
    button.click()
    try:
        expect(dialog).to_be_visible(timeout=4000)
    except AssertionError:
        button.click()
        expect(dialog).to_be_visible()
    return dialog


def test_the_evening_in_chinese(tab: Tab) -> None:
    chen, zhou = tab("U0CHENJIE2"), tab("U0XZHOUHA7")
    say(chen, "/live 清单")
    expect(card(chen)).to_contain_text("冬季保温好物专场")
    expect(card(zhou)).to_contain_text("库存与价格二次核对")
    before = card(chen).inner_text()
    row(zhou, "库存与价格二次核对").get_by_role("button", name="完成").click()
    expect(row(chen, "库存与价格二次核对")).to_have_count(0)
    assert card(chen).inner_text() != before
    assert chen.locator("#messages li.message", has_text="/45").count() == 1
    card(chen).locator(".section").first.scroll_into_view_if_needed()
    keep(chen, "evening-zh")


def test_one_s_own_view_ticks_and_unticks(tab: Tab) -> None:
    zhou = tab("U0XZHOUHA7")
    say(zhou, "/live 清单")
    dialog = opened_by(zhou, card(zhou).get_by_role("button", name=re.compile("全部")))
    expect(dialog).to_contain_text("复盘会与改进项")
    item = dialog.locator(".section", has_text="全员到岗签到")
    item.get_by_role("button", name="完成").click()
    item.get_by_role("button", name="撤销").click()
    expect(item.get_by_role("button", name="完成")).to_be_visible()
    report = Axe().run(zhou)
    assert report.violations_count == 0, report.generate_report()
    zhou.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_show_is_planned_by_form_with_errors_at_their_fields(tab: Tab) -> None:
    chen = tab("U0CHENJIE2")
    say(chen, "/live show new")
    dialog = chen.get_by_role("dialog")
    dialog.get_by_label(re.compile("主题")).fill("   ")
    dialog.get_by_role("button", name=re.compile("排期|保存|提交|安排|创建")).last.click()
    expect(dialog.get_by_role("alert").filter(has_text=re.compile("主题"))).to_be_visible()
    dialog.get_by_label(re.compile("主题")).fill("周三小家电专场")
    dialog.get_by_role("button", name=re.compile("排期|保存|提交|安排|创建")).last.click()
    expect(dialog).to_have_count(0)
    expect(chen.locator("#messages li.message", has_text="周三小家电专场").last).to_be_visible()


def test_the_clock_brings_what_falls_due(tab: Tab) -> None:
    chen = tab("U0CHENJIE2")
    say(chen, "/live 清单")
    expect(card(chen)).to_contain_text("逾期")
    was = card(chen).inner_text()
    chen.get_by_role("button", name=re.compile("11月22日")).click()
    chen.get_by_role("button", name=re.compile("开播前 30 分钟")).click()
    expect(card(chen)).to_contain_text(re.compile("逾期 [4-9] 项"))
    assert card(chen).inner_text() != was


def test_the_evening_in_english(tab: Tab) -> None:
    mei = tab("U0MEILING4")
    mei.get_by_role("link", name="Callsheet · Messages").click()
    expect(mei.get_by_role("heading", name="Callsheet", level=2)).to_be_visible()
    say(mei, "checklist")
    expect(card(mei)).to_contain_text("Everyone checked in")
    expect(card(mei)).to_contain_text(re.compile("late", re.IGNORECASE))
    dialog = opened_by(mei, card(mei).get_by_role("button", name=re.compile("Mine")))
    expect(dialog).to_contain_text("Make-up, wardrobe")
    mei.keyboard.press("Escape")
    keep(mei, "evening-en")
    report = Axe().run(mei)
    assert report.violations_count == 0, report.generate_report()


def test_dark_and_on_a_phone(tab: Tab) -> None:
    zhou = tab("U0XZHOUHA7", dark=True)
    expect(card(zhou)).to_be_visible()
    keep(zhou, "evening-dark")
    phone = tab("U0XZHOUHA7", width=390, height=844)
    expect(card(phone)).to_be_visible()
    wide = phone.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390
    keep(phone, "evening-phone")
