"""A receiver for the soak: it remembers what it took, in whatever mood it is, if it is there."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from standardwebhooks import Webhook, WebhookVerificationError

from tests.support.receiver import SECRET, Received
from tests.support.site import Answer, Site

if TYPE_CHECKING:
    from random import Random

    from tests.support.site import Recorded, Wire

OK = "takes it"
#: Mood → how often, of a hundred requests, by the name of the receiver.
MOODS = {
    "steady": {OK: 96, "takes it slowly": 4},
    "moody": {
        OK: 66,
        "takes it slowly": 8,
        "takes it and hangs up": 8,
        "hangs up": 4,
        "500": 6,
        "503": 3,
        "429": 2,
        "302": 1,
        "takes it and never answers": 1,
        "answers half": 1,
    },
    "absent": {OK: 100},
}
OUTAGES = {"absent": (4.0, 40.0), "moody": (1.0, 8.0)}  # seconds that one lasts
BETWEEN = (10.0, 45.0)  # seconds between two outages

_TAKES = {OK, "takes it slowly", "takes it and hangs up", "takes it and never answers",
          "answers half"}  # fmt: skip


class Desk:
    """Listens on one port of loopback for all its life, but for the outages."""

    def __init__(self, name: str, rng: Random) -> None:
        self.name = name
        self.received: list[Received] = []
        self.outages = 0
        self._rng = rng
        self._lock = threading.Lock()
        self._moods = MOODS[name]
        self._webhook = Webhook(SECRET)
        self._port = 0
        self._site: Site | None = None
        self._come()
        self.hook = f"http://127.0.0.1:{self._port}/hook"

    def live(self, calm: threading.Event) -> None:
        """Come and go until it is calm."""
        if self.name not in OUTAGES:
            return
        while not calm.wait(self._rng.uniform(*BETWEEN)):
            self.outages += 1
            refuses = self._rng.random() < 0.5
            if refuses:
                self.leave()
            else:
                self._moods = {"500": 1}
            calm.wait(self._rng.uniform(*OUTAGES[self.name]))
            self._moods = MOODS[self.name]
            if refuses:
                self._come()

    def behave(self) -> None:
        """Take everything from now on."""
        self._moods = {OK: 1}

    def leave(self) -> None:
        """Connections are refused, and those in use are cut."""
        if self._site is not None:
            self._site.__exit__(None, None, None)
            self._site = None

    def _come(self) -> None:
        self._site = Site(port=self._port).__enter__()
        self._port = self._site.port
        self._site.behave("/hook", self._take)

    def _take(self, request: Recorded, wire: Wire) -> None:
        with self._lock:
            moods = self._moods
            mood = self._rng.choices(list(moods), weights=list(moods.values()))[0]
            pause = self._rng.uniform(0.05, 2.0)
        answer = _answer(mood)
        self.received.append(self._received(request, answer))
        if mood == "takes it slowly":
            wire.wait(pause)
        if mood == "takes it and never answers":
            wire.wait(20)
        if mood == "answers half":
            wire.send(b"HTTP/1.1 200 OK\r\nContent-Le")
        if mood.endswith(("hangs up", "never answers", "half")):
            raise ConnectionResetError
        wire.answer(answer)

    def _received(self, request: Recorded, answer: Answer) -> Received:
        try:
            self._webhook.verify(request.body, request.headers)
            valid = True
        except WebhookVerificationError:
            valid = False
        return Received(
            id=request.headers.get("webhook-id", ""),
            payload=json.loads(request.body),
            valid=valid,
            answered=answer.status,
            request=request,
        )


def _answer(mood: str) -> Answer:
    """Whoever takes it says 204, or would have."""
    if mood in _TAKES:
        return Answer(b"", 204, "text/plain")
    headers = {}
    if mood == "503":
        headers = {"Retry-After": "2"}
    elif mood == "429":
        soon = datetime.now(UTC) + timedelta(seconds=3)
        headers = {"Retry-After": format_datetime(soon, usegmt=True)}
    elif mood == "302":
        headers = {"Location": "/elsewhere"}
    status = int(mood) if mood.isdigit() else 500
    return Answer(b"not now", status, "text/plain", headers)
