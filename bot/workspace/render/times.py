"""Instants in words, in the reader's zone and language."""

import re
from datetime import UTC, datetime, timedelta

from bot.workspace.render.readers import Reader

_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_TOKEN = re.compile(r"\{(\w+)\}")


def instant_of(ts: str) -> datetime:
    """The instant that a message `ts` ("1763719200.000100") names."""
    seconds, _, fraction = ts.partition(".")
    micros = int((fraction + "000000")[:6] or "0")
    return datetime.fromtimestamp(int(seconds or "0"), UTC) + timedelta(microseconds=micros)


def clock_time(at: datetime, reader: Reader) -> str:
    """`19:41` on the reader's wall clock."""
    return at.astimezone(reader.zone).strftime("%H:%M")


def day_label(at: datetime, reader: Reader) -> str:
    """`11月22日 周日` or `Sunday, November 22`."""
    local = at.astimezone(reader.zone)
    if reader.language == "zh_CN":
        return f"{local.month}月{local.day}日 周{_WEEKDAYS_ZH[local.weekday()]}"
    return f"{_WEEKDAYS_EN[local.weekday()]}, {_MONTHS_EN[local.month - 1]} {local.day}"


def long_date(at: datetime, reader: Reader) -> str:
    """`2026年11月22日` or `November 22, 2026`."""
    local = at.astimezone(reader.zone)
    if reader.language == "zh_CN":
        return f"{local.year}年{local.month}月{local.day}日"
    return f"{_MONTHS_EN[local.month - 1]} {local.day}, {local.year}"


def short_date(at: datetime, reader: Reader) -> str:
    """`11月22日` or `Nov 22`."""
    local = at.astimezone(reader.zone)
    if reader.language == "zh_CN":
        return f"{local.month}月{local.day}日"
    return f"{_MONTHS_EN[local.month - 1][:3]} {local.day}"


def zone_label(at: datetime, reader: Reader) -> str:
    """`Asia/Shanghai UTC+8`."""
    offset = at.astimezone(reader.zone).utcoffset() or timedelta()
    minutes = int(offset.total_seconds() // 60)
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"{reader.zone.key} UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")


def fill_date(template: str, at: datetime, reader: Reader) -> str:
    """Fills Slack's date tokens (`{date_short} {time}`); unknown tokens stay as they are."""
    filled = {
        "date_num": at.astimezone(reader.zone).strftime("%Y-%m-%d"),
        "date": long_date(at, reader),
        "date_pretty": long_date(at, reader),
        "date_short": short_date(at, reader),
        "date_short_pretty": short_date(at, reader),
        "date_long": f"{day_label(at, reader)}",
        "date_long_pretty": f"{day_label(at, reader)}",
        "day_divider_pretty": day_label(at, reader),
        "time": clock_time(at, reader),
        "time_secs": at.astimezone(reader.zone).strftime("%H:%M:%S"),
    }
    return _TOKEN.sub(lambda match: filled.get(match.group(1), match.group(0)), template)
