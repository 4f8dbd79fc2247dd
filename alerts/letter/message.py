"""An alert, a notice or a digest as a mail message: subject, plain text and HTML. Pure.

Everything in it was written by strangers. Header fields get one line without anything that a
parser could take for an encoded word. `EmailMessage` is not used: it decodes
`=?utf-8?q?a=0ABcc:…?=` in a title, and Python 3.11 then writes the decoded line break into the
header; and some long subjects it folds into encoded words that nobody can read.
"""

from __future__ import annotations

import json
from email.charset import BASE64, SHORTEST, Charset
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from alerts import digest
from alerts.letter import digesttext, layout, notice
from alerts.letter.phrases import clock, marked, published
from alerts.plain import header_line, one_line, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from alerts.channel import MailChannel

_RULE = 60  # characters of a subject for the rule's name
_URL = 2000
_PASSAGE = 4000  # far more than a snippet has
_LINE = 75  # characters; so long is an encoded word at most (RFC 2047)
_WIRE = compat32.clone(linesep="\r\n")
_UNTITLED = "(no title)"


def compose(channel: MailChannel, alert: str, payload: str, now: datetime) -> bytes:
    """The message as it goes over the wire; the same alert has the same Message-ID for ever."""
    data = json.loads(payload)
    domain = address(channel.sender).rpartition("@")[2]
    message = MIMEMultipart("alternative")
    message["From"] = _mailbox(channel.sender)
    message["To"] = ", ".join(_mailbox(to) for to in channel.to)
    line = subject(data)
    charset = "us-ascii" if line.isascii() else _utf_8()
    message["Subject"] = Header(line, charset, header_name="Subject").encode(maxlinelen=_LINE)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{alert}@{domain}>"
    message["List-Id"] = f"presswatch <presswatch.{domain}>"
    for name, value in _unsubscribe(channel):
        message[name] = value
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"  # Exchange reads this one alone
    message["X-Presswatch-Alert"] = alert
    message.attach(_part(plain_text(data), "plain"))
    message.attach(_part(html(data), "html"))
    return message.as_bytes(policy=_WIRE)


def _part(text: str, kind: str) -> MIMEText:
    part = MIMEText("", kind, "utf-8")
    del part["Content-Transfer-Encoding"]
    part.set_payload(text, _utf_8())
    return part


def _utf_8() -> Charset:
    """As Python has it: Apprise, once imported, sets another way for the whole process."""
    utf_8 = Charset("utf-8")
    utf_8.header_encoding, utf_8.body_encoding = SHORTEST, BASE64
    return utf_8


def _unsubscribe(channel: MailChannel) -> Sequence[tuple[str, str]]:
    """RFC 2369: a mail to whoever sends; RFC 8058: one click, where there is an address for it."""
    what = quote(f"unsubscribe {channel.name}")
    mail = f"<mailto:{address(channel.sender)}?subject={what}>"
    if not channel.unsubscribe:
        return [("List-Unsubscribe", mail)]
    return [
        ("List-Unsubscribe", f"<{channel.unsubscribe}>, {mail}"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]


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
    """`Name <name@example.org>`; `formataddr` writes a long name as one word that is too long."""
    name = header_line(parseaddr(text)[0])
    if name.isascii():
        return formataddr((name, address(text)))
    words = Header(name, _utf_8(), header_name="From").encode(maxlinelen=_LINE)
    return f"{words.replace(chr(10), '')} <{address(text)}>"


def subject(data: Mapping[str, Any]) -> str:
    """`[rule] title` on one line, with nothing in it that can be decoded into something else."""
    if notice.is_notice(data):
        return notice.subject(data)
    if digest.is_digest(data):
        return digesttext.subject(data)
    rule = header_line(data["rule"]["name"], _RULE)
    return header_line(f"[{rule}] {data['article']['title'] or _UNTITLED}")


def plain_text(data: Mapping[str, Any]) -> str:
    """For readers without HTML: the words, the places, the address."""
    if notice.is_notice(data):
        return notice.plain_text(data)
    if digest.is_digest(data):
        return digesttext.plain_text(data)
    lines = [one_line(data["article"]["title"]), one_line(data["article"]["url"], _URL), ""]
    lines += [f"{label}: {value}" for label, value in facts(data)]
    lines += ["", *(line for passage in passages(data) for line in (passage, ""))]
    lines += ["-- ", f"presswatch · {data['id']}", ""]
    return "\n".join(lines)


def passages(data: Mapping[str, Any]) -> list[str]:
    """The passages around the words, as text: the words stand in 【】."""
    return [one_line(marked(each, "【", "】", str), _PASSAGE) for each in data["snippets"]]


def html(data: Mapping[str, Any]) -> str:
    """The same with the matched words marked; every text is escaped."""
    if notice.is_notice(data):
        return notice.html(data)
    if digest.is_digest(data):
        return digesttext.html(data)
    article = data["article"]
    source, date = one_line(article["source"]), published(article)
    before, after = layout.mark()
    body = "".join(
        layout.passage(marked(each, before, after, lambda text: escape(visible(text))))
        for each in data["snippets"]
    )
    first = data["snippets"][0]["text"] if data["snippets"] else f"{source}, {date}"
    return layout.page(
        layout.Page(
            subject=subject(data),
            preview=first,
            kicker=data["rule"]["name"],
            title=article["title"] or _UNTITLED,
            url=article["url"],
            language=article["language"],
            byline=source if date == "unknown" else f"{source} · {date}",
            body=body,
            button="Read the article",
            facts=facts(data, whose=False),
            foot=f"presswatch · {data['id']}",
        )
    )


def facts(data: Mapping[str, Any], *, whose: bool = True) -> list[tuple[str, str]]:
    """What else is known: label and value; source and date, where nothing else says them."""
    article, story = data["article"], data["story"]
    words = ", ".join(dict.fromkeys(one_line(word["text"], 100) for word in data["words"]))
    rule = one_line(data["rule"]["name"])
    lines = [("Source", one_line(article["source"])), ("Published", published(article))]
    lines = [
        *(lines if whose else []),
        ("First seen", clock(article["first_seen"])),
        ("Rule", f"{rule} ({words})" if words else rule),
    ]
    if article["revision"] > 1:
        lines.append(("Revision", f"{article['revision']} of an article that was changed"))
    if story["outlets"] > 1:
        lines.append(("Story", f"{story['outlets']} outlets so far"))
        lines.append(("First at", one_line(story["first_url"], _URL)))
    return lines
