"""From a page's values to HTML: one environment, everything escaped, nothing undefined."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from presswatch import __version__
from presswatch.clock import iso, plural
from presswatch.units import say_duration, say_size
from presswatch.views.mutewords import say_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from archive.snippet import Snippet
    from presswatch.clock import Clock

STATIC: Final = {
    "presswatch.css": "text/css",
    "presswatch.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}

#: Marks that turn the direction of writing, and what is no character: nobody is shown them.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_AFTER_STOP = re.compile(r"(?<=\. )[a-z]|^[a-z]")


@cache
def static(name: str) -> tuple[bytes, str]:
    """A file of ours, and the beginning of its SHA-256. Raises KeyError for any other name."""
    if name not in STATIC:
        raise KeyError(name)
    content = (files("presswatch.web") / "static" / name).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:16]


def static_link(name: str) -> str:
    """Its place, which changes with its content and may be kept for ever."""
    return f"/static/{static(name)[1]}/{name}"


def render(template: str, values: Mapping[str, Any]) -> str:
    """The page as text."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("presswatch.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= _named(
        plural, when, marked, mark, iso, static=static_link, version=__version__, until=say_until
    )
    made.filters |= _named(
        plain, worded, sentence, capital, outward, part, host, moment,
        lang=language, duration=say_duration, size=say_size,
    )  # fmt: skip
    return made


def _named(*functions: Callable[..., Any], **others: Any) -> dict[str, Any]:
    """What templates call, by its own name or another."""
    return {each.__name__: each for each in functions} | others


def plain(text: object) -> str:
    """Text from outside without what cannot be seen and could make it read as what it is not."""
    return _INVISIBLE.sub("\ufffd", str(text))


def worded(text: str) -> Markup:
    """A sentence of ours with what stands between `…` as something to type."""
    parts = plain(text).split("`")
    if len(parts) % 2 == 0:  # one is left open: it is somebody else's
        return escape(plain(text))
    code = Markup("<code>{}</code>")
    return Markup("").join(code.format(p) if n % 2 else escape(p) for n, p in enumerate(parts))


def sentence(text: object) -> str:
    """An error as people write it: a capital after each full stop, and one at the end."""
    said = _AFTER_STOP.sub(lambda found: found[0].upper(), str(text).strip())
    return said if not said or said[-1] in ".!?…。！？" else f"{said}."


def capital(text: str) -> str:
    """With a capital at its beginning, the rest as it is."""
    return text[:1].upper() + text[1:]


def outward(url: str) -> str:
    """The URL if a browser may follow it: a link from outside is never a script."""
    try:
        fine = urlsplit(url).scheme in {"http", "https"}
    except ValueError:
        fine = False
    return url if fine else ""


def host(url: str) -> str:
    """The host of a URL, for people."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def part(text: object) -> str:
    """A name as one part of a path."""
    return quote(str(text), safe="")


def moment(value: str, clock: Clock) -> str:
    """A time in ISO 8601 as people read it; anything else as it stands."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return plain(value)
    return clock.short(found) if found.tzinfo else plain(value)


def language(code: str) -> str:
    """The value of a lang attribute; "" says that it is not known."""
    return code if re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", code) else ""


def marked(snippet: Snippet) -> Markup:
    """A passage with the words that matched in <mark>."""
    return mark(snippet.text, snippet.marks)


def mark(text: str, marks: Iterable[tuple[int, int]]) -> Markup:
    """The text, escaped, with these ranges in <mark>; they are in order and do not overlap."""
    pieces, at = [], 0
    for start, end in marks:
        pieces += [escape(plain(text[at:start])), Markup("<mark>")]
        pieces += [escape(plain(text[start:end])), Markup("</mark>")]
        at = end
    pieces.append(escape(plain(text[at:])))
    return Markup("").join(pieces)


def when(
    clock: Clock, moment: datetime | None, form: str = "away", *, precise: bool = True
) -> Markup:
    """A <time>, said as from now, in full, as an hour or a day; the rest is its title."""
    if moment is None:
        return Markup("–")
    precisely = {"full", "exact"}
    title = clock.away(moment) if form in precisely else clock.short(moment, precise=precise)
    said = escape(_said(clock, moment, form, precise=precise))
    # A page has hundreds of them: no format of markupsafe's, which takes ten times as long.
    return Markup(f'<time datetime="{moment.isoformat()}" title="{escape(title)}">{said}</time>')  # noqa: S704


def _said(clock: Clock, moment: datetime, form: str, *, precise: bool) -> str:
    if form == "away":
        return clock.away(moment)
    if form == "full":
        return clock.short(moment, precise=precise)
    if form == "exact":
        return clock.time(moment)
    local = moment.astimezone(clock.zone)
    if form == "hour":
        return f"{local:%H:%M}"
    return f"{local:%-d %b}" if local.year == clock.now.year else f"{local:%b %Y}"
