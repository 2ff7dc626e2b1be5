"""What a checklist template comes to."""

import pytest

from handlers.checklists.rules import is_before_go, resolve
from handlers.checklists.service import RESOLVED, TEMPLATES
from handlers.checklists.templates import Proof, Template, TemplateItem


@pytest.mark.parametrize(
    ("key", "items", "critical", "before_go"), [("standard", 45, 22, 15), ("launch", 54, 31, 22), ("mega", 57, 35, 24)]
)
def test_counts(key: str, items: int, critical: int, before_go: int) -> None:
    resolved = RESOLVED[key]
    assert len(resolved) == items
    assert sum(item.critical for item in resolved) == critical
    assert sum(is_before_go(item) for item in resolved) == before_go


def test_launch_removes_and_overrides_field_by_field() -> None:
    launch = {item.id: item for item in RESOLVED["launch"]}
    standard = {item.id: item for item in RESOLVED["standard"]}
    assert "S14" not in launch
    assert launch["S11"].offset_min == -5760
    assert launch["S11"].title_zh == standard["S11"].title_zh
    assert launch["S15"].title_en.startswith("Rehearse twice")
    assert launch["S15"].role == standard["S15"].role


def test_mega_makes_an_item_critical() -> None:
    mega = {item.id: item for item in RESOLVED["mega"]}
    assert mega["S22"].critical
    assert not {item.id: item for item in RESOLVED["standard"]}["S22"].critical


def test_items_stand_in_order_of_time() -> None:
    for resolved in RESOLVED.values():
        starts = [item.offset_min for item in resolved if item.anchor == "start"]
        ends = [item.offset_min for item in resolved if item.anchor == "end"]
        assert starts == sorted(starts)
        assert ends == sorted(ends)


def line(key: str, **fields: object) -> TemplateItem:
    plain = TemplateItem(
        id=key,
        phase="T-7d",
        anchor="start",
        offset_min=-1,
        role="pm",
        critical=False,
        title_zh=key,
        title_en=key,
        proof=Proof(kind="none"),
        repeat_min=None,
    )
    return plain.model_copy(update=fields)


def family(**child: object) -> dict[str, Template]:
    base = Template(key="base", name_zh="", name_en="", items=(line("A01"), line("A02")))
    return {
        "base": base,
        "child": Template.model_validate({"key": "child", "name_zh": "", "name_en": "", "extends": "base", **child}),
    }


def test_add_comes_after_remove_so_an_item_can_be_replaced() -> None:
    resolved = resolve(family(remove=("A01",), add=(line("A01", offset_min=-9),)), "child")
    assert [(item.id, item.offset_min) for item in resolved] == [("A01", -9), ("A02", -1)]


@pytest.mark.parametrize(
    ("child", "says"),
    [
        ({"remove": ("A09",)}, "removes A09"),
        ({"override": {"A09": {"critical": True}}}, "overrides A09"),
        ({"remove": ("A01",), "override": {"A01": {"critical": True}}}, "overrides A01"),
        ({"add": (line("A02"),)}, "adds A02"),
        ({"override": {"A01": {"phase": "someday"}}}, "phase"),
        ({"override": {"A01": {"colour": "red"}}}, "colour"),
    ],
)
def test_what_does_not_fit_is_refused(child: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        resolve(family(**child), "child")


def test_overriding_keeps_the_template_it_extends() -> None:
    templates = family(override={"A01": {"critical": True}})
    assert [item.critical for item in resolve(templates, "child")] == [True, False]
    assert [item.critical for item in resolve(templates, "base")] == [False, False]


def test_every_title_is_in_both_languages() -> None:
    for key in TEMPLATES:
        for item in RESOLVED[key]:
            assert item.title_en.isascii(), item.id
            assert not item.title_zh.isascii() or item.id == "S34", item.id
