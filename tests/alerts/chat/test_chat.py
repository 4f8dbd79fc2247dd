"""What services are told through Apprise, byte for byte, and what becomes of their answers."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import payload
from alerts.channel import ChatChannel, Outcome, Result
from alerts.chat import ChatSender, sender, service_of, text, title
from alerts.deliver import Deliverer
from alerts.errors import ChannelUnusable
from tests.alerts.digest.test_digest import made, one
from tests.alerts.letter.test_letter import alert
from tests.alerts.letter.test_notice import payload as noticed
from tests.alerts.sample import PAYLOAD
from tests.alerts.services import FINE, SERVICES, Services
from tests.alerts.work import queue
from tests.support.site import Answer, drop, hang

if TYPE_CHECKING:
    from tests.alerts.press import Press

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
PASSAGES = (
    "【甘肃】省今天公布了一份三年行动计划。计划提出，到2028年…\n\n"
    "【知识产权】保护中心将在兰州、天水和张掖设立，企业可以在那里快速办理确权。\n\n"
    "Hexi Daily · 2026-03-01 08:30 +08:00 · 2 outlets\n"
    "https://hexi.example/2026/03/01/ip-plan"
)
LINE = "[ip-policy] 甘肃公布三年行动计划"
GOLDEN: dict[str, Any] = {
    "feishu": {"msg_type": "text", "content": {"text": f"{LINE}\r\n{PASSAGES}"}},
    "dingtalk": {
        "msgtype": "text",
        "at": {"atMobiles": [], "isAtAll": False},
        "text": {"content": f"{LINE}\r\n{PASSAGES}"},
    },
    "wecombot": {"msgtype": "text", "text": {"content": f"{LINE}\r\n{PASSAGES}"}},
    "slack": {
        "mrkdwn": False,
        "attachments": [
            {
                "title": LINE,
                "text": PASSAGES,
                "color": "#3AA3E3",
                "footer": "presswatch",
                "ts": 0,
            }
        ],
    },
    "telegram": {
        "disable_notification": False,
        "disable_web_page_preview": True,
        "parse_mode": "HTML",
        "text": f"<b>{LINE}</b>\r\n" + re.sub(r"\n+", "\r\n", PASSAGES),
        "chat_id": 12315544,
    },
}


def send(name: str, body: str = PAYLOAD, **more: Any) -> Result:
    channel = ChatChannel(name="room", url=SERVICES[name][0])
    return asyncio.run(ChatSender(channel, **more).send("msg_1", body, NOW))


@pytest.mark.parametrize("name", SERVICES)
def test_the_message_whole(services: Services, name: str) -> None:
    """Title, passages, who and when, and the address: the bytes that the service gets."""
    result = send(name)
    (body,) = services.bodies(name)
    timeless = re.sub(rb'"ts": [\d.]+', b'"ts": 0', body)

    assert timeless == json.dumps(GOLDEN[name]).encode()
    assert (result.outcome, result.status, result.reason) == (Outcome.DELIVERED, 200, "")
    assert result.answer.encode() == FINE.get(name, b'{"code":0,"errcode":0,"msg":"success"}')


@pytest.mark.parametrize(
    ("name", "answer", "outcome"),
    [
        ("feishu", '{"code":19024,"msg":"Key Words Not Found","data":{}}', Outcome.REFUSED),
        ("dingtalk", '{"errcode":310000,"errmsg":"keywords not in content"}', Outcome.REFUSED),
        ("wecombot", '{"errcode":45009,"errmsg":"api freq out of limit"}', Outcome.LATER),
        ("telegram", '{"ok":false,"description":"Bad Request"}', Outcome.REFUSED),
        ("slack", "invalid_payload", Outcome.UNKNOWN),
    ],
)
def test_a_refusal_with_status_200_is_none_of_our_deliveries(
    services: Services, name: str, answer: str, outcome: Outcome
) -> None:
    """Apprise counts the first three as sent: the alert would be lost and called delivered.

    That there are too many is no word on this one, and what nobody knows is none either.
    """
    services.answers[name] = [Answer(answer.encode())]
    refused, again = send(name), send(name)

    assert (refused.outcome, refused.status, refused.answer) == (outcome, 200, answer)
    assert answer in refused.reason
    assert again.outcome is Outcome.DELIVERED


@pytest.mark.parametrize("name", SERVICES)
def test_a_limit_is_obeyed(services: Services, name: str) -> None:
    services.answers[name] = [Answer(b"slow down", 429, headers={"Retry-After": "90"})]
    result = send(name)

    assert (result.outcome, result.status) == (Outcome.LATER, 429)
    assert result.retry_after == timedelta(seconds=90)
    assert result.reason == "HTTP 429: slow down"


@pytest.mark.parametrize("status", [302, 400, 403, 404, 500, 503])
def test_any_other_answer_is_tried_again(services: Services, status: int) -> None:
    """With its status and its words in the ledger; redirects lead nowhere."""
    elsewhere = {"Location": services.site.url("/wecombot/elsewhere")}
    services.answers["feishu"] = [Answer(b"no such robot", status, headers=elsewhere)]
    result = send("feishu")

    outcome = Outcome.REFUSED if status == 400 else Outcome.LATER
    assert (result.outcome, result.status) == (outcome, status)
    assert result.reason == f"HTTP {status}: no such robot"
    assert services.bodies("wecombot") == []


def test_a_service_that_hangs_up_or_is_not_there_is_tried_again(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason names what happened and never the secret that stands in the address."""
    services.site.behave("/feishu*", drop)
    dropped = send("feishu")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    plugin = type(service_of(SERVICES["feishu"][0]))
    monkeypatch.setattr(plugin, "notify_url", f"http://127.0.0.1:{port}/{{token}}/")
    absent = send("feishu")

    assert (dropped.outcome, absent.outcome) == (Outcome.UNKNOWN, Outcome.LATER)
    assert dropped.reason.startswith("may have been received: no answer: ")
    assert absent.reason == "no answer: Connection refused"
    assert "abcdef" not in dropped.reason + absent.reason


