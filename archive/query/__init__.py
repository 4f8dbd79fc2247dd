"""One query language for search and rules, and what becomes of a query.

    text ─▶ lex ─▶ parser ─▶ tree of leaves ─▶ sql: FTS5 and facts     (archive.search)
                                            └▶ spans: one automaton    (rules, snippets)

The reference, with examples, is docs/queries.md.
"""

from archive.query.concepts import Concepts
from archive.query.leaf import Term
from archive.query.parser import (
    MAX_LENGTH,
    MAX_NESTING,
    Query,
    concept_notes,
    concept_problems,
    parse,
)

__all__ = [
    "MAX_LENGTH",
    "MAX_NESTING",
    "Concepts",
    "Query",
    "Term",
    "concept_notes",
    "concept_problems",
    "parse",
]
