"""The kinds of layers that a stranger's network may have: their settings, and what shapes these lead to."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mnist_desktop.recognition.classifier import ModelError
from mnist_desktop.recognition.importing import settings
from mnist_desktop.recognition.importing.network import Layer, Shape
from mnist_desktop.recognition.importing.settings import Setting

Settings = Mapping[str, Any]


class UnfitError(Exception):
    """A layer that cannot take what comes before it."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of layer: what may be set, and how shapes and weights follow from it."""

    settings: Mapping[str, Setting] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    """Settings that change training only."""
    rank: int | None = None
    """How many sizes its input has, without the batch; None where it takes any."""
    takes: range = range(1, 2)
    """How many inputs it has."""
    shape: Callable[[Settings, tuple[Shape, ...]], Shape]
    weights: Callable[[Settings, Shape], tuple[Shape, ...]] = lambda _settings, _shape: ()
    keras: str | None = None
    """The name of Keras' own class, where it is another one."""

    def measure(self, layer: Layer, taken: tuple[Shape, ...]) -> tuple[Shape, tuple[Shape, ...]]:
        """The shape of what `layer` gives for inputs of the shapes `taken`, and those of its weights; or ModelError."""
        try:
            if len(taken) not in self.takes or (self.rank is not None and len(taken[0]) != self.rank):
                raise UnfitError
            shape = self.shape(layer.settings, taken)
            if not shape or min(shape) < 1:
                raise UnfitError
            return shape, self.weights(layer.settings, taken[0])
        except (UnfitError, IndexError) as error:
            sizes = " and ".join(map(text, taken))
            raise ModelError(f"its {layer.words} cannot take {sizes}") from error


def text(shape: Shape) -> str:
    """A shape as people write it: 28×28×1."""
    return "×".join(map(str, shape)) or "a single number"


# --- shapes ----------------------------------------------------------------------------------------------------------


def _same(_settings: Settings, taken: tuple[Shape, ...]) -> Shape:
    return taken[0]


def _positions(size: int, window: int, stride: int, padding: str, dilation: int = 1) -> int:
    """How many places a window takes on `size` pixels, as TensorFlow counts them."""
    if padding != "valid":
        return math.ceil(size / stride)
    return (size - dilation * (window - 1) - 1) // stride + 1


def _windows(own: Settings, shape: Shape, window: str) -> Shape:
    strides = own["strides"] or own[window]
    dilation = own.get("dilation_rate", (1,) * len(strides))
    return tuple(
        _positions(size, one, stride, own["padding"], spread)
        for size, one, stride, spread in zip(shape, own[window], strides, dilation, strict=False)
    )


def _convolved(own: Settings, taken: tuple[Shape, ...]) -> Shape:
    groups = own.get("groups", 1)
    if taken[0][-1] % groups or own["filters"] % groups:
        raise UnfitError
    return (*_windows(own, taken[0], "kernel_size"), own["filters"])


def _depthwise(own: Settings, taken: tuple[Shape, ...]) -> Shape:
    return (*_windows(own, taken[0], "kernel_size"), taken[0][-1] * own["depth_multiplier"])


def _pooled(own: Settings, taken: tuple[Shape, ...]) -> Shape:
    return (*_windows(own, taken[0], "pool_size"), taken[0][-1])


def _pooled_whole(own: Settings, taken: tuple[Shape, ...]) -> Shape:
    ones = (1,) * (len(taken[0]) - 1) if own["keepdims"] else ()
    return (*ones, taken[0][-1])


