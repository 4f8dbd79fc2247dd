"""The subjects of a package are found under their names, whatever lies behind them."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from inspect import ismodule

import pytest

FACES = {
    "alerts.chat": "ChatSender service_of text title",
    "alerts.deliver": "Deliverer Handover probe sender_for",
    "alerts.digest": "Collected Facts Trouble build health_line ids is_digest",
    "alerts.errors": "AlertError AlertUnknown ChannelUnusable StoryUnknown",
    "alerts.history": "AlertRow AttemptRow ChannelState MatchRow RuleState STATES find_alert",
    "alerts.letter": "address compose html plain_text subject",
    "alerts.mail": "MailSender read_server",
    "alerts.match": "Matcher build document_of match_pending settle",
    "alerts.outbox": "Claim claim next_due queue queue_notice renew retry retry_dead settle",
    "alerts.retry": "LONGEST SCHEDULE Verdict judge read_retry_after",
    "alerts.rule": "Rule",
    "alerts.webhook": "WebhookSender sign",
    "crawler.decode": "Decoded decode",
    "crawler.engine": "Engine LEASE_MARGIN Plans",
    "crawler.errors": "BadStatus Broken CrawlError FetchError NotAListing SourceBusy Unreadable",
    "crawler.evidence": "Place Seen canonical coding gathered",
    "crawler.extract": "Extracted Page extract measured",
    "crawler.guard": "Guard is_public",
    "crawler.health": "Finding Kind Past Trouble changes judge network",
    "crawler.intake": "home incoming",
    "crawler.ledger": "lease poll polls register settle settle_page state states waiting",
    "crawler.robots": "Robots RobotsMiddleware Rules",
    "crawler.settings": "FetchOptions PRODUCT REVISIT scrapy_settings user_agent",
    "crawler.source": "Fate Link Page PageReport PollReport Source Validators",
}


@pytest.mark.parametrize(("subject", "names"), FACES.items())
def test_a_subject_is_called_by_its_name(subject: str, names: str) -> None:
    """Others call `crawler.extract:extract` by its path."""
    face = import_module(subject)

    assert [name for name in names.split() if not hasattr(face, name)] == []


@pytest.mark.parametrize("subject", FACES)
def test_no_file_of_a_room_hides_a_name_of_its_face(subject: str) -> None:
    """Importing `crawler.ledger.polls` would put a module where a function was."""
    face = import_module(subject)
    files = {module.name for module in pkgutil.iter_modules(getattr(face, "__path__", []))}

    assert files & set(getattr(face, "__all__", [])) == set()
    assert not any(ismodule(getattr(face, name)) for name in getattr(face, "__all__", []))
