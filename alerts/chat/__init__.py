"""Every other service, through Apprise.

    payload ─▶ sender: title and text ─▶ places: who has it already? ─▶ Apprise ─▶ service
                  ▲                                                                    │
                  └────────── what came of it ◀── heard: what was answered ◀───────────┘

`ChatSender` is the way in; `service_of` says which service a URL means.
"""

from alerts.chat.sender import (
    ANSWER,
    HUNG,
    MISSING,
    READ,
    TIMEOUT,
    ChatSender,
    judge,
    longest,
    service_of,
    text,
    title,
)

__all__ = [
    "ANSWER",
    "HUNG",
    "MISSING",
    "READ",
    "TIMEOUT",
    "ChatSender",
    "judge",
    "longest",
    "service_of",
    "text",
    "title",
]