def test_a_service_that_never_answers_takes_its_time_limit_and_no_more(
    services: Services,
) -> None:
    services.site.behave("/slack*", hang)
    began = time.monotonic()
    result = send("slack", timeout=0.3)

    reason = "may have been received: no answer within 0.3 s"
    assert (result.outcome, result.reason) == (Outcome.UNKNOWN, reason)
    assert time.monotonic() - began < 3
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "chat")


def test_an_answer_that_repeats_the_secret_is_kept_without_it(services: Services) -> None:
    services.answers["feishu"] = [Answer(b'{"code":1,"msg":"no robot abcdef-123456 here"}')]
    result = send("feishu")

    assert "abcdef" not in repr(result)
    assert "no robot … here" in result.reason


def test_answers_of_one_message_are_not_those_of_another(services: Services) -> None:
    """Two channels at once: each is judged by what its own service said."""
    services.answers["feishu"] = [Answer(b'{"code":19024,"msg":"Key Words Not Found"}')]

    async def both() -> list[Result]:
        senders = [
            ChatSender(ChatChannel(name=name, url=SERVICES[name][0]))
            for name in ("feishu", "slack")
        ]
        return list(await asyncio.gather(*(each.send("m", PAYLOAD, NOW) for each in senders)))

    feishu, slack = asyncio.run(both())
    assert (feishu.outcome, slack.outcome) == (Outcome.REFUSED, Outcome.DELIVERED)


LOUD = '@all @everyone <!channel> <at user_id="all">大家</at> a@allen.example'


@pytest.mark.parametrize("name", SERVICES)
def test_a_title_that_calls_the_whole_room_calls_nobody(services: Services, name: str) -> None:
    """Somebody else's headline; and markup in it stays text."""
    body = alert(
        article__title=f"{LOUD} <b>&amp;</b>",
        snippets=[{"field": "body", "text": LOUD, "marks": []}],
    )
    assert send(name, json.dumps(body)).outcome is Outcome.DELIVERED
    sent = json.dumps(json.loads(services.bodies(name)[0]), ensure_ascii=False)

    assert not re.search(r"@(all|everyone)\b|<(!|/?at\b)", sent)
    assert "a@allen.example" in sent
    if name in {"slack", "telegram"}:
        assert "&lt;b&gt;&amp;amp;&lt;/b&gt;" in sent


def test_a_long_alert_fits_and_keeps_its_address(services: Services) -> None:
    """WeCom takes 2048 bytes, and Chinese is three a character."""
    passage = {"field": "body", "text": "专利" * 150, "marks": [[0, 2]]}
    body = alert(snippets=[passage] * 3, article__title="长" * 500)
    assert send("wecombot", json.dumps(body)).outcome is Outcome.DELIVERED
    content = json.loads(services.bodies("wecombot")[0])["text"]["content"]

    assert len(content.encode()) <= 2048
    assert content.endswith("\nhttps://hexi.example/2026/03/01/ip-plan")
    assert "【专利】" in content


