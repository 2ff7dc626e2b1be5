"""What people do on the page, as they do it: by keyboard and by the names that a screen reader says."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from bot.workspace.feed import QUEUE
from tests.workspace.browser.conftest import Open
from tests.workspace.browser.small_bot import Trial

pytestmark = [pytest.mark.browser]


def box(page: Page) -> Locator:
    return page.get_by_role("textbox", name=re.compile("发消息到|Message "))


def type_and_send(page: Page, words: str) -> None:
    box(page).fill(words)
    box(page).press("Enter")


def cards(page: Page) -> Locator:
    return page.locator("#messages li.message", has=page.get_by_role("heading", name=re.compile("清单")))


def test_enter_sends_shift_enter_breaks_and_composing_does_not_send(open_page: Open) -> None:
    page = open_page("陈姐")
    box(page).fill("第一行")
    box(page).press("Shift+Enter")
    box(page).press_sequentially("第二行")
    box(page).dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    expect(page.locator("#messages li.message")).to_have_count(0)
    box(page).press("Enter")
    expect(page.locator("#messages li.message")).to_have_count(1)
    expect(page.locator("#messages .text")).to_contain_text("第一行第二行")
    expect(box(page)).to_have_value("")


def test_a_slash_offers_commands_with_their_usage(open_page: Open) -> None:
    page = open_page("陈姐")
    page.locator("body").press("/")
    options = page.get_by_role("listbox", name="候选").get_by_role("option")
    expect(options).to_have_count(2)
    expect(options.first).to_contain_text("checklist | form")
    box(page).press("ArrowDown")
    expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("/lunch")
    box(page).press("ArrowUp")
    box(page).press("Enter")
    expect(box(page)).to_have_value("/live ")
    expect(options).to_have_count(1)
    box(page).press("Escape")
    expect(options).to_have_count(0)


def test_at_and_hash_pick_people_and_channels(open_page: Open, trial: Trial) -> None:
    page = open_page("陈姐")
    box(page).press_sequentially("请@小")
    page.get_by_role("option", name=re.compile("@小周")).click()
    box(page).press_sequentially("看#ret")
    box(page).press("Tab")
    expect(box(page)).to_have_value("请@小周 看#retro ")
    box(page).press("Enter")
    sent = page.locator("#messages .text")
    expect(sent.locator(".mention").first).to_have_text("@小周")
    sent.get_by_role("link", name="#retro").click()
    expect(page.get_by_role("heading", name="retro", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("/c/C0RETROLOG"))


def test_a_card_changes_in_place_for_two_people_in_two_tabs(open_page: Open, trial: Trial) -> None:
    chen, zhou = open_page("陈姐"), open_page("小周")
    type_and_send(chen, "/live checklist")
    for page in (chen, zhou):
        expect(cards(page)).to_have_count(1)
    row = cards(chen).locator(".section", has_text="检查设备")
    row.get_by_role("button", name="完成").click()
    for page in (chen, zhou):
        expect(cards(page).get_by_role("heading")).to_have_text("清单 1 / 3")
    cards(zhou).locator(".section", has_text="样品到位").get_by_role("button", name="完成").click()
    expect(cards(chen).get_by_role("heading")).to_have_text("清单 2 / 3")
    expect(row.get_by_role("button")).to_have_text("撤销")
    expect(cards(chen)).to_have_count(1)


def test_confirm_overflow_and_select_on_a_card(open_page: Open, trial: Trial) -> None:
    page = open_page("陈姐")
    trial.bot.done.add("检查设备")
    type_and_send(page, "/live checklist")
    cards(page).get_by_role("button", name="全部清空").click()
    ask = page.get_by_role("dialog", name="清空？")
    ask.get_by_role("button", name="算了").click()
    expect(ask).to_be_hidden()
    expect(cards(page).get_by_role("heading")).to_have_text("清单 1 / 3")
    cards(page).get_by_role("button", name="全部清空").click()
    ask.get_by_role("button", name="清空吧").click()
    expect(cards(page).get_by_role("heading")).to_have_text("清单 0 / 3")
    cards(page).get_by_label("更多操作", exact=True).click()
    cards(page).get_by_role("button", name="归档").click()
    cards(page).get_by_role("combobox", name="按人查看").select_option("老吴")
    page.wait_for_function("() => !document.querySelector('[aria-busy=true]')")
    assert trial.bot.seen[-2:] == ["U0CHENJIE2 list.more 归档", "U0CHENJIE2 list.who 老吴"]


def test_a_searched_select_offers_what_the_app_finds(open_page: Open, trial: Trial) -> None:
    page = open_page("陈姐")
    type_and_send(page, "/live checklist")
    search = cards(page).get_by_role("combobox", name="找商品")
    search.fill("SKU")
    expect(page.locator("#messages datalist option")).to_have_count(2)
    search.fill("SKU-102 蓝")
    expect(page.locator("#messages datalist option")).to_have_count(1)
    search.press("Tab")
    page.wait_for_function("() => !document.querySelector('[aria-busy=true]')")
    assert trial.bot.seen[-1].startswith("U0CHENJIE2 list.find SKU-102 蓝")


def test_channels_are_made_left_and_joined_and_people_written_to(open_page: Open) -> None:
    page, other = open_page("陈姐"), open_page("小周")
    page.get_by_role("button", name="浏览或新建").click()
    page.get_by_role("searchbox").fill("秘密")
    page.get_by_role("button", name="新建私有频道 · #秘密").click()
    expect(page.get_by_role("heading", name="秘密", exact=True)).to_be_visible()
    page.get_by_role("button", name=re.compile("1 位成员")).click()
    page.get_by_role("button", name="邀请成员…").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("小周")).click()
    expect(page.get_by_role("button", name=re.compile("2 位成员"))).to_be_visible()
    other.get_by_role("link", name=re.compile("秘密")).click()
    other.get_by_role("button", name=re.compile("2 位成员")).click()
    other.get_by_role("button", name="退出这个频道").click()
    expect(other.get_by_role("link", name=re.compile("秘密"))).to_have_count(0)
    page.get_by_role("button", name="给某人发私信").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("小周")).click()
    expect(page.get_by_role("heading", name="小周", exact=True)).to_be_visible()
    type_and_send(page, "在吗")
    expect(other.get_by_role("link", name=re.compile("陈姐"))).to_contain_text("1")


def test_a_form_keeps_its_values_shows_errors_and_closes(open_page: Open, trial: Trial) -> None:
    page = open_page("陈姐")
    type_and_send(page, "/live form")
    form = page.get_by_role("dialog", name="排一场 1")
    form.get_by_role("button", name="保存").click()
    expect(form.get_by_role("alert").filter(has_text="请填写这一项")).to_have_count(2)
    theme = form.get_by_role("textbox", name="主题")
    expect(theme).to_be_focused()
    expect(theme).to_have_attribute("aria-invalid", "true")
    theme.fill("x")
    form.get_by_role("combobox", name="平台").select_option("抖音")
    form.get_by_label("参与的人").click()
    form.get_by_role("checkbox", name="小周").check()
    form.get_by_label("参与的人").first.press("Escape")
    form.get_by_role("button", name="保存").click()
    expect(form.get_by_role("alert").filter(has_text="主题太短")).to_be_visible()
    form.get_by_role("button", name="换标题").click()
    form = page.get_by_role("dialog", name="换过的标题")
    expect(form.get_by_role("textbox", name="主题")).to_have_value("x")
    form.get_by_role("textbox", name="主题").fill("秋冬外套")
    form.get_by_role("button", name="保存").click()
    expect(form).to_have_count(0)
    assert trial.bot.seen[-1] == "saved 秋冬外套 2026-11-23 抖音 U0XZHOUHA7"
    expect(box(page)).to_be_focused()


def test_forms_stack_three_deep_and_escape_closes_the_topmost(open_page: Open) -> None:
    page = open_page("陈姐")
    type_and_send(page, "/live form")
    for depth in (1, 2):
        page.get_by_role("dialog", name=f"排一场 {depth}").get_by_role("button", name="再开一层").click()
    expect(page.locator("dialog.form[open]")).to_have_count(3)
    page.get_by_role("dialog", name="排一场 3").get_by_role("textbox", name="主题").press("Escape")
    expect(page.locator("dialog.form[open]")).to_have_count(2)
    page.reload()
    expect(page.get_by_role("dialog", name="排一场 2")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.form[open]")).to_have_count(0)


def test_a_private_answer_is_marked_and_gone_on_reload(open_page: Open) -> None:
    chen, zhou = open_page("陈姐"), open_page("小周")
    type_and_send(chen, "/live private")
    private = chen.locator("li.message", has_text="只有你能看见")
    expect(private).to_contain_text("仅对你可见")
    expect(zhou.locator("li.message")).to_have_count(0)
    chen.get_by_role("link", name="retro").click()
    chen.get_by_role("link", name="live-team").click()
    expect(private).to_be_visible()
    chen.reload()
    expect(private).to_have_count(0)


def test_a_thread_counts_replies_and_can_be_sent_to_the_channel(open_page: Open) -> None:
    page = open_page("陈姐")
    type_and_send(page, "今晚几点彩排")
    first = page.locator("#messages li.message").first
    first.hover()
    first.get_by_role("button", name="在讨论串中回复").click()
    pane = page.get_by_role("complementary", name="讨论串")
    reply = pane.get_by_role("textbox", name="回复…")
    expect(reply).to_be_focused()
    reply.fill("七点一刻")
    reply.press("Enter")
    expect(pane.locator("li.message")).to_have_count(2)
    expect(first.get_by_role("button", name=re.compile("1 条回复"))).to_be_visible()
    expect(page.locator("#messages li.message")).to_have_count(1)
    pane.get_by_role("checkbox", name="同时发到频道").check()
    reply.fill("都来")
    reply.press("Enter")
    expect(page.locator("#messages li.message")).to_have_count(2)
    reply.fill("/live")
    reply.press("Enter")
    expect(page.locator(".toast-error")).to_contain_text("讨论串")
    reply.press("Escape")
    expect(pane).to_be_hidden()


def test_unread_marks_home_and_shortcuts(open_page: Open, trial: Trial) -> None:
    chen, zhou = open_page("陈姐"), open_page("小周", "c/C0RETROLOG")
    type_and_send(chen, "大家看一下")
    row = zhou.get_by_role("link", name=re.compile("live-team"))
    expect(row).to_contain_text("1")
    row.click()
    expect(zhou.get_by_text("大家看一下")).to_be_visible()
    expect(row.locator(".badge")).to_be_hidden()
    zhou.get_by_role("link", name="Callsheet · 主页").click()
    zhou.get_by_role("button", name="开始").click()
    zhou.wait_for_function("() => !document.querySelector('[aria-busy=true]')")
    message = chen.locator("#messages li.message").first
    message.hover()
    message.get_by_role("button", name="更多消息操作").click()
    chen.get_by_role("menuitem", name="记到复盘").click()
    chen.get_by_role("button", name="快捷操作").click()
    chen.get_by_role("menuitem", name="Wave").click()
    chen.wait_for_timeout(150)
    acts = [line for line in trial.bot.seen if " said " not in line]
    assert acts == ["U0XZHOUHA7 home.go", "U0CHENJIE2 message_action note", "U0CHENJIE2 shortcut wave"]


def test_the_address_of_a_message_leads_to_it(open_page: Open, trial: Trial) -> None:
    page = open_page("陈姐")
    type_and_send(page, "就是这一条")
    ts = page.locator("#messages li.message").get_attribute("data-ts") or ""
    address = f"{trial.workspace.base_url}/archives/C0LIVETEAM/p{ts.replace('.', '')}"
    page.get_by_role("link", name="retro").click()
    expect(page.get_by_role("heading", name="retro", exact=True)).to_be_visible()
    type_and_send(page, address)
    page.get_by_role("link", name=address).click()
    expect(page.locator("li.pointed")).to_contain_text("就是这一条")
    expect(page).to_have_url(re.compile(r"/c/C0LIVETEAM\?as="))
    page.goto(f"{address}?as=U0MEILING4")
    expect(page.locator("li.pointed")).to_contain_text("就是这一条")


def test_edit_delete_react_and_upload(open_page: Open) -> None:
    page = open_page("陈姐")
    type_and_send(page, "样品到啦")
    message = page.locator("#messages li.message").first
    message.hover()
    message.get_by_role("button", name="回应一个对勾").click()
    expect(message.get_by_role("button", name=re.compile("white_check_mark"))).to_have_attribute("aria-pressed", "true")
    message.get_by_role("button", name=re.compile("white_check_mark")).click()
    expect(message.locator(".reaction")).to_have_count(0)
    message.get_by_role("button", name="更多消息操作").click()
    page.get_by_role("menuitem", name="编辑消息").click()
    dialog = page.get_by_role("dialog", name="编辑消息")
    dialog.get_by_role("textbox").fill("样品到了")
    dialog.get_by_role("button", name="保存").click()
    expect(message.locator(".text")).to_have_text(re.compile("样品到了.*已编辑"))
    page.locator("#composer [data-upload]").set_input_files(
        {"name": "价格.csv", "mimeType": "text/csv", "buffer": b"sku,price\n"}
    )
    expect(page.get_by_role("link", name=re.compile("价格.csv"))).to_contain_text("10 B")
    message.hover()
    message.get_by_role("button", name="更多消息操作").click()
    page.get_by_role("menuitem", name="删除消息").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page.locator("#messages li.message")).to_have_count(1)


def test_the_clock_the_wire_log_and_the_faults(open_page: Open, trial: Trial) -> None:
    page = open_page("林岚")
    page.get_by_role("button", name=re.compile("模拟时间")).click()
    before = trial.backstage.now()
    page.get_by_role("button", name="+1 小时").click()
    expect(page.locator("#clock-result")).to_contain_text("现在是")
    assert 3590 < (trial.backstage.now() - before).total_seconds() < 3620
    page.get_by_role("button", name="开播前 30 分钟").click()
    page.get_by_role("tab", name="收发记录").click()
    type_and_send(page, "/live checklist")
    log = page.locator("#wire")
    expect(log.get_by_text("chat.postMessage")).to_be_visible()
    page.get_by_role("searchbox", name="筛选收发记录").fill("slash")
    expect(log.locator("li:visible")).to_have_count(1)
    page.get_by_role("tab", name="故障").click()
    page.get_by_role("combobox", name="方法").fill("chat.update")
    page.get_by_role("combobox", name="发生什么").select_option("HTTP 500")
    page.get_by_role("button", name="开始出错").click()
    expect(page.get_by_role("list", name="已就绪").get_by_text("chat.update")).to_be_visible()


def test_no_answer_in_three_seconds_says_so(open_page: Open) -> None:
    page = open_page("陈姐")
    type_and_send(page, "/live slow")
    expect(page.locator(".toast-error")).to_have_text("应用 3 秒内没有应答")


def test_the_guide_ticks_its_steps(open_page: Open, trial: Trial) -> None:
    page = open_page("林岚")
    steps = page.get_by_role("tabpanel", name="上手").get_by_role("listitem")
    expect(steps).to_have_count(5)
    page.get_by_role("button", name="/live 清单").click()
    expect(box(page)).to_have_value("/live 清单")
    box(page).press("Enter")
    expect(steps.nth(0)).to_have_class("done")
    cards(page).locator(".section", has_text="检查设备").get_by_role("button").click()
    expect(steps.nth(1)).to_have_class("done")
    expect(steps.nth(2)).to_have_class("now")
    page.get_by_role("combobox", name="以谁的身份").select_option("U0XZHOUHA7")
    expect(page).to_have_url(re.compile("as=U0XZHOUHA7"))
    cards(page).locator(".section", has_text="样品到位").get_by_role("button").click()
    expect(steps.nth(2)).to_have_class("done")
    page.get_by_role("button", name=re.compile("模拟时间")).click()
    page.get_by_role("button", name="+10 分钟").click()
    type_and_send(page, "/live form")
    form = page.get_by_role("dialog", name="排一场 1")
    form.get_by_role("textbox", name="主题").fill("新品")
    form.get_by_role("combobox", name="平台").select_option("抖音")
    form.get_by_role("button", name="保存").click()
    expect(form).to_have_count(0)
    page.get_by_role("tab", name="上手").click()
    expect(page.locator("#guide-steps li.done")).to_have_count(5)


def flood(trial: Trial) -> None:
    """More changes at once than a tab's queue holds: its stream ends and has to come again."""
    for _ in range(QUEUE + 10):
        trial.workspace.stage.feed.publish("noise")


