"""Receivers on loopback in the place of five chat services."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from alerts.chat import service_of
from tests.support.site import Answer

if TYPE_CHECKING:
    import pytest

    from tests.support.site import Site

#: Service → its URL, its plugin, and the attribute that holds its fixed host.
SERVICES = {
    "feishu": ("feishu://abcdef-123456", "NotifyFeishu", "notify_url", "/hook/{token}/"),
    "dingtalk": ("dingtalk://abcdef123456", "NotifyDingTalk", "notify_url", "/send?t={token}"),
    "wecombot": ("wecombot://abcdef-123456", "NotifyWeComBot", "notify_url", "/send?key={key}"),
    "slack": (
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "NotifySlack", "webhook_url",
        "/services",
    ),
    "telegram": ("tgram://123456789:abcdefg_hijklmnop/12315544", "NotifyTelegram", "notify_url",
                 "/bot"),
}  # fmt: skip
FINE = {"slack": b"ok", "telegram": b'{"ok":true,"result":{}}'}


class Services:
    """Receivers on loopback in the place of five services."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.answers: dict[str, list[Answer]] = {name: [] for name in SERVICES}
        for name in SERVICES:
            site.behave(f"/{name}*", self._answer(name))

    def _answer(self, name: str) -> Any:
        fine = Answer(FINE.get(name, b'{"code":0,"errcode":0,"msg":"success"}'))

        def behave(_: Any, wire: Any) -> None:
            wire.answer(self.answers[name].pop(0) if self.answers[name] else fine)

        return behave

    def bodies(self, name: str) -> list[bytes]:
        asked = (each for each in self.site.requests if each.path.startswith(f"/{name}"))
        return [each.body for each in asked]


def in_their_place(site: Site, monkeypatch: pytest.MonkeyPatch) -> Services:
    """Lead every plugin to the site."""
    for name, (url, plugin, attribute, path) in SERVICES.items():
        module = import_module(type(service_of(url)).__module__)
        monkeypatch.setattr(getattr(module, plugin), attribute, site.url(f"/{name}{path}"))
    return Services(site)
