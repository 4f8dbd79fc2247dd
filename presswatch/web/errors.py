"""Errors of the page.

PresswatchError
└── WebError          the page cannot be served, or not as asked
    ├── AnswerLost    whoever worked on an answer has ended
    ├── CannotListen  the address cannot be had
    ├── Nonsense      a parameter that means nothing
    ├── NotFound      there is no such thing
    ├── Refused       a change that may not be made here, or not now
    └── TooSlow       an answer that would take too long
"""

from __future__ import annotations

from archive.errors import PresswatchError


class WebError(PresswatchError):
    """The page cannot be served."""


class AnswerLost(WebError):
    """No answer was made; ask again."""


class CannotListen(WebError):
    """The page cannot be served at this address."""


class Nonsense(WebError):
    """This was not understood."""


class NotFound(WebError):
    """There is nothing here."""


class Refused(WebError):
    """This was not done."""


class TooSlow(WebError):
    """Looking for this takes too long."""