def _reshaped(own: Settings, taken: tuple[Shape, ...]) -> Shape:
    target, total = own["target_shape"], math.prod(taken[0])
    known = math.prod(size for size in target if size != -1)
    if target.count(-1) > 1 or known == 0 or total % known:
        raise UnfitError
    shape = tuple(total // known if size == -1 else size for size in target)
    if math.prod(shape) != total:
        raise UnfitError
    return shape


def _permuted(own: Settings, taken: tuple[Shape, ...]) -> Shape:
    if sorted(own["dims"]) != list(range(1, len(taken[0]) + 1)):
        raise UnfitError
    return tuple(taken[0][place - 1] for place in own["dims"])


def _merged(_settings: Settings, taken: tuple[Shape, ...]) -> Shape:
    if any(len(shape) != len(taken[0]) for shape in taken):
        raise UnfitError
    shape = tuple(map(max, zip(*taken, strict=True)))
    if any(size not in (1, most) for each in taken for size, most in zip(each, shape, strict=True)):
        raise UnfitError
    return shape


def _joined(own: Settings, taken: tuple[Shape, ...]) -> Shape:
    rank = len(taken[0])
    axis = own["axis"] - 1 if own["axis"] > 0 else own["axis"] + rank
    if not 0 <= axis < rank:
        raise UnfitError
    rest = {(*shape[:axis], *shape[axis + 1 :]) for shape in taken}
    if len(rest) > 1 or any(len(shape) != rank for shape in taken):
        raise UnfitError
    return (*taken[0][:axis], sum(shape[axis] for shape in taken), *taken[0][axis + 1 :])


def _last_axis(own: Settings, taken: tuple[Shape, ...]) -> Shape:
    if own["axis"] not in (-1, len(taken[0])):
        raise UnfitError
    return taken[0]


def _padded(own: Settings, taken: tuple[Shape, ...]) -> Shape:
    (top, bottom), (left, right) = own["padding"]
    height, width, channels = taken[0]
    return height + top + bottom, width + left + right, channels


def _cropped(own: Settings, taken: tuple[Shape, ...]) -> Shape:
    (top, bottom), (left, right) = own["cropping"]
    height, width, channels = taken[0]
    return height - top - bottom, width - left - right, channels


def _enlarged(own: Settings, taken: tuple[Shape, ...]) -> Shape:
    height, width, channels = taken[0]
    return height * own["size"][0], width * own["size"][1], channels


# --- weights, in Keras' order ----------------------------------------------------------------------------------------


def _with_bias(own: Settings, kernels: tuple[Shape, ...], outputs: int) -> tuple[Shape, ...]:
    return (*kernels, (outputs,)) if own["use_bias"] else kernels


def _dense_weights(own: Settings, shape: Shape) -> tuple[Shape, ...]:
    return _with_bias(own, ((shape[-1], own["units"]),), own["units"])


def _convolution_weights(own: Settings, shape: Shape) -> tuple[Shape, ...]:
    kernel = (*own["kernel_size"], shape[-1] // own.get("groups", 1), own["filters"])
    return _with_bias(own, (kernel,), own["filters"])


def _depthwise_weights(own: Settings, shape: Shape) -> tuple[Shape, ...]:
    kernel = (*own["kernel_size"], shape[-1], own["depth_multiplier"])
    return _with_bias(own, (kernel,), shape[-1] * own["depth_multiplier"])


def _separable_weights(own: Settings, shape: Shape) -> tuple[Shape, ...]:
    depthwise = (*own["kernel_size"], shape[-1], own["depth_multiplier"])
    pointwise = (1, 1, shape[-1] * own["depth_multiplier"], own["filters"])
    return _with_bias(own, (depthwise, pointwise), own["filters"])


def _scaled_weights(own: Settings, shape: Shape) -> tuple[Shape, ...]:
    return ((shape[-1],),) * (int(own["scale"]) + int(own["center"]))


def _batch_weights(own: Settings, shape: Shape) -> tuple[Shape, ...]:
    return (*_scaled_weights(own, shape), (shape[-1],), (shape[-1],))


def _slopes(own: Settings, shape: Shape) -> tuple[Shape, ...]:
    shared = own["shared_axes"] or ()
    return (tuple(1 if axis in shared else size for axis, size in enumerate(shape, start=1)),)


# --- the kinds -------------------------------------------------------------------------------------------------------

_ACTIVATED = {"activation": settings.ACTIVATION, "use_bias": settings.YES}


def _convolution(dimensions: int) -> Mapping[str, Setting]:
    return {
        **_ACTIVATED,
        "kernel_size": settings.sizes(dimensions),
        "strides": settings.sizes(dimensions, default=(1,) * dimensions),
        "dilation_rate": settings.sizes(dimensions, default=(1,) * dimensions),
        "padding": settings.PADDING if dimensions > 1 else settings.CAUSAL_PADDING,
        "data_format": settings.CHANNELS_LAST,
    }


def _pooling(dimensions: int, *, averages: bool) -> tuple[str, Kind]:
    own = {
        "pool_size": settings.sizes(dimensions, default=(2,) * dimensions),
        "strides": settings.sizes(dimensions, default=None),
        "padding": settings.PADDING,
        "data_format": settings.CHANNELS_LAST,
    }
    name = f"{'Average' if averages else 'Max'}Pooling{dimensions}D"
    return name, Kind(settings=own, rank=dimensions + 1, shape=_pooled)


def _global_pooling(dimensions: int, *, averages: bool) -> tuple[str, Kind]:
    own = {"keepdims": settings.NO, "data_format": settings.CHANNELS_LAST}
    name = f"Global{'Average' if averages else 'Max'}Pooling{dimensions}D"
    return name, Kind(settings=own, rank=dimensions + 1, shape=_pooled_whole)


def _idle(*ignored: str) -> Kind:
    """A kind that does something while training only."""
    return Kind(ignored=frozenset({"seed", "data_format", *ignored}), shape=_same, keras="Identity")


def _random(*ignored: str) -> Kind:
    return _idle("factor", "fill_mode", "fill_value", "interpolation", "value_range", *ignored)


_MERGING = Kind(takes=range(2, 65), shape=_merged)
_BATCH = frozenset({"momentum", "synchronized", "renorm", "renorm_clipping", "renorm_momentum", "fused"})
_NORMALISED = {
    "axis": settings.ONE_AXIS,
    "epsilon": settings.number(default=1e-3),
    "center": settings.YES,
    "scale": settings.YES,
}

KINDS: Mapping[str, Kind] = {
    "Dense": Kind(
        settings={**_ACTIVATED, "units": settings.COUNT},
        shape=lambda own, taken: (*taken[0][:-1], own["units"]),
        weights=_dense_weights,
    ),
    "Conv1D": Kind(
        settings={**_convolution(1), "filters": settings.COUNT, "groups": settings.ONE},
        rank=2,
        shape=_convolved,
        weights=_convolution_weights,
    ),
    "Conv2D": Kind(
        settings={**_convolution(2), "filters": settings.COUNT, "groups": settings.ONE},
        rank=3,
        shape=_convolved,
        weights=_convolution_weights,
    ),
    "DepthwiseConv2D": Kind(
        settings={**_convolution(2), "depth_multiplier": settings.ONE},
        # Keras 2 wrote these as well, to no effect.
        ignored=frozenset({"groups", "filters"}),
        rank=3,
        shape=_depthwise,
        weights=_depthwise_weights,
    ),
    "SeparableConv2D": Kind(
        settings={**_convolution(2), "filters": settings.COUNT, "depth_multiplier": settings.ONE},
        ignored=frozenset({"groups"}),
        rank=3,
        shape=_convolved,
        weights=_separable_weights,
    ),
    **dict(_pooling(dimensions, averages=averages) for dimensions in (1, 2) for averages in (False, True)),
    **dict(_global_pooling(dimensions, averages=averages) for dimensions in (1, 2) for averages in (False, True)),
    "Flatten": Kind(settings={"data_format": settings.CHANNELS_LAST}, shape=lambda _own, taken: (math.prod(taken[0]),)),
    "Reshape": Kind(settings={"target_shape": settings.TARGET}, shape=_reshaped),
    "Permute": Kind(settings={"dims": settings.AXES}, shape=_permuted),
    "Dropout": _idle("rate", "noise_shape"),
    "SpatialDropout1D": _idle("rate", "noise_shape"),
    "SpatialDropout2D": _idle("rate", "noise_shape"),
    "AlphaDropout": _idle("rate", "noise_shape"),
    "GaussianDropout": _idle("rate"),
    "GaussianNoise": _idle("stddev"),
    "ActivityRegularization": _idle("l1", "l2"),
    "RandomRotation": _random(),
    "RandomTranslation": _random("height_factor", "width_factor"),
    "RandomZoom": _random("height_factor", "width_factor"),
    "RandomFlip": _random("mode"),
    "RandomContrast": _random(),
    "RandomBrightness": _random(),
    "BatchNormalization": Kind(settings=_NORMALISED, ignored=_BATCH, shape=_last_axis, weights=_batch_weights),
    "LayerNormalization": Kind(settings=_NORMALISED, shape=_last_axis, weights=_scaled_weights),
    "Identity": Kind(shape=_same),
    "Activation": Kind(settings={"activation": settings.ACTIVATION}, shape=_same),
    "ReLU": Kind(
        settings={
            "max_value": settings.number(default=None),
            "negative_slope": settings.number(default=0.0),
            "threshold": settings.number(default=0.0),
        },
        shape=_same,
    ),
    "LeakyReLU": Kind(settings={"negative_slope": settings.number(default=0.3, formerly="alpha")}, shape=_same),
    "ELU": Kind(settings={"alpha": settings.number(default=1.0)}, shape=_same),
    "PReLU": Kind(settings={"shared_axes": settings.SHARED_AXES}, shape=_same, weights=_slopes),
    "Softmax": Kind(settings={"axis": settings.ONE_AXIS}, shape=_last_axis),
    "Rescaling": Kind(settings={"scale": settings.number(), "offset": settings.number(default=0.0)}, shape=_same),
    "ZeroPadding2D": Kind(
        settings={"padding": settings.MARGINS, "data_format": settings.CHANNELS_LAST}, rank=3, shape=_padded
    ),
    "Cropping2D": Kind(
        settings={"cropping": settings.MARGINS, "data_format": settings.CHANNELS_LAST}, rank=3, shape=_cropped
    ),
    "UpSampling2D": Kind(
        settings={
            "size": settings.sizes(2, default=(2, 2)),
            "interpolation": settings.INTERPOLATION,
            "data_format": settings.CHANNELS_LAST,
        },
        rank=3,
        shape=_enlarged,
    ),
    **dict.fromkeys(("Add", "Average", "Maximum", "Minimum", "Multiply"), _MERGING),
    "Subtract": Kind(takes=range(2, 3), shape=_merged),
    "Concatenate": Kind(settings={"axis": settings.AXIS}, takes=range(2, 65), shape=_joined),
}