def test_a_lost_stream_comes_back_with_what_was_missed(open_page: Open, trial: Trial) -> None:
    chen, zhou = open_page("陈姐"), open_page("小周")
    zhou.context.set_offline(True)
    trial.call(lambda: flood(trial))
    chen.wait_for_timeout(1300)
    type_and_send(chen, "你掉线了吗")
    expect(chen.locator("#messages li.message")).to_have_count(1)
    zhou.context.set_offline(False)
    expect(zhou.get_by_text("你掉线了吗")).to_be_visible()


def test_reset_asks_first_and_clears(open_page: Open, trial: Trial) -> None:
    page = open_page("林岚")
    type_and_send(page, "会被清掉")
    expect(page.locator("#messages li.message")).to_have_count(1)
    page.get_by_role("button", name=re.compile("模拟时间")).click()
    page.get_by_role("button", name="重置试用…").click()
    page.get_by_role("dialog", name="重置这次试用？").get_by_role("button", name="重置").click()
    expect(page.locator("#messages li.message")).to_have_count(0)


def test_hostile_text_stays_text_and_a_real_broadcast_rings(open_page: Open, trial: Trial) -> None:
    page = open_page("陈姐")
    type_and_send(page, '<img src=x onerror="document.title=1"> <!channel> *粗*体 `a<b`')
    shown = page.locator("#messages .text")
    expect(shown).to_contain_text('<img src=x onerror="document.title=1"> <!channel> *粗*体 a<b')
    expect(page.locator("#messages img, #messages li.rings")).to_have_count(0)


