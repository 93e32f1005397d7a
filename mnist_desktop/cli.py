"""Turns the command line's words into one command, and whatever fails into one sentence."""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from mnist_desktop import __version__
from mnist_desktop.commands import cassandra, doctor, evaluate, history, import_model, log, predict, train
from mnist_desktop.commands.command import (
    FAILED,
    INTERRUPTED,
    USAGE,
    CommandError,
    Context,
    complain,
    discard,
    ended_by_interrupts,
    file_or_input,
    named_path,
)
from mnist_desktop.log.record import LogError
from mnist_desktop.paths import PathsError, find_paths
from mnist_desktop.settings import SETTINGS, SettingsError, load_settings

logger = logging.getLogger(__name__)


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; 0 all done, 1 something could not be read or done, 2 usage."""
    _steady_streams()
    verbose = False
    try:
        arguments = _understood(words)
        verbose = arguments.verbose
        code: int = arguments.run(arguments, _context(arguments))
        sys.stdout.flush()
    except (CommandError, SettingsError, PathsError, LogError) as error:
        if verbose:
            traceback.print_exc()
        complain(error)
        if isinstance(error, CommandError):
            return error.code
        return FAILED if isinstance(error, LogError) else USAGE
    except MemoryError:
        complain("There is not enough memory for this.")
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        return _output_failed(error)
    # The last resort: what nobody foresaw is a sentence, too.
    except Exception as error:
        logger.exception("A fault of this program.")
        complain(f"This is a fault of MNIST Desktop ({type(error).__name__}: {error}); --verbose shows where it is.")
        return FAILED
    return code


def _understood(words: Sequence[str] | None) -> argparse.Namespace:
    """What the words ask for; from here on as much is said of it as they want."""
    try:
        arguments = build_parser().parse_args(words)
    finally:
        # What --help and --version print has to be written before they end the program, like any other output.
        sys.stdout.flush()
    logging.basicConfig(level=logging.INFO if arguments.verbose else logging.CRITICAL, format="%(name)s: %(message)s")
    return arguments


def _steady_streams() -> None:
    """Give standard streams that were closed a place to go, and let none fail on a character it cannot show.

    A file opened later would get the number of a closed stream, and with it what libraries write there.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - for the whole run
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _output_failed(error: OSError) -> int:
    """Standard output takes no more: what commands open themselves, they name themselves."""
    discard(sys.stdout)
    # Of a broken pipe there is nothing to say: whoever read the output has read enough.
    if not isinstance(error, BrokenPipeError):
        complain(f"{error.filename or 'The output'} cannot be written ({error.strerror}).")
    return FAILED


def build_parser() -> argparse.ArgumentParser:
    """The parser of every command; the window is what opens without one."""
    shared = argparse.ArgumentParser(add_help=False)
    # A default here would overwrite what was said before the command.
    shared.add_argument(
        "--verbose", action="store_true", default=argparse.SUPPRESS, help="say what is done, and add tracebacks"
    )
    parser = argparse.ArgumentParser(
        prog="mnist-desktop", description="Read digits that people draw, photograph or type."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("--verbose", action="store_true", help="say what is done, and add tracebacks")
    parser.set_defaults(run=_run_window, files=[])
    commands = parser.add_subparsers(metavar="COMMAND")

    window = commands.add_parser("gui", parents=[shared], help="open the window (as without a command)")
    window.add_argument(
        "files", nargs="*", type=file_or_input, metavar="FILE", help="what to read at once, named as for predict"
    )
    window.set_defaults(run=_run_window)
    for command in (predict, evaluate, train, import_model, history, log, cassandra, doctor):
        command.add_parser(commands, shared)
    demo = commands.add_parser("demo", parents=[shared], help="replay sample drawings and pictures in the real window")
    demo.add_argument("--screenshot", type=named_path, metavar="PNG", help="keep a picture of the window at its end")
    demo.set_defaults(run=_run_demo)
    return parser


def _context(arguments: argparse.Namespace) -> Context:
    """Settings and places for a command."""
    paths = find_paths(os.environ)
    flags = {name: value for name in SETTINGS if (value := getattr(arguments, name, None)) is not None}
    try:
        return Context(settings=load_settings(paths, os.environ, flags), paths=paths)
    except SettingsError as error:
        if arguments.run not in TOLERANT:
            raise
        return Context(settings=error.usable, paths=paths, notice=str(error))


def _run_window(arguments: argparse.Namespace, context: Context) -> int:
    with ended_by_interrupts():
        from mnist_desktop.gui.app import run

        return run(arguments.files, context.settings, context.paths, notice=context.notice)


def _run_demo(arguments: argparse.Namespace, context: Context) -> int:
    with ended_by_interrupts():
        from mnist_desktop.gui.demo import demo

        return demo(context.settings, context.paths, arguments.screenshot)


TOLERANT = (_run_window, doctor.run)
"""What goes on in spite of wrong settings, and says so itself."""
