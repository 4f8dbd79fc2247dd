from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from alerts.channel import MailChannel, Outcome, Result
from alerts.errors import ChannelUnusable
from alerts.mail import MailSender, read_server
from tests.alerts.sample import PAYLOAD
from tests.support.smtp import MailServer, self_signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
TO = ("law@firm.example", "desk@firm.example")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls"))


def channel(url: str, to: tuple[str, ...] = TO) -> MailChannel:
    return MailChannel(name="mail", to=to, sender="presswatch <watch@firm.example>", smtp=url)


def send(url: str, *, timeout: float = 10, to: tuple[str, ...] = TO) -> Result:
    sender = MailSender(channel(url, to), timeout=timeout)
    return asyncio.run(sender.send("msg_1", PAYLOAD, NOW))


def test_an_alert_arrives_at_every_recipient(server: MailServer) -> None:
    result = send(server.url())
    mail = server.post.accepted[0]

    assert (result.outcome, result.status) == (Outcome.DELIVERED, 250)
    assert (mail.sender, mail.to) == ("watch@firm.example", TO)
    assert mail.message["Message-ID"] == "<msg_1@firm.example>"
    assert mail.message["To"] == ", ".join(TO)
    assert "三年行动计划" in mail.message["Subject"]


def test_a_repeat_is_recognisable(server: MailServer) -> None:
    server.post.data = ["451 try again later"]
    results = [send(server.url()), send(server.url()), send(server.url())]
    ids = [mail.message["Message-ID"] for mail in server.post.accepted]

    assert [result.outcome for result in results] == ["later", "delivered", "delivered"]
    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_what_a_phone_and_its_filters_look_at_arrives_as_it_was_written(
    server: MailServer,
) -> None:
    """Subject, list headers and both texts, through a real server."""
    assert send(server.url()).outcome is Outcome.DELIVERED
    message = server.post.accepted[0].message
    bodies = [part.get_content_type() for part in message.iter_parts()]

    assert message["Subject"] == "[ip-policy] 甘肃公布三年行动计划"
    assert message["List-Id"] == "presswatch <presswatch.firm.example>"
    assert message["List-Unsubscribe"] == "<mailto:watch@firm.example?subject=unsubscribe%20mail>"
    assert bodies == ["text/plain", "text/html"]
    assert message.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize(
    "title",
    [
        "甘肃\r\nBcc: eve@evil.example\r\n\r\nbody",
        "=?utf-8?b?YQ0KQmNjOiBldmVAZXZpbC5leGFtcGxl?=",
        "=?utf-8?q?a=0D=0ABcc:_eve=40evil.example?=",
        "a\u2028Bcc: eve@evil.example\x85Bcc: eve@evil.example",
    ],
)
def test_no_title_reaches_the_headers_or_other_recipients(server: MailServer, title: str) -> None:
    """As the server got it, and as whatever reads it next may decode it."""
    data = json.loads(PAYLOAD)
    data["article"]["title"] = title
    sender = MailSender(channel(server.url()))
    asyncio.run(sender.send("msg_1", json.dumps(data), NOW))
    mail = server.post.accepted[0]

    assert mail.to == TO
    assert mail.message["Bcc"] is None
    assert "Bcc: eve@evil.example" in mail.message["Subject"]
    assert len(mail.message["Subject"].splitlines()) == 1
    assert b"\nBcc" not in mail.raw


def test_log_in_with_a_percent_encoded_password(server: MailServer) -> None:
    server.post.users = {"watch": "p@ss/word"}
    result = send(server.url("watch:p%40ss%2Fword"))

    assert result.outcome is Outcome.DELIVERED
    assert server.post.accepted[0].user == "watch"


def test_a_wrong_password_is_tried_again_later_and_never_told(server: MailServer) -> None:
    server.post.users = {"watch": "right"}
    result = send(server.url("watch:hunter2"))

    assert (result.outcome, result.status) == (Outcome.LATER, 535)
    assert result.reason.startswith("log-in refused: 535")
    assert "hunter2" not in repr(result)


def test_starttls_is_used_where_it_is_offered(certificate: Path) -> None:
    with MailServer(certificate=certificate) as server:
        server.post.users = {"watch": "secret"}
        result = send(server.url("watch:secret"))
        mail = server.post.accepted[0]

    assert result.outcome is Outcome.DELIVERED
    assert (mail.encrypted, mail.user) == (True, "watch")


def test_smtps_encrypts_from_the_first_byte(certificate: Path) -> None:
    with MailServer(certificate=certificate, tls_at_once=True) as server:
        result = send(server.url())

        assert result.outcome is Outcome.DELIVERED
        assert server.post.accepted[0].encrypted