@pytest.mark.parametrize(("dark", "width"), [(True, 1280), (False, 390)])
def test_no_accessibility_findings(open_page: Open, *, dark: bool, width: int) -> None:
    page = open_page("陈姐", width=width, dark=dark)
    page.wait_for_timeout(100)
    type_and_send(page, "先说一句")
    type_and_send(page, "/live checklist")
    expect(cards(page)).to_have_count(1)
    type_and_send(page, "/live private")
    expect(page.locator("li.ephemeral")).to_have_count(1)
    page.wait_for_timeout(300)
    assert findings(page) == []
    type_and_send(page, "/live form")
    expect(page.locator("dialog.form[open]")).to_have_count(1)
    page.locator("dialog.form").get_by_role("button", name="保存").click()
    page.wait_for_timeout(300)
    assert findings(page) == []


def test_the_tools_home_and_sheets_have_no_accessibility_findings_either(open_page: Open) -> None:
    page = open_page("林岚")
    type_and_send(page, "/live checklist")
    page.get_by_role("tab", name="收发记录").click()
    expect(page.locator("#wire").get_by_text("chat.postMessage")).to_be_visible()
    found = findings(page)
    for name in ("时钟", "故障"):
        page.get_by_role("tab", name=name).click()
        found += findings(page)
    page.get_by_role("link", name="Callsheet · 主页").click()
    expect(page.get_by_role("button", name="开始")).to_be_visible()
    page.get_by_role("button", name="给某人发私信").click()
    found += findings(page)
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="上手").click()
    page.get_by_role("button", name="和真实 Slack 的差异").click()
    found += findings(page)
    assert found == []


