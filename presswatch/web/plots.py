"""Plots as inline SVG without a style or a script: the stylesheet gives them their colours.

A plot says in words what it shows (`aria-label`), every bar has its number as a title, and what is
told apart is told apart by place and height, never by colour. svg.py writes what it is given, so
every text passes through `_text`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import svg
from markupsafe import Markup, escape

from presswatch.clock import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LEFT: Final = 26  # room for the numbers of the axis
_BELOW: Final = 16
_ABOVE: Final = 8
_GAP: Final = 0.25  # of a bar's width
_NICE: Final = (1, 2, 4, 6, 8)
_MOST_DIGITS: Final = 12
_LABEL: Final = 36  # room that a label takes, about
_WIDEST: Final = 44  # of a bar and the gap beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A number for a span of time."""

    count: int
    title: str  # "14:00, 3 articles"
    label: str = ""  # below the axis; most bars have none
    link: str = ""  # where a click leads


def chart(bars: Sequence[Bar], *, says: str, width: int = 560, height: int = 120) -> Markup:
    """Bars over a time, with an axis and two lines to read them by. `says` is it in words."""
    top = ceiling(max((bar.count for bar in bars), default=0))
    step = min(_WIDEST, (width - _LEFT) / max(1, len(bars)))
    room = height - _BELOW - _ABOVE
    drawn: list[svg.Element] = [svg.Title(text=_text(says))]
    for value in sorted({0, top // 2, top} if top > 1 else {0, top}):
        y = height - _BELOW - room * value / max(1, top)
        drawn.append(_line(_LEFT, width, y, "axis" if value == 0 else "grid"))
        drawn.append(_label(_LEFT - 5, y + 3.5, str(value), "end"))
    low = height - _BELOW
    places = [
        (_LEFT + step * (number + _GAP / 2), max(1.5, room * bar.count / max(1, top)))
        for number, bar in enumerate(bars)
        if bar.count
    ]
    drawn.append(_bars(places, low, step * (1 - _GAP)))
    for number, bar in enumerate(bars):
        x = _LEFT + step * number
        if bar.count:
            drawn.append(_field(bar, x, step, low))
        if bar.label:
            near_end = width - x < _LABEL
            at = min(width, x + step) if near_end else x + step / 2
            drawn.append(_label(at, height - 4, bar.label, "end" if near_end else "middle"))
    return _whole(drawn, width, height, says, "plot")


def spark(counts: Iterable[int], *, says: str, width: int = 120, height: int = 22) -> Markup:
    """Small bars without an axis, the newest on the right."""
    values = list(counts)
    top, step = max([1, *values]), width / max(1, len(values))
    drawn: list[svg.Element] = [svg.Title(text=_text(says)), _line(0, width, height - 0.5, "axis")]
    places = [
        (step * number + 0.5, max(1.5, (height - 2) * value / top))
        for number, value in enumerate(values)
        if value
    ]
    drawn.append(_bars(places, height - 1, max(1, step - 1)))
    return _whole(drawn, width, height, says, "spark")


def ceiling(most: int) -> int:
    """The top of an axis: the next 1, 2, 4, 6 or 8 times a power of ten."""
    tops = (first * 10**digits for digits in range(_MOST_DIGITS) for first in _NICE)
    return next((top for top in tops if top >= most), most)


def _bars(places: Iterable[tuple[float, float]], low: float, width: float) -> svg.Path:
    """Bars that stand on `low`, each at its left edge and so tall: one shape for all of them.

    An element of svg.py takes 10 µs, and a list of rules has a thousand bars.
    """
    drawn = (f"M{x:.4g} {low:.4g}v-{tall:.4g}h{width:.4g}v{tall:.4g}z" for x, tall in places)
    return svg.Path(class_=["bar"], extra={"d": "".join(drawn)})


def _field(bar: Bar, x: float, step: float, low: float) -> svg.Element:
    """A field of full height over a bar, which is easy to hit and says the number."""
    field = svg.Rect(
        x=round(x, 2), y=_ABOVE, width=round(step, 2), height=low - _ABOVE, class_=["hit"],
        elements=[svg.Title(text=_text(bar.title))],
    )  # fmt: skip
    if not bar.link:
        return field
    label = {"aria-label": _text(bar.title)}
    return svg.A(href=_text(bar.link), elements=[field], extra=label)


def _line(x1: float, x2: float, y: float, kind: str) -> svg.Line:
    return svg.Line(x1=x1, x2=x2, y1=round(y, 1), y2=round(y, 1), class_=[kind])


def _label(x: float, y: float, text: str, anchor: str) -> svg.Text:
    return svg.Text(
        x=round(x, 1), y=round(y, 1), text=_text(text), class_=["tick"],
        text_anchor="end" if anchor == "end" else "middle",
    )  # fmt: skip


def _whole(drawn: list[svg.Element], width: int, height: int, says: str, kind: str) -> Markup:
    linked = any(isinstance(element, svg.A) for element in drawn)
    made = svg.SVG(
        viewBox=svg.ViewBoxSpec(0, 0, width, height),
        class_=[kind],
        elements=drawn,
        # What holds links is no picture to those who hear it.
        extra={"role": "group" if linked else "img", "aria-label": _text(says)},
    )
    return Markup(str(made))  # noqa: S704  # every text in it went through `_text`


def _text(text: str) -> str:
    return str(escape(text))


def counted(when: str, number: int, what: str) -> str:
    """The title of a bar."""
    return f"{when}: {plural(number, what)}"
