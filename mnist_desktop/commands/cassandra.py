"""`cassandra`: starts, stops and shows the bundled Cassandra node by Docker Compose, for those who keep no checkout."""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence

from mnist_desktop.commands.command import DONE, CommandError, Context, complain
from mnist_desktop.paths import shipped
from mnist_desktop.settings import CASSANDRA_PORT, PREFIX, SETTINGS, hosts_of

COMPOSE_FILE = "docker-compose.cassandra.yml"

PROJECT = "mnist-desktop"
"""What the compose file calls itself; said once more, so that COMPOSE_PROJECT_NAME does not name another node."""

PORT_VARIABLE = f"{PREFIX}CASSANDRA_PORT"
"""Of the compose file: where on this computer the node listens."""

THIS_COMPUTER = ("127.0.0.1", "localhost")

DOCKER_MISSING = (
    "This needs Docker, which is not installed: Docker Desktop, or Docker's packages for your system "
    "(https://docs.docker.com/get-docker/). Without it, name a Cassandra of your own in the settings."
)

COMPOSE_MISSING = (
    "This needs Docker Compose 2, and this Docker has none: install docker-compose-plugin (Docker's own packages), "
    "docker-compose-v2 (Ubuntu) or docker-compose (Debian 13 or later)."
)

logger = logging.getLogger(__name__)


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    """Add the parser of this command, with the options that all share."""
    parser = commands.add_parser("cassandra", help="the bundled Cassandra node (needs Docker)")
    actions = parser.add_subparsers(required=True, metavar="up|down|status")

    up = actions.add_parser("up", parents=[shared], help="start the node, and wait until it answers")
    up.set_defaults(run=run_up)

    down = actions.add_parser("down", parents=[shared], help="stop the node; what it holds stays")
    down.set_defaults(run=run_down)

    status = actions.add_parser("status", parents=[shared], help="whether it runs")
    status.add_argument("--json", action="store_true", help="as JSON, the way Docker Compose writes it")
    status.set_defaults(run=run_status)


def run_up(_arguments: argparse.Namespace, context: Context) -> int:
    """Start the node and wait until it is healthy; says so when the program is set to look elsewhere."""
    _compose("up", "--detach", "--wait")
    port = os.environ.get(PORT_VARIABLE) or str(CASSANDRA_PORT)
    known = [(host, str(number)) for host, number in hosts_of(context.settings.cassandra)]
    if not any((host, port) in known for host in THIS_COMPUTER):
        variable = SETTINGS["cassandra"].variable
        complain(
            f"The node listens at {THIS_COMPUTER[0]}:{port}, but this program looks at {context.settings.cassandra}; "
            f"set {variable}={THIS_COMPUTER[0]}:{port}."
        )
    return DONE


def run_down(_arguments: argparse.Namespace, _context: Context) -> int:
    """Stop the node and take its container away; the volume with the log stays."""
    _compose("down")
    return DONE


def run_status(arguments: argparse.Namespace, _context: Context) -> int:
    """Show the node's container as Docker Compose does."""
    _compose("ps", "--all", *(("--format", "json") if arguments.json else ()))
    return DONE


def _compose(*words: str) -> None:
    """Have Docker Compose do this with the bundled file; what it says goes where this program's own words go.

    A CommandError when Docker or its Compose is missing, or Compose ends with another code than 0.
    """
    docker = shutil.which("docker")
    if docker is None:
        raise CommandError(DOCKER_MISSING)
    if _code([docker, "compose", "version"], quiet=True) != 0:
        raise CommandError(COMPOSE_MISSING)
    file = str(shipped(COMPOSE_FILE))
    code = _code([docker, "compose", "--project-name", PROJECT, "--file", file, *words])
    if code != 0:
        raise CommandError(f"Docker Compose failed (exit code {code}); what it said stands above.")


def _code(command: Sequence[str], *, quiet: bool = False) -> int:
    """The exit code of `command`; after Ctrl+C, which it gets as well, it may end in its own way."""
    logger.info("%s", " ".join(command))
    output = subprocess.DEVNULL if quiet else None
    interrupted: list[int] = []
    # A handler, which the command does not inherit: an exception could come before there is anything to wait for.
    before = signal.getsignal(signal.SIGINT)
    if callable(before):
        # Where Ctrl+C is ignored, as in a script's background, it stays so, for the command too.
        signal.signal(signal.SIGINT, lambda number, _frame: interrupted.append(number))
    try:
        code = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output).wait()
    except OSError as error:
        raise CommandError(f"{command[0]} cannot be run ({error.strerror}).") from error
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupted:
        raise KeyboardInterrupt
    return code
