"""Cards and forms that between them use every part of the vocabulary."""

from __future__ import annotations

from handlers.core.cards import (
    Actions,
    Button,
    Card,
    Chart,
    ChoiceInput,
    Confirm,
    DateInput,
    Divider,
    Fields,
    FileInput,
    Form,
    Heading,
    Image,
    Item,
    Items,
    Marker,
    NumberInput,
    Option,
    Paragraph,
    PersonInput,
    Progress,
    SearchInput,
    Select,
    Table,
    TextInput,
    TimeInput,
)
from handlers.core.text import ChannelRef, Link, Mention, Text, Words, bold, join, text

PHASES = (Option("prep", "开播前"), Option("air", "直播中", "20:00 to 23:00"), Option("wrap", "下播后"))


def tick(item: int, label: str = "完成") -> Button:
    return Button(label, "checklists.tick", {"item": item, "version": 3, "state": "done"}, spoken=f"完成：核对 {item}")


def checklist(rows: int, controls: bool = True) -> Card:
    marks: tuple[Marker, ...] = ("open", "done", "late", "critical")
    items = tuple(
        Item(
            text(f"核对优惠券 {n}") + " · " + Mention("U0XZHOUHA7", "小周"),
            marks[n % 4],
            text("19:30 · 场控"),
            tick(n) if controls else None,
        )
        for n in range(rows)
    )
    buttons = Actions((Button("全部", "checklists.all", {"run": 7}), Button("我的", "checklists.mine", {"run": 7})))
    return Card("今晚清单", (Progress(12, 45, "12 of 45 done"), Items(items), buttons), "清单 12/45")


TEXTS = Card(
    "What the show needs",
    (
        Paragraph(
            join(
                (
                    "Plain, ",
                    bold("bold"),
                    ", ",
                    Words("struck", strike=True),
                    ", ",
                    Words("code()", code=True),
                    "\nby ",
                    Mention("U0MEILING4", "Mei", quiet=False),
                    " for ",
                    Mention("U0XZHOUHA7", "小周"),
                    " in ",
                    ChannelRef("C0LIVETEAM", "live-team"),
                    ", see ",
                    Link("https://example.com/a", "the rules"),
                )
            )
        ),
        Paragraph(text("small print"), small=True),
        Paragraph(text("small print by ") + bold("小周"), small=True),
        Heading("开播前"),
        Fields((("Start", text("20:00")), ("Host", text(Mention("U0MEILING4", "Mei"))), ("Note", Text()))),
        Divider(),
        Image(4, "the cover"),
        Items((Item(text("a row without a control"), "late", text("since 19:00")), Item(text("another")))),
    ),
)

CONTROLS = Card(
    "Controls",
    (
        Actions(
            (
                Button("Go", "shows.start", {"show": 3}, "primary"),
                Button("Stop", "shows.start", {"show": 4}, "danger", Confirm("Sure?", "It ends now.", "End", "Keep")),
                Button("Open", "shows.open", url="https://example.com"),
                Select("Phase", "shows.phase", "option", PHASES, "air", {"show": 3}),
                Select("Who", "shows.host", "person", chosen="U0MEILING4"),
                Select("Day", "shows.day", "date", chosen="2026-11-22"),
                Select("Time", "shows.time", "time", chosen="20:00"),
                Select("Product", "shows.product", "search"),
                Select("Nothing", "shows.none", "option"),
            )
        ),
        Items((Item(text("with a select"), control=Select("Who", "items.owner", "person", value={"item": 9})),)),
    ),
)

FIGURES = Card(
    "Figures",
    (
        Table(("Show", "GMV"), (("Mon", "12,000"), ("Tue", "")), "GMV by show"),
        Table(("Show", "Orders"), (("Mon", "40"),), "Orders by show"),
        Chart("bar", "GMV", ("周一", "周二"), (("GMV", (12.0, 14.5)), ("Goal", (10.0, 10.0))), "day", "k¥"),
        Chart("line", "Too many", tuple(f"d{n}" for n in range(21)), (("GMV", tuple(range(21))),)),
    ),
)

FORM = Form(
    "shows.new",
    "Plan a show that has a long title",
    (
        Paragraph(text("What is it about?")),
        TextInput("theme", "Theme", "双十一返场", "One line", "e.g. 返场", max_length=80),
        TextInput("notes", "Notes", lines="many", optional=True),
        NumberInput("goal", "Goal", "12.5", decimals=True),
        ChoiceInput("platform", "Platform", PHASES, ("air",)),
        ChoiceInput("phases", "Phases", PHASES, ("prep", "wrap"), many=True),
        ChoiceInput("many", "Many", tuple(Option(str(n), f"n{n}") for n in range(12)), ("3",), many=True),
        ChoiceInput("none", "None", ()),
        SearchInput("product", "Product", (Option("p1", "口红"),)),
        SearchInput("products", "Products", (Option("p1", "口红"),), many=True),
        PersonInput("host", "Host", ("U0MEILING4",)),
        PersonInput("crew", "Crew", ("U0MEILING4", "nobody"), many=True),
        DateInput("day", "Day", "2026-11-22"),
        TimeInput("start", "Start", "20:00"),
        FileInput("cover", "Cover", optional=True),
        Actions((Button("Push", "shows.push", {"show": 3}),)),
    ),
    "Plan",
    {"show": 3, "from": "menu"},
    tell_when_closed=True,
)

CARDS = {
    "texts": TEXTS,
    "controls": CONTROLS,
    "figures": FIGURES,
    "checklist": checklist(5),
    "rows": checklist(45, controls=False),
}