@given(limit=st.integers(10, 3000), passage=st.text(max_size=300), count=st.integers(0, 3))
def test_no_text_is_longer_than_its_limit_but_for_the_address(
    limit: int, passage: str, count: int
) -> None:
    data = alert(snippets=[{"field": "body", "text": passage, "marks": []}] * count)
    said = text(data, limit)

    assert said.endswith(data["article"]["url"])
    assert len(said.encode()) <= limit or said == data["article"]["url"]


def test_a_notice_says_what_and_since_when(services: Services) -> None:
    send("feishu", json.dumps(noticed()))
    content = json.loads(services.bodies("feishu")[0])["content"]["text"]

    assert content == (
        "[presswatch] Hexi Daily: no news for 3 days, usually 12 a day\r\n"
        "Since: 2026-03-01 17:20 +08:00"
    )
    assert len(text(noticed(text="长" * 900), 300).encode()) <= 300


def test_a_digest_keeps_its_last_line_however_long_it_is(services: Services) -> None:
    """What proves the silence is not what is cut; a short one is whole."""
    short = made(one(1, title="甘肃公布三年行动计划"), one(2, rule="tm"))
    send("feishu", json.dumps(short))
    send("feishu", json.dumps(made(*(one(number, hours=number / 9) for number in range(1, 200)))))
    said, long = (json.loads(body)["content"]["text"] for body in services.bodies("feishu"))
    end = "41 of 42 sources healthy; cnipa-notices silent since Tuesday"

    assert said.startswith("[presswatch] Digest, Mon 2026-03-02: 2 stories for 2 rules\r\n")
    assert said.count("2 stories for 2 rules") == 1
    assert "== tm (1)\n\nTitle 2\nhttps://hexi.example/2026/03/01/ip-plan\n" in said
    assert "【甘肃】省今天" in said
    assert said.endswith(f"\n\n{end}")
    assert long.endswith(f"\n\n…\n\n{end}")
    assert 5000 < len(long.encode()) <= 9000
    assert len(services.bodies("feishu")[1]) < 20_000


def test_a_test_says_that_it_is_one(services: Services) -> None:
    channel = ChatChannel(name="room", url=SERVICES["feishu"][0])
    result = asyncio.run(ChatSender(channel).test(NOW))
    content = json.loads(services.bodies("feishu")[0])["content"]["text"]

    assert result.outcome is Outcome.DELIVERED
    assert content.startswith("[presswatch] a test message\r\n")
    assert title(json.loads(payload.test("msg_1", NOW))) == "[presswatch] a test message"


@pytest.mark.parametrize(
    "url", ["feishu://", "nosuchservice://secret123", "slack://short", "feishu://a, slack://b"]
)
def test_what_apprise_cannot_use_is_refused_at_the_start(
    url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without repeating it, neither in the error nor on the terminal."""
    with pytest.raises(ChannelUnusable, match="room: Apprise cannot use it as") as caught:
        ChatSender(ChatChannel(name="room", url=url))

    said = str(caught.value) + "".join(capfd.readouterr())
    assert "secret123" not in said
    assert "slack://b" not in said


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "find_spec", lambda _: None)

    with pytest.raises(ChannelUnusable, match=r"pip install 'presswatch\[chat\]'"):
        ChatSender(ChatChannel(name="room", url=SERVICES["feishu"][0]))


def test_no_secret_is_in_any_repr() -> None:
    assert "abcdef" not in repr(ChatChannel(name="room", url=SERVICES["feishu"][0]))


def test_its_tries_are_in_the_ledger_like_any_other(press: Press, services: Services) -> None:
    """Refused and tried again under the same id, each try with its status and its answer."""
    said = b'{"errcode":45009,"errmsg":"api freq out of limit"}'
    services.answers["wecombot"] = [Answer(said)]

    async def run() -> None:
        await queue(press, "room")
        room = ChatChannel(name="room", url=SERVICES["wecombot"][0])
        deliverer = Deliverer(press.archive, [room], clock=press.clock, rng=Random(1))
        for _ in range(2):
            await deliverer.drain()
            press.clock.move(seconds=10)

    asyncio.run(run())
    tries = asyncio.run(press.rows("attempt"))
    assert [row["outcome"] for row in tries] == ["later", "delivered"]
    assert [row["status"] for row in tries] == [200, 200]
    assert tries[0]["answer"] == said.decode()
    assert len({row["alert"] for row in tries}) == 1
    assert len(services.bodies("wecombot")) == 2
