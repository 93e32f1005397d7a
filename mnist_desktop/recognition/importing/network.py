"""What a stranger's network is before any of it is built: its layers, and how they are joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Shape = tuple[int, ...]
"""Sizes of the values that one glyph has at some place in a network, without the batch."""

Place = tuple[int, ...]
"""Where a layer is: its number in `Network.layers`, after those of the networks that it is in."""

LONGEST_NAME = 60
"""Characters of a name from a stranger's file in a sentence."""


def shown(text: Any) -> str:
    """A name from the file as it can stand in a sentence: short, and without anything that moves the cursor."""
    plain = "".join(sign if sign.isprintable() else "�" for sign in str(text)[: LONGEST_NAME + 1])
    return plain if len(plain) <= LONGEST_NAME else plain[:LONGEST_NAME] + "…"


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer by its kind, with settings that were checked; `network` where the layer is a network itself."""

    name: str
    kind: str
    settings: Mapping[str, Any]
    network: Network | None = None

    @property
    def words(self) -> str:
        """The layer in a sentence."""
        return f"layer “{shown(self.name)}” ({shown(self.kind)})"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One use of a layer: its place in `Network.layers`, and the values that it takes.

    Value 0 is the network's input, value n what call n gives (counted from 1).
    """

    layer: int
    takes: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Network:
    """Layers and their calls in the order in which they can be evaluated; one input, one output."""

    layers: tuple[Layer, ...]
    """In the file's own order, which its weights are named by; `InputLayer` among them, where the file has one."""
    calls: tuple[Call, ...]
    input_shape: Shape | None
    """None where a network inside another one does not say."""
    output: int
    """Which value is the answer."""
