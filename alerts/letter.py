"""An alert or a notice as a mail message: subject, plain text and HTML. Pure.

Everything in it was written by strangers. Header fields get one line without anything that a
parser could take for an encoded word. `EmailMessage` is not used: it decodes
`=?utf-8?q?a=0ABcc:…?=` in a title, and Python 3.11 then writes the decoded line break into the
header; and some long subjects it folds into encoded words that nobody can read.
"""

from __future__ import annotations

import json
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr
from html import escape
from typing import TYPE_CHECKING, Any

from alerts import notice
from alerts.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from alerts.channel import MailChannel

SUBJECT = 200  # characters at most
_RULE = 60  # of them for the rule's name
_URL = 2000
_SNIPPET = 4000  # with its markup; far more than a snippet has
_WIRE = compat32.clone(linesep="\r\n")
_STYLE = (
    "font-family:system-ui,'PingFang SC','Microsoft YaHei',sans-serif;line-height:1.5;"
    "max-width:42em"
)


def compose(channel: MailChannel, alert: str, payload: str, now: datetime) -> bytes:
    """The message as it goes over the wire; the same alert has the same Message-ID for ever."""
    data = json.loads(payload)
    domain = address(channel.sender).rpartition("@")[2]
    message = MIMEMultipart("alternative")
    message["From"] = _mailbox(channel.sender)
    message["To"] = ", ".join(_mailbox(to) for to in channel.to)
    line = subject(data)
    charset = "us-ascii" if line.isascii() else "utf-8"
    message["Subject"] = Header(line, charset, header_name="Subject").encode()
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{alert}@{domain}>"
    message["List-Id"] = f"presswatch <presswatch.{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Presswatch-Alert"] = alert
    message.attach(MIMEText(plain_text(data), "plain", "utf-8"))
    message.attach(MIMEText(html(data), "html", "utf-8"))
    return message.as_bytes(policy=_WIRE)


def address(text: str) -> str:
    """The bare address of `Name <name@example.org>`, an international domain in ASCII.

    Raises ValueError for what is no address, and for a name before the @ that is not ASCII.
    """
    local, _, domain = parseaddr(text)[1].rpartition("@")
    if not local or not domain or not local.isascii():
        message = f"not a mail address that every server takes: {text!r}"
        raise ValueError(message)
    return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode()}"


def _mailbox(text: str) -> str:
    return formataddr((one_line(parseaddr(text)[0]), address(text)))


def subject(data: Mapping[str, Any]) -> str:
    """`[rule] title` on one line, with nothing in it that can be decoded into something else."""
    if notice.is_notice(data):
        return notice.subject(data)
    rule = one_line(data["rule"]["name"], _RULE)
    line = one_line(f"[{rule}] {data['article']['title']}", SUBJECT)
    return line.replace("=?", "= ?")


def plain_text(data: Mapping[str, Any]) -> str:
    """For readers without HTML: the words, the places, the address."""
    if notice.is_notice(data):
        return notice.plain_text(data)
    article = data["article"]
    lines = [one_line(article["title"]), one_line(article["url"], _URL), "", *_facts(data), ""]
    for snippet in data["snippets"]:
        lines += [one_line(_marked(snippet, "【", "】", str), _SNIPPET), ""]
    lines += ["-- ", f"presswatch · {data['id']}", ""]
    return "\n".join(lines)


def html(data: Mapping[str, Any]) -> str:
    """The same with the matched words marked; every text is escaped."""
    if notice.is_notice(data):
        return notice.html(data, _STYLE)
    article = data["article"]
    snippets = "".join(
        f"<p>{one_line(_marked(snippet, '<mark>', '</mark>', escape), _SNIPPET)}</p>\n"
        for snippet in data["snippets"]
    )
    facts = "<br>\n".join(escape(line) for line in _facts(data))
    title = escape(one_line(article["title"]))
    url = escape(one_line(article["url"], _URL), quote=True)
    # Stored URLs are http(s); anything else would be a link that runs something.
    web = article["url"].startswith(("http://", "https://"))
    link = f'<a href="{url}">{title}</a>' if web else title
    language = escape(article["language"] or "und", quote=True)
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<title>{title}</title></head>\n<body style="{_STYLE}">\n'
        f"<h2>{link}</h2>\n{snippets}<p>{facts}</p>\n"
        f"<p><small>presswatch · {escape(data['id'])}</small></p>\n</body></html>\n"
    )


def _facts(data: Mapping[str, Any]) -> list[str]:
    article, story = data["article"], data["story"]
    words = ", ".join(dict.fromkeys(one_line(word["text"], 100) for word in data["words"]))
    published = _published(article)
    lines = [
        f"Source: {one_line(article['source'])}",
        f"Published: {published}",
        f"First seen: {_clock(article['first_seen'])}",
        f"Rule: {one_line(data['rule']['name'])}" + (f" ({words})" if words else ""),
    ]
    if article["revision"] > 1:
        lines.append(f"Revision {article['revision']} of an article that was changed")
    if story["outlets"] > 1:
        first = one_line(story["first_url"], _URL)
        lines.append(f"Story: {story['outlets']} outlets so far, first {first}")
    return lines


def _published(article: Mapping[str, Any]) -> str:
    if article["published"] is None:
        return "unknown"
    if not article["published_precise"]:
        return str(article["published"][:10])
    return _clock(article["published"])


def _clock(time: str) -> str:
    """`2026-03-01T08:30:00+08:00` as people read it."""
    return f"{time[:10]} {time[11:16]} {time[19:]}"


def _marked(snippet: Mapping[str, Any], before: str, after: str, safe: Callable[[str], str]) -> str:
    """The text of a snippet with its marks set; marks are in order and do not overlap."""
    text: str = snippet["text"]
    marks: Sequence[Sequence[int]] = snippet["marks"]
    parts: list[str] = []
    done = 0
    for start, end in marks:
        parts += [safe(text[done:start]), before, safe(text[start:end]), after]
        done = end
    return "".join([*parts, safe(text[done:])])
