from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st
from scrapy import Request

from crawler.errors import Forbidden, Unreachable
from crawler.fetch.handler import Handler
from crawler.guard import Address, Guard, is_public
from tests.support.fetching import options, run, transport
from tests.support.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scrapy.http import Response

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700:4700::1111",
    "2400:3200::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
]
CLOSED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "64:ff9b:1::808:808",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_open(address: str) -> None:
    assert Guard().allows(address)


@pytest.mark.parametrize("address", CLOSED)
def test_others_are_closed(address: str) -> None:
    assert not Guard().allows(address)


@pytest.mark.parametrize("text", ["", "localhost", "example.org", "127.1", "0x7f.1", "1.2.3.4 "])
def test_what_is_no_address_is_closed(text: str) -> None:
    assert not Guard(["0.0.0.0/0", "::/0"]).allows(text)


def test_listed_networks_are_open_and_nothing_beside_them() -> None:
    guard = Guard(["127.0.0.10/31", "fd00::/8"])
    assert [guard.allows(f"127.0.0.{n}") for n in (9, 10, 11, 12)] == [False, True, True, False]
    assert guard.allows("::ffff:127.0.0.10")
    assert guard.allows("fd00::1")
    assert not guard.allows("fc00::1")
    assert not guard.allows("10.0.0.1")
    assert guard.allows("8.8.8.8")


@pytest.mark.parametrize("network", ["127.0.0.1/8", "nonsense", "10.0.0.0/33", ""])
def test_a_network_that_cannot_be_read_is_an_error(network: str) -> None:
    with pytest.raises(ValueError, match=r"network|host bits"):
        Guard([network])


@given(st.ip_addresses(v=4))
def test_an_embedded_address_is_judged_like_the_address_itself(address: Address) -> None:
    number = int(address)
    forms = [
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1),
        ipaddress.IPv6Address((0x64FF9B << 96) | number),
    ]
    verdict = Guard().allows(str(address))
    assert [Guard().allows(str(form)) for form in forms] == [verdict] * 3


@given(st.ip_addresses())
def test_never_more_open_than_python_is(address: Address) -> None:
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast


# ------------------------------------------------------------------ at the socket


class FakeNames(AbstractResolver):
    """A name server whose answers the test decides, one list of addresses after the other."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: int = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
            for address in addresses
        ]

    async def close(self) -> None:
        pass


def fetch(url: str, *, names: FakeNames | None = None, times: int = 1, **changes: Any) -> Response:
    async def main() -> Response:
        handler = Handler(options(**changes), resolver=names)
        try:
            for _ in range(times):
                response = await handler.download_request(Request(url))
            return response
        finally:
            await handler.close()

    return run(main())


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        site.page("/", "here", headers={"Connection": "close"})
        yield site


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "0.0.0.0",
        "[::]",
        "2130706433",
        "127.1",
        "0x7f.1",
        "0177.0.0.1",
        "127.0.0.1.",
    ],
)
def test_no_spelling_of_loopback_gets_through(site: Site, host: str) -> None:
    with pytest.raises(Forbidden) as caught:
        fetch(f"http://{host}:{site.port}/", allow_networks=())
    assert not site.requests
    assert caught.value.passing is False


def test_the_error_names_host_and_address(site: Site) -> None:
    with pytest.raises(Forbidden) as caught:
        fetch("http://news.example/", names=FakeNames(["10.1.2.3"]))
    assert "news.example" in str(caught.value)
    assert "10.1.2.3" in str(caught.value)
    assert "allow_networks" in str(caught.value)


def test_a_name_with_a_private_address_is_refused(site: Site) -> None:
    names = FakeNames(["127.0.0.1"])
    with pytest.raises(Forbidden):
        fetch(f"http://news.example:{site.port}/", names=names, allow_networks=("127.0.0.2/32",))
    assert not site.requests


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1", "127.0.0.1"],
        ["127.0.0.1", "10.0.0.1"],
        ["fd00::1", "127.0.0.1"],
        ["127.0.0.1", "::1", "10.0.0.1"],
        ["::1", "fe80::1", "169.254.169.254", "127.0.0.1"],
    ],
)
def test_of_several_addresses_only_the_allowed_one_is_connected_to(
    site: Site, addresses: list[str]
) -> None:
    response = fetch(f"http://news.example:{site.port}/", names=FakeNames(addresses))
    assert response.body == b"here"
    assert site.requests[0].headers["host"] == f"news.example:{site.port}"


def test_several_forbidden_addresses_are_all_named() -> None:
    with pytest.raises(Forbidden) as caught:
        fetch("http://news.example/", names=FakeNames(["10.0.0.1", "fd00::1", "192.168.0.1"]))
    assert all(a in str(caught.value) for a in ("10.0.0.1", "fd00::1", "192.168.0.1"))


def test_an_allowed_address_that_does_not_answer_is_unreachable_not_forbidden() -> None:
    names = FakeNames(["10.0.0.1", "127.0.0.1"])
    with pytest.raises(Unreachable, match="connection refused"):
        fetch("http://news.example:1/", names=names)


def test_a_name_that_changes_its_address_is_looked_at_each_time(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aiohttp.connector._DNSCacheTable.expired", lambda *_: True)
    names = FakeNames(["127.0.0.1"], ["10.0.0.1"])
    with pytest.raises(Forbidden, match=r"10\.0\.0\.1"):
        fetch(f"http://news.example:{site.port}/", names=names, times=2)
    assert len(site.requests) == 1


@pytest.mark.parametrize("robots", [True, False])
def test_a_redirect_to_a_forbidden_address_is_refused(site: Site, robots: bool) -> None:
    with Site("127.0.0.2") as inside:
        inside.page("/secret", "secret")
        site.redirect("/out", inside.url("/secret"))

        async def main() -> None:
            async with transport(allow_networks=("127.0.0.1/32",), robots=robots) as opened:
                await opened.fetch(Request(site.url("/out")))

        with pytest.raises(Forbidden, match=r"127\.0\.0\.2"):
            run(main())
        assert not inside.requests


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "data:text/html,hello",
        "ftp://example.org/x",
        "s3://bucket/key",
        "http:///nohost",
        "http://a b/",
        "http://example.org:0/",
    ],
)
def test_only_web_addresses(url: str) -> None:
    async def main() -> None:
        async with transport() as opened:
            await opened.fetch(Request(url))

    with pytest.raises(Forbidden):
        run(main())


# ------------------------------------------------------------------ proxies


def test_a_proxy_of_the_environment_is_ignored(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetch(site.url("/")).body == b"here"


def test_a_proxy_of_the_configuration_is_used_wherever_it_stands(site: Site) -> None:
    site.page("http://news.example/x", "by proxy")
    response = fetch("http://news.example/x", allow_networks=(), proxy=site.url("/"))
    assert response.body == b"by proxy"


def test_literal_addresses_are_looked_at_before_a_proxy_is_asked(site: Site) -> None:
    with pytest.raises(Forbidden, match=r"169\.254\.169\.254"):
        fetch("http://169.254.169.254/meta", allow_networks=(), proxy=site.url("/"))
    assert not site.requests


def test_a_proxy_that_is_away_is_named() -> None:
    with pytest.raises(Unreachable, match="the proxy cannot be reached: connection refused"):
        fetch("http://news.example/", proxy="http://127.0.0.1:1")
