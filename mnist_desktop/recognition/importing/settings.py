"""Reads one setting of a layer from a stranger's configuration: plain numbers and known names, nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MOST = 10**12
"""More than any limit on a network allows; what a smaller number leads to is counted."""

LARGEST_WINDOW = 256
"""Pixels; a kernel, stride or dilation above this cannot be meant for 28×28."""

LARGEST_MARGIN = 1_000

ACTIVATIONS = {
    name: name
    for name in (
        "elu",
        "exponential",
        "gelu",
        "hard_sigmoid",
        "leaky_relu",
        "linear",
        "log_softmax",
        "mish",
        "relu",
        "relu6",
        "selu",
        "sigmoid",
        "silu",
        "softmax",
        "softplus",
        "softsign",
        "tanh",
    )
} | {"softmax_v2": "softmax", "swish": "silu", "log_softmax_v2": "log_softmax"}
"""Keras' own name of each activation, by those that files have for it; TensorFlow's functions have other ones."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How one setting is read: `read` gives Keras what it takes, or raises ValueError."""

    read: Callable[[Any], Any]
    required: bool = False
    default: Any = None
    formerly: str | None = None
    """What Keras 2 called it."""


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != math.floor(value):
            raise ValueError
        if not least <= value <= most:
            raise ValueError
        return int(value)

    return read


def _listed(read: Callable[[Any], Any], counts: range) -> Callable[[Any], tuple[Any, ...]]:
    def read_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) not in counts:
            raise ValueError
        return tuple(map(read, value))

    return read_all


def _flag(value: Any) -> bool:
    if not isinstance(value, (bool, int)):
        raise ValueError  # noqa: TRY004 - one error for whatever a setting must not be
    return bool(value)


def _one_of(*names: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in names:
            raise ValueError
        return str(value)

    return read


def _activation(value: Any) -> str:
    if value is None:
        return "linear"
    if not isinstance(value, str) or value not in ACTIVATIONS:
        raise ValueError
    return ACTIVATIONS[value]


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError
    return float(value)


def _one_axis(value: Any) -> int:
    return _axis(value[0]) if isinstance(value, list) and len(value) == 1 else _axis(value)


def _margins(value: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    one = _whole(0, LARGEST_MARGIN)
    if not isinstance(value, list):
        value = [value, value]
    (top, bottom), (left, right) = (each if isinstance(each, list) else [each, each] for each in value)
    return (one(top), one(bottom)), (one(left), one(right))


def sizes(count: int, **default: Any) -> Setting:
    """One whole number for all dimensions, or `count` of them."""
    one = _whole(1, LARGEST_WINDOW)
    several = _listed(one, range(count, count + 1))

    def read(value: Any) -> tuple[int, ...] | None:
        if value is None and default.get("default", 1) is None:
            return None
        return several(value) if isinstance(value, list) else (one(value),) * count

    return Setting(read=read, required="default" not in default, **default)


def number(*, formerly: str | None = None, **default: Any) -> Setting:
    """A finite number; None where that is the default."""

    def read(value: Any) -> float | None:
        return None if value is None and default.get("default", 1) is None else _finite(value)

    return Setting(read=read, required="default" not in default, formerly=formerly, **default)


_axis = _whole(-8, 8)

COUNT = Setting(read=_whole(1, MOST), required=True)
ONE = Setting(read=_whole(1, MOST), default=1)
YES = Setting(read=_flag, default=True)
NO = Setting(read=_flag, default=False)
ACTIVATION = Setting(read=_activation, default="linear")
PADDING = Setting(read=_one_of("valid", "same"), default="valid")
CAUSAL_PADDING = Setting(read=_one_of("valid", "same", "causal"), default="valid")
CHANNELS_LAST = Setting(
    read=lambda value: "channels_last" if value is None else _one_of("channels_last")(value), default="channels_last"
)
"""TensorFlow convolves channels first on graphics cards only."""
INTERPOLATION = Setting(read=_one_of("nearest", "bilinear"), default="nearest")
AXIS = Setting(read=_axis, default=-1)
ONE_AXIS = Setting(read=_one_axis, default=-1)
AXES = Setting(read=_listed(_whole(1, 8), range(1, 9)), required=True)
SHARED_AXES = Setting(read=lambda value: None if value is None else _listed(_whole(1, 8), range(1, 9))(value))
TARGET = Setting(read=_listed(_whole(-1, MOST), range(1, 9)), required=True)
MARGINS = Setting(read=_margins, required=True)