def findings(page: Page) -> list[str]:
    """What axe finds, one line each."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def test_a_phone_stacks_its_panes_and_nothing_overflows(open_page: Open) -> None:
    page = open_page("陈姐", width=390)
    type_and_send(page, "/live checklist")
    expect(cards(page)).to_have_count(1)
    for pane in ("html", "#main", "#messages"):
        assert page.evaluate(f"() => document.querySelector('{pane}').scrollWidth > innerWidth") is False
    expect(page.get_by_role("navigation", name="频道和消息")).to_be_hidden()
    page.get_by_role("button", name="频道和消息").click()
    page.get_by_role("link", name="retro").click()
    expect(page.get_by_role("heading", name="retro", exact=True)).to_be_visible()
    expect(page.get_by_role("navigation", name="频道和消息")).to_be_hidden()
    page.get_by_role("button", name="故障").click()
    expect(page.get_by_role("tabpanel", name="故障")).to_be_visible()
    expect(page.get_by_role("main")).to_be_hidden()


def test_language_follows_the_person_and_the_switch(open_page: Open) -> None:
    page = open_page("Oliver")
    expect(page.get_by_text("Local trial · not connected to any real Slack")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_text("本地试用 · 没有连接任何真实 Slack")).to_be_visible()
    page.get_by_role("button", name="浅色或深色").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    dark = page.evaluate("() => getComputedStyle(document.querySelector('#main')).backgroundColor")
    assert dark == "rgb(23, 27, 26)"


def test_nothing_is_asked_of_the_outside(open_page: Open, trial: Trial) -> None:
    page = open_page("陈姐")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    type_and_send(page, "https://example.com/picture.png")
    type_and_send(page, "/live checklist")
    expect(cards(page)).to_have_count(1)
    page.reload()
    expect(page.get_by_role("link", name="https://example.com/picture.png")).to_be_visible()
    assert [url for url in asked if not url.startswith(trial.workspace.base_url)] == []
