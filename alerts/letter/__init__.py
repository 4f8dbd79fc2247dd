"""A message as people read it: subject, plain text and HTML. Pure.

    alert ─▶ message ────┐
    notice ──────────────┼▶ phrases: its parts in words ─▶ layout: one page for them all
    digest ─▶ digesttext ┘

`compose` makes a mail of any of the three; chat takes the plain text.
"""

from alerts.letter.message import (
    address,
    compose,
    facts,
    html,
    passages,
    plain_text,
    subject,
)

__all__ = [
    "address",
    "compose",
    "facts",
    "html",
    "passages",
    "plain_text",
    "subject",
]
