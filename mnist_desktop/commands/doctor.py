"""`doctor`: everything a bug report needs."""

from __future__ import annotations

import argparse
import dataclasses
import os

from mnist_desktop.commands.command import DONE, FAILED, Context, json_line
from mnist_desktop.ink.names import shown_name


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    """Add the parser of this command, with the options that all share."""
    parser = commands.add_parser("doctor", parents=[shared], help="everything a bug report needs")
    parser.add_argument("--json", action="store_true", help="print a JSON object a line")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, _context: Context) -> int:
    """Print each check as it is made; FAILED when something is wrong."""
    from mnist_desktop.doctor import examine

    code = DONE
    for check in examine(os.environ):
        if not check.ok:
            code = FAILED
        if arguments.json:
            print(json_line(dataclasses.asdict(check)), flush=True)
        else:
            print(f"{'ok   ' if check.ok else 'WRONG'} {check.name}: {shown_name(check.detail)}", flush=True)
    return code
