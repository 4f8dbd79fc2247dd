from __future__ import annotations

import pickle

import pytest

from alerts import errors
from alerts.errors import AlertError
from archive.errors import PresswatchError


def tree(kind: type[Exception]) -> list[type[Exception]]:
    return [kind, *(below for child in kind.__subclasses__() for below in tree(child))]


@pytest.mark.parametrize("kind", tree(AlertError))
def test_every_error_says_what_which_and_why_and_crosses_processes(
    kind: type[PresswatchError],
) -> None:
    error = kind("desk", cause="no secret", hint="Set one")
    sentence = (kind.__doc__ or "").rstrip(".")

    assert str(error) == f"{sentence}: desk: no secret. Set one"
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert kind.__name__ in (errors.__doc__ or "")
    assert isinstance(error, PresswatchError)
