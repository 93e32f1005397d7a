"""Runs programs that meet faults, and gathers what they said: what they tried, and what the log called saved."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from fault_program import Plan

PATIENCE = 180.0
"""Seconds after which a run gives up waiting; no claim about speed."""

GOES_ON = 20
"""So many further records must be called saved, and so many beats heard, for a program to count as going on."""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A version of a record that a program was about to save."""

    image: str
    shown: bool
    bad: bool


@dataclass(kw_only=True)
class Said:
    """What the programs of one run have said, all together."""

    tried: dict[UUID, dict[int, Tried]] = field(default_factory=dict)
    saved: dict[UUID, int] = field(default_factory=dict)
    """Of each record that was called saved the latest version of which that was said."""
    wrong: list[str] = field(default_factory=list)

    def take(self, line: dict[str, Any]) -> None:
        """Note one line."""
        if "try" in line:
            versions = self.tried.setdefault(UUID(line["try"]), {})
            versions[line["version"]] = Tried(image=line["image"], shown=line["shown"], bad=line["bad"])
        elif "saved" in line:
            record_id = UUID(line["saved"])
            self.saved[record_id] = max(line["version"], self.saved.get(record_id, 0))
        elif "wrong" in line:
            self.wrong.append(line["wrong"])


class Program:
    """A running fault_program."""

    def __init__(self, plan: Plan, said: Said, *, tracing: Sequence[str] = ()) -> None:
        """`tracing` is a command before the program's own, as strace's."""
        self._said = said
        self._heard = threading.Condition()
        self._counts: Counter[str] = Counter()
        self._last: dict[str, Any] = {}
        self._process = subprocess.Popen(
            [*tracing, *plan.command()],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            # strace and the program that it runs are one group, and end together.
            start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, name="reader", daemon=True)
        self._reader.start()

    @property
    def counts(self) -> Counter[str]:
        """How often it has said what."""
        return self._counts

    def tell(self, word: str) -> None:
        """Give it a word of fault_program's."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def wait_for(self, condition: Callable[[Counter[str]], bool]) -> None:
        """Wait until what it has said meets a condition; fails when it ends before, or says nothing of the kind."""
        with self._heard:
            came = self._heard.wait_for(lambda: condition(self._counts) or self._over(), PATIENCE)
            assert condition(self._counts), f"the program {'ended' if came else 'stopped'}: {dict(self._counts)}"

    def lives(self, saves: int) -> bool:
        """Wait until it has saved so much or has ended; says whether it still runs."""
        with self._heard:
            assert self._heard.wait_for(lambda: self._counts["saved"] >= saves or self._over(), PATIENCE)
        return not self._over()

    def goes_on(self, saves: int = GOES_ON, looks: int = 1) -> None:
        """Wait until it has saved, looked and beaten so much more: it has not stopped."""
        begun = Counter(self._counts)
        self.wait_for(
            lambda now: (
                now["saved"] >= begun["saved"] + saves
                and now["looked"] >= begun["looked"] + looks
                and now["beat"] > begun["beat"] + 1
            )
        )

    def beats(self) -> None:
        """Wait until it has looked at History and beaten some more, whether or not it can save."""
        begun = Counter(self._counts)
        self.wait_for(lambda now: now["looked"] > begun["looked"] and now["beat"] > begun["beat"] + 3)

    def kill(self) -> None:
        """Kill it as a power loss would, and hear what it had said."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self.dies()

    def dies(self) -> None:
        """Wait until it has killed itself, or was killed."""
        self._wait()
        assert self._process.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), self._process.returncode

    def end(self, *, hanging: bool = False) -> None:
        """End it as a person would: it ends by itself and leaves nothing; `hanging`: while a node does not answer."""
        self.tell("leave" if hanging else "end")
        self._wait()
        assert self._process.returncode == 0, self._process.returncode
        assert self._counts["closed"] == 1, f"the program ended without closing: {dict(self._counts)}"
        if not hanging:
            left = self._last["closed"]
            assert (left["threads"], left["sockets"]) == ([], 0), f"the log left behind {left}"

    def stop(self) -> None:
        """Make sure that it is gone."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except BrokenPipeError:
                continue

    def _over(self) -> bool:
        return self._process.poll() is not None and not self._reader.is_alive()

    def _wait(self) -> None:
        self._process.wait(PATIENCE)
        # All that it said before it died counts, also what is still in the pipe.
        self._reader.join(PATIENCE)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for text in self._process.stdout:
            if not text.endswith("\n"):
                break
            line = json.loads(text)
            with self._heard:
                self._said.take(line)
                for word in line:
                    self._counts[word] += 1
                    self._last[word] = line
                self._heard.notify_all()
        with self._heard:
            self._heard.notify_all()


@dataclass(kw_only=True)
class Stage:
    """The programs of one run and what they have said."""

    said: Said = field(default_factory=Said)
    begun: float = field(default_factory=time.monotonic)
    programs: list[Program] = field(default_factory=list)

    def start(self, plan: Plan, *, tracing: Sequence[str] = ()) -> Program:
        """Start one more program."""
        self.programs.append(Program(plan, self.said, tracing=tracing))
        return self.programs[-1]


@contextmanager
def stage() -> Iterator[Stage]:
    """A run, after which every program is gone."""
    run = Stage()
    try:
        yield run
    finally:
        for program in run.programs:
            program.stop()
