"""Certificates: only those that are trusted will do."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from scrapy import Request

from crawler.errors import Unreachable
from tests.support.fetching import fetch, run, transport

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.site import (
        Site,
    )


def certificate(folder: Path, host: str = "127.0.0.1") -> tuple[Path, Path]:
    """A self-signed certificate for the address; returns the files of certificate and key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(built.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def fetch_by_tls(files: tuple[Path, Path], host: str = "127.0.0.1") -> bytes:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        await reader.read()
        writer.close()

    async def main() -> bytes:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        async with transport(robots=False) as opened:
            server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
            async with server:
                port = server.sockets[0].getsockname()[1]
                try:
                    return (await opened.fetch(Request(f"https://{host}:{port}/"))).body
                finally:
                    await opened.stop()

    return run(main())


def test_a_certificate_of_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="certificate is not valid: self"):
        fetch_by_tls(certificate(tmp_path))


def test_a_certificate_that_is_trusted_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    assert fetch_by_tls(files) == b"hi"


def test_a_certificate_for_another_host_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = certificate(tmp_path, "127.0.0.9")
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    with pytest.raises(Unreachable, match=r"certificate is not valid: .*127\.0\.0\.1"):
        fetch_by_tls(files)


def test_no_tls_where_tls_was_asked_for(site: Site) -> None:
    with pytest.raises(Unreachable, match="TLS failed: what answers there speaks none"):
        fetch(site, "", request=Request(site.url("/page").replace("http:", "https:")))
