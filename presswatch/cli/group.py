"""What all commands share at the top: loading, errors, exit codes.

0    what was asked for is done, or is so
1    it is not so: nothing found, something needs attention, an alert did not arrive
2    the command or the config is wrong; nothing was done
3    it could not be done or looked up: no archive, archive busy, file not readable
130  interrupted
"""

from __future__ import annotations

import errno
import sqlite3
import sys
from importlib import import_module
from typing import Any

import click

from archive.errors import PresswatchError, QueryError
from presswatch import __version__
from presswatch.console import err, lose_nothing, text
from presswatch.errors import ConfigError

NO, USAGE, CANNOT, INTERRUPTED = 1, 2, 3, 130

#: Command → its module, and its line in the list of commands, in the order in which a newcomer
#: meets them. The function is called as the command.
COMMANDS = {
    "demo": ("demo", "Watch a small press that presswatch serves to itself."),
    "init": ("setup", "Write a commented config.toml."),
    "check": ("setup", "Verify the config; --online tries every source and channel."),
    "run": ("serve", "Run the service in the foreground."),
    "poll": ("poll", "Poll one source once and show what it found."),
    "sources": ("sources", "Find, list, try and pause sources."),
    "search": ("search", "Find articles in the archive."),
    "show": ("show", "Show an article of the archive."),
    "why": ("why", "Tell what became of a page, and why."),
    "status": ("status", "Show how the service, the sources and the channels fare."),
    "rules": ("rules", "List the rules, and try them on the past."),
    "alerts": ("alerts", "Read the ledger of alerts, and send dead letters again."),
    "mute": ("mute", "Tell nobody of a rule, story or source for a while."),
    "unmute": ("mute", "Tell again of what was muted."),
    "channel": ("channel", "Enable a channel again, or let go of one."),
    "web": ("web", "Serve the page of an archive, read-only."),
    "export": ("export", "Write every article out, a line each."),
    "doctor": ("doctor", "Look at everything that could be wrong, and say what to do."),
    "backup": ("backup", "Copy the archive while the service runs."),
    "restore": ("backup", "Put a backup in the place of the archive."),
    "fold": ("fold", "Show the form of a text in which search and rules compare it."),
    "version": ("setup", "Print the version."),
}


class Main(click.Group):
    """Loads the module of a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's
        return list(COMMANDS)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's
        cmd_name: str,
    ) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, line = COMMANDS[cmd_name]
        command = getattr(import_module(f"presswatch.cli.{module}"), cmd_name)
        assert isinstance(command, click.Command)
        command.short_help = line
        return command

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            from presswatch.config.values import did_you_mean

            ctx.fail(f"No such command '{args[0]}'{did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; every expected error becomes its sentence and an exit code."""
        lose_nothing(sys.stdout)
        try:
            value = super().invoke(ctx)
            sys.stdout.flush()  # while a broken pipe can still be caught
        except PresswatchError as error:
            if isinstance(error, ConfigError) and error.problems and error.which:
                complain(f"{error.which} cannot be used:")
            complain(str(error))
            ctx.exit(code_of(error))
        except click.FileError as error:
            complain(f"{error.ui_filename}: {error.message}")
            ctx.exit(CANNOT)
        except sqlite3.DatabaseError as error:
            complain(f"The archive could not be read: {error}")
            ctx.exit(CANNOT)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # click ends quietly: whoever read our output has read enough
            complain(f"{error.filename or 'The system'}: {error.strerror or error}")
            ctx.exit(CANNOT)
        return value


def code_of(error: PresswatchError) -> int:
    """What the operator wrote is wrong, or what was to be done cannot be done."""
    return USAGE if isinstance(error, (ConfigError, QueryError)) else CANNOT


def complain(message: str) -> None:
    """On standard error, with line breaks kept and everything else made visible."""
    console = err()
    for line in message.splitlines():
        console.print(text(line), style="red" if console.is_terminal else "", soft_wrap=True)


HELP = """Watch the press: poll news sources, file every article once, tell whoever asked.

\b
To see it:       presswatch demo
To use it:       presswatch init, then edit config.toml
                 presswatch check
                 presswatch run
"""


@click.command(cls=Main, help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="presswatch", message="%(prog)s %(version)s")
def main() -> None:
    pass
