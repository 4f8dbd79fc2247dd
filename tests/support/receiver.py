"""A webhook receiver on loopback that checks signatures and answers as it is told."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from standardwebhooks import Webhook, WebhookVerificationError

from tests.support.site import Answer, Recorded, Site, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SECRET = "whsec_cHJlc3N3YXRjaC10ZXN0LXNlY3JldC0xMjM0NTY3ODkw"


@dataclass(frozen=True)
class Received:
    """A delivery whose signature was checked."""

    id: str
    payload: dict[str, Any]
    valid: bool
    answered: int
    request: Recorded


class Receiver(Site):
    """``receiver.hook`` is its URL; `answers` are used up one a delivery, then it is 204."""

    def __init__(
        self, secret: str = SECRET, answers: Iterable[Answer] = (), *, port: int = 0
    ) -> None:
        super().__init__(port=port)
        self.received: list[Received] = []
        self.answers = deque(answers)
        self.before: Callable[[Recorded, Wire], None] | None = None  # may wait, or hang up
        self._webhook = Webhook(secret)
        self.hook = self.behave("/hook", self._receive)

    def accepted(self) -> list[Received]:
        """Those that were answered 2xx."""
        return [delivery for delivery in self.received if 200 <= delivery.answered < 300]

    def _receive(self, request: Recorded, wire: Wire) -> None:
        if request.method == "OPTIONS":  # nothing is delivered by asking
            wire.answer(Answer(b"", 204, "text/plain", {"Allow": "POST"}))
            return
        answer = self.answers.popleft() if self.answers else Answer(b"", 204, "text/plain")
        try:
            self._webhook.verify(request.body, request.headers)
            valid = True
        except WebhookVerificationError:
            valid = False
        delivery = Received(
            id=request.headers.get("webhook-id", ""),
            payload=json.loads(request.body or b"{}"),
            valid=valid,
            answered=answer.status,
            request=request,
        )
        with self._changed:
            self.received.append(delivery)
            self._changed.notify_all()
        if self.before is not None:
            self.before(request, wire)
        wire.answer(answer)
