"""Geometry of data_visualization charts: numbers in, points of an SVG of 640 x 300 out."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

WIDTH, HEIGHT = 640, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 14, 34
_COLOURS = 8


@dataclass(frozen=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    colour: int
    title: str


@dataclass(frozen=True)
class Curve:
    """A line or an area; `points` is the value of an SVG `points` attribute."""

    points: str
    closed: str
    colour: int
    dots: Sequence[tuple[float, float, str]]


@dataclass(frozen=True)
class Slice:
    path: str
    colour: int
    title: str


@dataclass(frozen=True)
class Label:
    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Everything that the template draws; `summary` is the chart in words."""

    kind: str
    title: str
    summary: str
    legend: Sequence[tuple[int, str]]
    ticks: Sequence[Label] = field(default_factory=tuple)
    categories: Sequence[Label] = field(default_factory=tuple)
    bars: Sequence[Bar] = field(default_factory=tuple)
    curves: Sequence[Curve] = field(default_factory=tuple)
    slices: Sequence[Slice] = field(default_factory=tuple)
    x_label: str = ""
    y_label: str = ""
    left: int = _LEFT
    right: int = WIDTH - _RIGHT


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    step: float

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)


def number_text(value: float) -> str:
    """`12,000`, `0.35`: no trailing zeros."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}".rstrip("0").rstrip(".")


def _scale(values: Sequence[float]) -> _Scale:
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    span = (high - low) or 1.0
    power = 10 ** math.floor(math.log10(span / 4))
    step = next(power * size for size in (1, 2, 2.5, 5, 10) if power * size >= span / 4)
    return _Scale(math.floor(low / step) * step, math.ceil(high / step) * step or step, step)


def _ticks(scale: _Scale) -> list[Label]:
    count = round((scale.high - scale.low) / scale.step)
    values = [scale.low + index * scale.step for index in range(count + 1)]
    return [Label(_LEFT - 8, scale.y(value), number_text(value)) for value in values]


def _bars(series: Sequence[Mapping[str, Any]], categories: Sequence[str], scale: _Scale) -> list[Bar]:
    slot = (WIDTH - _LEFT - _RIGHT) / max(len(categories), 1)
    width = min(slot * 0.7 / max(len(series), 1), 48)
    zero = scale.y(0)
    bars = []
    for order, one in enumerate(series):
        for index, point in enumerate(one["data"]):
            middle = _LEFT + slot * (index + 0.5) + (order - len(series) / 2) * width
            top = scale.y(float(point["value"]))
            title = f"{one['name']} · {point['label']}: {number_text(float(point['value']))}"
            bars.append(
                Bar(round(middle, 1), min(top, zero), round(width - 2, 1), abs(zero - top), order % _COLOURS, title)
            )
    return bars


def _curves(series: Sequence[Mapping[str, Any]], count: int, scale: _Scale) -> list[Curve]:
    slot = (WIDTH - _LEFT - _RIGHT) / max(count, 1)
    curves = []
    for order, one in enumerate(series):
        dots = [
            (
                round(_LEFT + slot * (index + 0.5), 1),
                scale.y(float(point["value"])),
                f"{one['name']} · {point['label']}: {number_text(float(point['value']))}",
            )
            for index, point in enumerate(one["data"])
        ]
        points = " ".join(f"{x},{y}" for x, y, _ in dots)
        closed = f"{dots[0][0]},{scale.y(0)} {points} {dots[-1][0]},{scale.y(0)}" if dots else ""
        curves.append(Curve(points, closed, order % _COLOURS, dots))
    return curves


def _axes(chart: Mapping[str, Any], title: str, kind: str) -> Chart:
    series: Sequence[Mapping[str, Any]] = chart.get("series") or []
    axis: Mapping[str, Any] = chart.get("axis_config") or {}
    categories = [str(name) for name in axis.get("categories") or []]
    scale = _scale([float(point["value"]) for one in series for point in one["data"]])
    slot = (WIDTH - _LEFT - _RIGHT) / max(len(categories), 1)
    labels = [Label(round(_LEFT + slot * (i + 0.5), 1), HEIGHT - 12, name) for i, name in enumerate(categories)]
    words = [
        f"{one['name']}: " + ", ".join(f"{p['label']} {number_text(float(p['value']))}" for p in one["data"])
        for one in series
    ]
    return Chart(
        kind=kind,
        title=title,
        summary=f"{title}. " + "; ".join(words),
        legend=[(order % _COLOURS, str(one["name"])) for order, one in enumerate(series)],
        ticks=_ticks(scale),
        categories=labels,
        bars=_bars(series, categories, scale) if kind == "bar" else (),
        curves=_curves(series, len(categories), scale) if kind != "bar" else (),
        x_label=str(axis.get("x_label") or ""),
        y_label=str(axis.get("y_label") or ""),
    )


def _arc(start: float, end: float) -> str:
    x, y, radius = WIDTH / 2, HEIGHT / 2, HEIGHT / 2 - 16
    ends = [(x + radius * math.sin(turn), y - radius * math.cos(turn)) for turn in (start, end)]
    large = 1 if end - start > math.pi else 0
    (x1, y1), (x2, y2) = ends
    return f"M{x:.1f} {y:.1f}L{x1:.1f} {y1:.1f}A{radius} {radius} 0 {large} 1 {x2:.1f} {y2:.1f}Z"


def _pie(chart: Mapping[str, Any], title: str) -> Chart:
    segments: Sequence[Mapping[str, Any]] = chart.get("segments") or []
    total = sum(float(one["value"]) for one in segments) or 1.0
    slices, legend, words, turn = [], [], [], 0.0
    for order, one in enumerate(segments):
        share = float(one["value"]) / total
        end = min(turn + share * 2 * math.pi, turn + 2 * math.pi - 0.0001)
        words.append(f"{one['label']} {number_text(float(one['value']))} ({share:.0%})")
        slices.append(Slice(_arc(turn, end), order % _COLOURS, words[-1]))
        legend.append((order % _COLOURS, words[-1]))
        turn = end
    return Chart("pie", title, f"{title}. " + ", ".join(words), legend, slices=slices)


def chart_of(block: Mapping[str, Any]) -> Chart:
    """The drawing of one data_visualization block; KeyError or ValueError when a point is malformed."""
    chart: Mapping[str, Any] = block.get("chart") or {}
    title, kind = str(block.get("title") or ""), str(chart.get("type") or "")
    return _pie(chart, title) if kind == "pie" else _axes(chart, title, kind)
