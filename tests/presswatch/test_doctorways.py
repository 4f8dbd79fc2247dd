"""What doctor says of a channel that it sends nothing to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from alerts.channel import ChatChannel, MailChannel, WebhookChannel
from presswatch.doctor.ways import ask, judge
from tests.support.site import Answer, Recorded, Site, Wire
from tests.support.smtp import MailServer

if TYPE_CHECKING:
    from presswatch.doctor.check import Check


def asked(channel: WebhookChannel | MailChannel | ChatChannel) -> Check:
    return asyncio.run(ask(channel))


def hook(url: str) -> WebhookChannel:
    return WebhookChannel(name="bot", url=url, secrets=("whsec_c2VjcmV0LXRoYXQtbm9ib2R5LWtub3dz",))


def mail(smtp: str) -> MailChannel:
    return MailChannel(name="desk", to=("a@firm.example",), sender="b@firm.example", smtp=smtp)


@pytest.mark.parametrize(
    ("status", "allow", "fine", "said"),
    [
        (204, "POST, OPTIONS", True, "takes POST"),
        (405, "POST", True, "takes POST"),
        (405, "", True, "405"),
        (501, "", True, "501"),
        (404, "", True, "may be no answer to POST"),
        (200, "GET, HEAD", False, "takes GET, HEAD, and no POST"),
        (308, "", False, "308"),
        (410, "", False, "410"),
        (502, "", False, "502"),
    ],
)
def test_what_an_answer_to_options_says(status: int, allow: str, fine: bool, said: str) -> None:
    """Nothing is called wrong that may be right: many receivers do not know OPTIONS."""
    found, todo = judge(status, allow)

    assert said in found
    assert (not todo) is fine


def test_a_webhook_is_asked_by_options_alone() -> None:
    """And its path, which is often its key, stands in no line."""
    with Site() as site:
        seen: list[str] = []

        def answer(request: Recorded, wire: Wire) -> None:
            seen.append(request.method)
            wire.answer(Answer(status=204, headers={"Allow": "POST"}))

        site.behave("/a-secret", answer)
        found = asked(hook(site.url("/a-secret")))

    assert seen == ["OPTIONS"]
    assert found.fine
    assert "not tried" in found.said
    assert "a-secret" not in found.said


def test_a_receiver_that_is_not_there() -> None:
    found = asked(hook("http://127.0.0.1:9/a-secret"))

    assert not found.fine
    assert "127.0.0.1:9" in found.said
    assert "a-secret" not in found.said + found.todo
    assert "alerts test bot" in found.todo


def test_a_mail_server_that_refuses_is_not_one_that_cannot_be_reached() -> None:
    """A wrong password: looking at cables and firewalls helps nobody."""
    with MailServer() as server:
        server.post.users = {"watch": "secret"}
        address = server.url("watch:wrong")
        refused = asked(mail(address))
        plain = asked(mail(server.url().replace("smtp:", "smtps:")))
    gone = asked(mail(address))

    assert plain.todo.startswith("see the message")
    assert "log-in refused" in refused.said
    assert refused.todo.startswith("see that the name, the password and the addresses")
    assert gone.todo.startswith("see that it runs and may be reached")
    assert refused.todo.endswith("`presswatch alerts test desk`")


def test_a_chat_service_gets_a_connection_and_no_message() -> None:
    with Site() as site:
        place = site.url("/").removeprefix("http://").strip("/")
        found = asked(ChatChannel(name="room", url=f"json://{place}/a-secret"))
        gone = asked(ChatChannel(name="room", url="json://127.0.0.1:9/a-secret"))

        assert site.requests == []
    assert (found.fine, gone.fine) == (True, False)
    assert "only a message tells" in found.said
    assert "a-secret" not in found.said + gone.said


def test_a_chat_service_that_nobody_knows() -> None:
    found = asked(ChatChannel(name="room", url="nonsense://a-secret"))

    assert not found.fine
    assert "a-secret" not in found.said + found.todo
