"""The HTML of a mail: one page for every kind of message, set for a phone first. Pure.

Styles stand on the elements, since many readers drop a style sheet; the sheet only adds what cannot
stand there: the dark colours. No picture, no script, nothing that is fetched from anywhere.
Texts are ours where they are not escaped here; `Page.body` is HTML that its maker has escaped.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from alerts.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_URL = 2000
_PREVIEW = 150  # characters; a list of mails shows no more
_SANS = (
    "-apple-system,'Segoe UI',Roboto,'PingFang SC','Noto Sans CJK SC','Microsoft YaHei',sans-serif"
)
#: Latin letters and digits in a book face, ideographs in Song, where the reader has one.
SERIF = (
    "Charter,'Iowan Old Style',Georgia,'Noto Serif','Songti SC','Source Han Serif SC',"
    "'Noto Serif CJK SC',STSong,SimSun,serif"
)

_BODY = f"margin:0;padding:0;background:#f6f4ef;color:#1d1b18;font:16px/1.6 {_SANS}"
_SHEET = (
    "max-width:640px;margin:0 auto;padding:24px 20px 32px;background:#fffefb;"
    "overflow-wrap:anywhere;-webkit-text-size-adjust:100%"
)
_KICKER = "margin:0 0 6px;font-size:14px;line-height:1.4;color:#8a2b1d;font-weight:600"
_TITLE = f"margin:0 0 2px;font:700 25px/1.32 {SERIF};letter-spacing:-.005em"
_TITLE_LINK = "display:block;padding:4px 0 7px;color:inherit;text-decoration:none"
_BYLINE = "margin:0 0 20px;font-size:14px;line-height:1.5;color:#6b655c"
_PASSAGE = f"margin:0 0 14px;font:17px/1.75 {SERIF}"
_BUTTON = (
    "display:inline-block;margin:6px 0 22px;padding:11px 20px;border-radius:6px;"
    "background:#1d1b18;color:#fffefb;font-weight:600;line-height:22px;text-decoration:none"
)
_FACTS = "margin:0;padding:14px 0 0;border-top:1px solid #e3ded3;font-size:14px;line-height:1.7"
_FACT = "display:block;padding-left:6em;text-indent:-6em"  # a long value stays on its side
_LABEL = "display:inline-block;width:6em;text-indent:0;color:#6b655c"
_MARK = "background:#ffe69a;color:inherit;padding:0 .08em;border-radius:2px"
_LINK = (  # 44 pixels high for a thumb, and no higher to the eye
    "display:inline-block;padding:11px 0;margin:-11px 0;text-indent:0;color:#8a2b1d;"
    "text-decoration:underline"
)
_FOOT = "margin:22px 0 0;font-size:14px;line-height:1.6;color:#6b655c"
_HIDDEN = "display:none;max-height:0;overflow:hidden"

_SHADES = """\
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
body{background:#141311!important;color:#ebe7df!important}
.sheet{background:#1c1a18!important}
.kicker,.link{color:#f0a08f!important}
.quiet{color:#aaa398!important}
.facts,h2{border-color:#3a3632!important}
.button{background:#ebe7df!important;color:#1c1a18!important}
mark{background:#6b5300!important;color:#fff3c4!important}
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a message says, from the top down; every part but `body` is text, not HTML."""

    subject: str  # of the message
    preview: str = ""  # what a list of mails shows beside the subject
    kicker: str  # over the headline: the rule
    title: str
    url: str = ""  # of what it is about; "" for nothing to open
    language: str = ""  # of title and body; "" for English
    byline: str = ""
    body: str = ""  # HTML
    button: str = ""  # says what tapping it opens; needs `url`
    facts: Sequence[tuple[str, str]] = ()  # label and value
    foot: str = ""


def page(said: Page) -> str:
    """The whole document."""
    target = web(said.url)
    title = text(said.title)
    headline = f'<a href="{target}" style="{_TITLE_LINK}">{title}</a>' if target else title
    language = f' lang="{escape(said.language, quote=True)}"' if said.language else ""
    parts = [
        f'<div style="{_HIDDEN}">{text(said.preview, _PREVIEW)}</div>' if said.preview else "",
        f'<p class="kicker" style="{_KICKER}">{text(said.kicker)}</p>',
        f'<h1{language} style="{_TITLE}">{headline}</h1>',
        f'<p class="quiet" style="{_BYLINE}">{text(said.byline)}</p>',
        f"<div{language}>\n{said.body}</div>" if said.body else "",
        f'<a href="{target}" class="button" style="{_BUTTON}">{text(said.button)}</a>'
        if target and said.button
        else "",
        _facts(said.facts),
        f'<p class="quiet" style="{_FOOT}">{text(said.foot)}</p>' if said.foot else "",
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="format-detection" content="telephone=no,date=no,address=no">\n'
        f"<title>{text(said.subject)}</title>\n<style>{_SHADES}</style></head>\n"
        f'<body style="{escape(_BODY, quote=True)}">\n<div class="sheet" style="{_SHEET}">\n'
        + "\n".join(part for part in parts if part)
        + "\n</div>\n</body></html>\n"
    )


def text(words: str, limit: int = 500) -> str:
    """Somebody's words as HTML: one line, escaped."""
    return escape(one_line(words, limit), quote=True)


def passage(marked: str) -> str:
    """A paragraph of the article; `marked` is HTML."""
    return f'<p style="{_PASSAGE}">{marked}</p>\n'


def mark() -> tuple[str, str]:
    """What stands before and behind a word that matched."""
    return f'<mark style="{_MARK}">', "</mark>"


def link(url: str) -> str:
    """A web address by the name of its host, to be tapped; text where it is none."""
    target = web(url)
    name = text(urlsplit(url).hostname or url) if target else text(url)
    return f'<a href="{target}" class="link" style="{_LINK}">{name}</a>' if target else name


def _facts(facts: Sequence[tuple[str, str]]) -> str:
    """A line for each; a value that is a web address can be tapped."""
    lines = [
        f'<span style="{_FACT}"><span class="quiet" style="{_LABEL}">{text(label)}</span>'
        f"{link(value) if web(value) else text(value)}</span>"
        for label, value in facts
    ]
    return f'<p class="facts" style="{_FACTS}">' + "\n".join(lines) + "</p>" if lines else ""


def web(url: str) -> str:
    """The address as an attribute; "" for what is none: `javascript:` would run something."""
    try:
        host = urlsplit(url).hostname
    except ValueError:  # an unclosed bracket
        host = None
    fine = host and url.startswith(("http://", "https://"))
    return escape(one_line(url, _URL), quote=True) if fine else ""
