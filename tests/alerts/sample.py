"""One alert, whole: the example of docs/payload.md is this one."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from alerts.payload import StorySoFar, build, count_words
from alerts.rule import Rule
from archive.article import Revision
from archive.query import parse
from archive.query.spans import Automaton, Document
from archive.snippet import snippets

RULE = Rule(
    name="ip-policy",
    query=parse("知识产权 AND (甘肃 OR Shenzhen)"),
    channels=("desk",),
)
REVISION = Revision(
    id=318,
    article=204,
    story=187,
    source="Hexi Daily",
    url="https://hexi.example/2026/03/01/ip-plan",
    title="甘肃公布三年行动计划",
    text=(
        "甘肃省今天公布了一份三年行动计划。计划提出，到2028年，全省每万人发明专利拥有量翻一番。\n"
        "知识产权保护中心将在兰州、天水和张掖设立，企业可以在那里快速办理确权。"
    ),
    published=datetime(2026, 3, 1, 0, 30, tzinfo=UTC),
    published_precise=True,
    first_seen=datetime(2026, 3, 1, 0, 41, 7, tzinfo=UTC),
    seen=datetime(2026, 3, 1, 0, 41, 7, tzinfo=UTC),
    authors=("Ma Lan",),
    language="zh",
    content_hash="1:0",
    number=1,
    quiet=False,
    copy_of=None,
)
STORY = StorySoFar(id=187, outlets=2, first_url="https://press.example/gansu-plan")
ALERT = "msg_2KqPc0Vn7iTzWb4eYhRxSa1D"
QUEUED = datetime(2026, 3, 1, 0, 41, 8, 250_000, tzinfo=UTC)

_DOCUMENT = Document(title=REVISION.title, body=REVISION.text, source=REVISION.source)
_SPANS = Automaton({RULE.name: RULE.query}).match(_DOCUMENT)[RULE.name]

PAYLOAD = build(
    alert=ALERT,
    queued=QUEUED,
    rule=RULE,
    revision=REVISION,
    story=STORY,
    words=count_words(_SPANS),
    snippets=snippets(_DOCUMENT, _SPANS),
    zone=ZoneInfo("Asia/Shanghai"),
)