def test_no_tls_where_smtps_asked_for_it(server: MailServer) -> None:
    """Port 587 with `smtps://`: the commonest mistake, and OpenSSL speaks of a version number."""
    result = send(server.url().replace("smtp:", "smtps:"))

    assert result.outcome is Outcome.LATER
    said = "not sent: what answers there speaks no TLS; smtp://, in the place of smtps://, asks"
    assert result.reason.startswith(said)


def test_a_mail_server_that_does_not_exist() -> None:
    result = send("smtp://mail.invalid:25")

    assert result.reason == "not sent: there is no host of this name"


# 0.0.0.0 leads to this machine and is not a loopback address: to the rules it is another machine.


def test_no_password_goes_unencrypted_to_another_machine(server: MailServer) -> None:
    server.post.users = {"watch": "secret"}
    result = send(server.url("watch:secret", host="0.0.0.0"))

    assert result.outcome is Outcome.LATER
    assert "STARTTLS" in result.reason
    assert server.post.accepted == []


def test_the_certificate_of_another_machine_is_verified(certificate: Path) -> None:
    with MailServer(certificate=certificate) as server:
        result = send(server.url(host="0.0.0.0"))

        assert result.outcome is Outcome.LATER
        assert "its certificate does not hold: self" in result.reason
        assert server.post.accepted == []


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    result = send(f"smtp://127.0.0.1:{port}")

    assert result.outcome is Outcome.LATER
    assert result.reason == "not sent: Connection refused"


@contextlib.contextmanager
def silent(greeting: bytes) -> Iterator[int]:
    """A server that says one thing and no more; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        connections = []

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listening.accept()
                connections.append(connection)
                connection.sendall(greeting)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()
        for connection in connections:
            connection.close()


@pytest.mark.parametrize("greeting", [b"", b"220 wait"])
def test_a_server_that_never_answers_takes_its_time_limit_and_no_more(greeting: bytes) -> None:
    with silent(greeting) as port:
        began = time.monotonic()
        result = send(f"smtp://127.0.0.1:{port}", timeout=0.2)

    assert result.outcome is Outcome.LATER
    assert time.monotonic() - began < 2


@contextlib.contextmanager
def talkative() -> Iterator[int]:
    """A server whose answer to EHLO never ends, so that no read of it ever times out."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        hung_up = threading.Event()

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"220 hello\r\n")
                for _ in range(500):
                    connection.sendall(b"250-and\r\n")
                    if hung_up.wait(0.01):
                        return

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        hung_up.set()
        thread.join()


def test_a_server_that_never_stops_talking_lets_the_thread_go() -> None:
    with talkative() as port:
        result = send(f"smtp://127.0.0.1:{port}", timeout=0.2)
        threads = [thread for thread in threading.enumerate() if thread.name == "mail"]
        for thread in threads:
            thread.join(2)

        assert result.reason == "no answer within 0.2 s"
        assert not any(thread.is_alive() for thread in threads)


def test_what_is_no_smtp_is_tried_again_later() -> None:
    with silent(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        result = send(f"smtp://127.0.0.1:{port}", timeout=1)

    assert result.outcome is Outcome.LATER


def test_the_test_of_a_channel_sends_no_mail(server: MailServer) -> None:
    sender = MailSender(channel(server.url()))
    good = asyncio.run(sender.test(NOW))
    server.post.rcpt = {TO[0]: "550 unknown", TO[1]: "550 unknown"}
    bad = asyncio.run(sender.test(NOW))

    assert (good.outcome, bad.outcome) == (Outcome.DELIVERED, Outcome.DEAD)
    assert server.post.accepted == []


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("smtp://mail.example", "mail.example", 587, False),
        ("smtp://mail.example:25", "mail.example", 25, False),
        ("smtps://u:p@mail.example", "mail.example", 465, True),
        ("smtp://[::1]:2525", "::1", 2525, False),
    ],
)
def test_where_an_smtp_url_leads(url: str, host: str, port: int, tls: bool) -> None:
    server = read_server(url)

    assert (server.host, server.port, server.tls) == (host, port, tls)


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example:587"])
def test_what_is_no_smtp_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ChannelUnusable) as caught:
        MailSender(channel(url))

    assert "mail: must be smtp://" in str(caught.value)


def test_no_secret_is_in_any_repr() -> None:
    url = "smtp://watch:hunter2@mail.example"

    assert "hunter2" not in repr(channel(url)) + repr(read_server(url))


def test_an_address_that_few_servers_take_is_refused_at_the_start() -> None:
    with pytest.raises(ChannelUnusable, match="not a mail address"):
        MailSender(channel("smtp://mail.example", to=("律师@firm.example",)))
