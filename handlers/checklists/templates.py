"""Checklist templates as they stand in the data file."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from handlers.core.roles import ROLES

Phase = Literal["T-7d", "T-3d", "T-1d", "T-2h", "T-30m", "on-air", "after"]
PHASES: tuple[Phase, ...] = ("T-7d", "T-3d", "T-1d", "T-2h", "T-30m", "on-air", "after")


class Proof(BaseModel):
    """What shows that the item was done; `zh` and `en` name what is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["none", "note", "number", "choice", "file", "second_person", "order_id", "link"]
    zh: str = ""
    en: str = ""
    min: float | None = None
    max: float | None = None
    unit: str = ""
    options: tuple[str, ...] = ()

    @model_validator(mode="after")
    def fits(self) -> Proof:
        if (self.kind == "choice") != bool(self.options):
            raise ValueError("a choice, and only a choice, has options")
        return self


class TemplateItem(BaseModel):
    """One line of a checklist; offset and repetition in minutes on the show clock."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[A-Z]+\d{2}$")
    phase: Phase
    anchor: Literal["start", "end"]
    offset_min: int
    role: str
    critical: bool
    title_zh: str = Field(min_length=1)
    title_en: str = Field(min_length=1)
    proof: Proof
    repeat_min: int | None = Field(gt=0)

    @model_validator(mode="after")
    def known_role(self) -> TemplateItem:
        if self.role not in ROLES:
            raise ValueError(f"no role {self.role!r}")
        return self


class Template(BaseModel):
    """A checklist, or what it changes of the one that it extends."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    name_zh: str
    name_en: str
    extends: str | None = None
    remove: tuple[str, ...] = ()
    override: dict[str, dict[str, Any]] = {}
    add: tuple[TemplateItem, ...] = ()
    items: tuple[TemplateItem, ...] = ()


class TemplateFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    version: str
    templates: tuple[Template, ...]
