"""The demo on the terminal: a line an event, a live count below, and a table at the end."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

from rich.text import Text

from presswatch.console import out, visible

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType
    from typing import Self

    from presswatch.demo import verdict
    from presswatch.demo.lines import Line

_KIND, _WHO = 8, 15  # columns of an event
_WHAT, _LEAST_ABOUT, _MOST_ABOUT = 11, 20, 52  # columns of the table
_BESIDE_ABOUT = 64


class Terminal:
    """Everything that the demo shows; plain lines where it is no terminal."""

    def __init__(self) -> None:
        self.console = out()
        self._began = monotonic()
        self._status = self.console.status("", spinner="dots", refresh_per_second=8)
        self.gone = False  # whoever read what is shown, through a pipe, reads no more

    def __enter__(self) -> Self:
        self._began = monotonic()
        if self.console.is_terminal:
            self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._status.stop()

    def seconds(self) -> float:
        """Since the start."""
        return monotonic() - self._began

    def line(self, line: Line) -> None:
        """Show what has just happened."""
        shown = Text(f"{self.seconds():5.1f} s  ", "dim")
        shown.append_text(_cell(line.kind, line.style, _KIND))
        shown.append_text(_cell(line.who, "", _WHO))
        shown.append(visible(line.says))
        if line.aside:
            shown.append(f"  {visible(line.aside)}", style="dim")
        self._one_line(shown)

    def count(self, says: str) -> None:
        """The live line below the others; only on a terminal."""
        self._status.update(Text(says, style="dim"))

    def say(self, says: str = "", style: str = "") -> None:
        self._print(Text(says, style=style), soft_wrap=True)

    def command(self, command: str, why: str) -> None:
        """Something to type, and what for."""
        self._print(
            Text(f"  {command}", "cyan").append(f"   # {why}", "dim"), soft_wrap=True, no_wrap=True
        )

    def table(self, title: str, lines: Iterable[verdict.Line]) -> None:
        """What was expected, and whether it came."""
        self.say()
        self.say(title, "bold")
        about = max(_LEAST_ABOUT, min(_MOST_ABOUT, self.console.width - _BESIDE_ABOUT))
        for line in lines:
            shown = Text()
            shown.append("  ✓  " if line.ok else "  ✗  ", "bold green" if line.ok else "bold red")
            shown.append_text(_cell(line.what, "", _WHAT))
            shown.append_text(_cell(line.about, "", about))
            shown.append(visible(line.says), "dim" if line.ok else "bold red")
            self._one_line(shown)

    def _one_line(self, shown: Text) -> None:
        """No wider than the terminal, and without blanks at the end."""
        shown.rstrip()
        self._print(shown, no_wrap=True, overflow="ellipsis", crop=True)

    def _print(self, shown: Text, **how: Any) -> None:
        """Called from the service's own loops, which must not stumble over a reader that left."""
        try:
            self.console.print(shown, **how)
        except BrokenPipeError:
            self.gone = True


def _cell(text: str, style: str, width: int) -> Text:
    cell = Text(visible(text), style=style)
    cell.truncate(width, overflow="ellipsis", pad=True)
    cell.append("  ")
    return cell
