"""presswatch fold."""

from __future__ import annotations

import re
import sys

import click

from presswatch.cli.common import command, no_config_option

_BETWEEN_IDEOGRAPHS = re.compile(r"(?<=[^\x00-\u2e7f]) (?=[^\x00-\u2e7f])")


@command(
    "fold",
    example="""
        echo '知識(shí)產(chǎn)權(quán)' | presswatch fold
        presswatch fold --tokens < page.txt
    """,
    codes="""
        0  done
        3  standard input is not text in UTF-8
    """,
)
@click.option("--tokens", is_flag=True, help="The very stream of tokens, with a blank between two.")
@no_config_option
def fold(*, tokens: bool) -> None:
    """Read text from standard input and print it as hash, index and rules see it.

    Simplified characters, small letters, no reading glosses; ¶ stands where no phrase may go
    across: at the end of a sentence, and at punctuation between ideographs.
    """
    from archive.errors import PresswatchError
    from archive.fold import SENTINEL, stream

    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise PresswatchError(f"line {line}", cause="it is not text in UTF-8") from None
    folded = stream(text)
    if not tokens:
        folded = _BETWEEN_IDEOGRAPHS.sub("", folded).replace(f" {SENTINEL} ", f" {SENTINEL}\n")
    click.echo(folded)
