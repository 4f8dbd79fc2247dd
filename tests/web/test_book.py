"""config.toml as the page reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from presswatch.web.book import Books

if TYPE_CHECKING:
    from tests.web.office import Office


def test_a_config_that_breaks_before_the_first_look_leaves_the_page(own_office: Office) -> None:
    """The service goes on by the old one; its page once answered 500 to whoever came then."""
    books = Books(own_office.config, {})
    right = own_office.config.read_text("utf-8")
    own_office.config.write_text(right + '[[rule]]\nname = "x"\nquery = "AND ("\n', "utf-8")

    found = books.current()

    assert found.rules.rules
    assert "rule" in found.mistake
