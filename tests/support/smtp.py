"""A real SMTP server on loopback, in a thread, that answers as it is told."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import email.policy
import ipaddress
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path
    from types import TracebackType
    from typing import Self


@dataclass(frozen=True)
class Mail:
    """A message as it was accepted."""

    sender: str
    to: tuple[str, ...]
    raw: bytes
    encrypted: bool
    user: str  # who logged in; empty for nobody

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)


@dataclass
class Postmaster:
    """The server's behaviour: replies by command, and what it has accepted."""

    accepted: list[Mail] = field(default_factory=list)
    mail: str = "250 OK"
    rcpt: dict[str, str] = field(default_factory=dict)  # by recipient; else accepted
    data: list[str] = field(default_factory=list)  # used up one a message, then accepted
    users: dict[str, str] = field(default_factory=dict)
    hangs: bool = False  # with a message in its hands, about which it never says a word
    has_message: threading.Event = field(default_factory=threading.Event)

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's names
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.mail

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's names
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self.rcpt.get(address, "250 OK")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: N802
        self, server: Any, session: Session, envelope: Envelope
    ) -> str:
        self.has_message.set()
        if self.hangs:
            await asyncio.Event().wait()
        reply = self.data.pop(0) if self.data else "250 queued"
        if reply.startswith("2"):
            self.accepted.append(
                Mail(
                    sender=envelope.mail_from or "",
                    to=tuple(envelope.rcpt_tos),
                    raw=bytes(envelope.original_content or b""),
                    encrypted=server.transport.get_extra_info("ssl_object") is not None,
                    user=(session.auth_data or b"").decode() if session.authenticated else "",
                )
            )
        return reply

    def authenticate(
        self, server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        user, password = data.login.decode(), data.password.decode()
        fine = self.users.get(user) == password
        return AuthResult(success=fine, handled=False, auth_data=user.encode())


class _Controller(Controller):
    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class MailServer:
    """``with MailServer() as server: server.url() … server.post.accepted``.

    With `certificate` (see `self_signed`) it offers STARTTLS, or speaks TLS at once.
    """

    def __init__(self, *, certificate: Path | None = None, tls_at_once: bool = False) -> None:
        self.post = Postmaster()
        context = None
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
        self._scheme = "smtps" if tls_at_once else "smtp"
        self._controller = _Controller(
            self.post,
            hostname="127.0.0.1",
            port=0,
            ssl_context=context if tls_at_once else None,
            tls_context=None if tls_at_once else context,
            auth_require_tls=False,
            authenticator=self.post.authenticate,
        )

    def url(self, credentials: str = "", host: str = "127.0.0.1") -> str:
        at = f"{credentials}@" if credentials else ""
        return f"{self._scheme}://{at}{host}:{self._controller.port}"

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._controller.stop()


def self_signed(folder: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody trusts, with its key, in one PEM file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "presswatch test")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "server.pem"
    path.write_bytes(secret + certificate.public_bytes(pem))
    return path
