"""Tonight's show on the stage: what a diligent team has done by six, its card, and its buttons."""

from __future__ import annotations

from handlers.checklists.service import tick
from handlers.core.cards import Button, Card
from handlers.core.roles import load_posts
from storage.tables import Show
from tests.handlers.stage import CHANNEL, TEAM, Stage

EVENING_CARD = """\
清单：秋冬新品专场
11月22日 周日 20:00–23:00
22/45 · 已完成，其中关键项 10/22
还不能开播：还差 5 项关键项。
逾期 2 项，其中关键 1 项
⚠ 主备网络测速，上行≥10Mbps，做一次切换演练
  关键 · @大刘 · 应 11月21日 周六 20:40 完成 · 晚 21 小时
⚠ 屏蔽词、禁言规则、管理员权限设置
  @小周 · 应 11月21日 周六 21:00 完成 · 晚 21 小时
✓ 提前一周：7 项全部完成
✓ 提前三天：7 项全部完成
○ 提前一天：已完成 7/9
开播前两小时  1/6
✓ 场景布置、商品按序号陈列、道具就位
  @阿宁 17:30
❗ 推流测试≥10分钟，观众端核对画面、声音、延迟
  关键 · @大刘 · 18:00
○ 妆造、服装、手卡、大屏提词确认
  @Mei · 18:10
❗ 库存与价格二次核对（后台对排品表）
  关键 · @小周 · 18:20
○ 投流计划、人群包、素材与预算上限就位
  @阿凯 · 18:30
○ 开播短会10分钟：目标、主推款、风险、分工、叫停口令
  @陈姐 · 18:45
开播前半小时  0/5
❗ 核对直播标题、封面、话题与经营者信息公示入口（办法第26条）
  关键 · @老吴 · 19:15
○ 第一款讲解卡、福袋、优惠券待命
  @小周 · 19:25
❗ 全员到岗签到（主播/备播/助播/场控/客服/技术）
  关键 · @小周 · 19:30
○ 麦电量、备用电源、静音、来电勿扰
  @大刘 · 19:40
❗ Go / No-Go 确认
  关键 · @陈姐 · 19:55
直播中  0/5 · 另有 3 项未完成
❗ 开播3分钟：画面、声音、链接下单路径确认
  关键 · @大刘 · 20:03
❗ 口误/违规现场纠正并登记（办法第31条，留存≥3年）
  关键 · @小周 · 20:30
下播后  0/6 · 另有 2 项未完成
❗ 10分钟内：关闭秒杀与优惠券、恢复价格、停止投流、下架专场链接
  关键 · @小周 · 23:10
❗ 30分钟内：导出平台数据并导入
  关键 · @Oliver · 23:30
❗ 24小时内：复盘会与改进项（负责人+截止日+指标）
  关键 · @陈姐 · 11月23日 周一 23:00
❗ 48小时内：发货率≥95%、异常单清单；录像与审核记录归档
  关键 · @老孙 · 11月24日 周二 23:00"""


def tick_what_is_due(stage: Stage, show: Show, *but: str) -> None:
    """As a diligent team: everything due is done, by its owner, in time."""
    with stage.database.write(TEAM) as store:
        posts = load_posts(store, stage.clock.now().date())
        for item in store.checklists.lines_of(int(stage.run_id(show))):
            owner = posts.owner_of(item.role)
            if item.due_at < stage.clock.now() and item.key not in but and owner and item.state == "open":
                tick(store, item, owner, item.due_at, owner_id=owner)


def card_of(stage: Stage, show: Show, channel: str = CHANNEL) -> Card:
    card = stage.live("checklist", stage.run_id(show), channel)
    assert card is not None
    return card


def row_button(stage: Stage, show: Show, key: str, verb: str = "tick") -> Button:
    """The button of an item as a card drawn now has it."""
    item = stage.item(show, key)
    return Button("", f"checklists.{verb}", {"item": item.id, "version": item.version})
