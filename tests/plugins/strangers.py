"""Writes the files of strangers: real Keras files of many kinds, and hostile ones, each built by hand."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

SIDE = 28


def dense(units: int, activation: Any = "softmax", name: str = "dense", **more: Any) -> dict[str, Any]:
    return {"class_name": "Dense", "config": {"name": name, "units": units, "activation": activation, **more}}


def flatten() -> dict[str, Any]:
    return {"class_name": "Flatten", "config": {"name": "flatten"}}


def entrance(*shape: int | None) -> dict[str, Any]:
    return {"class_name": "InputLayer", "config": {"name": "glyph", "batch_shape": [None, *shape]}}


def sequential(*layers: Mapping[str, Any]) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": "sequential", "layers": list(layers)}}


def linear(activation: str | None = "softmax") -> dict[str, Any]:
    """A network of one layer from 28×28 to ten labels."""
    return sequential(entrance(28, 28), flatten(), dense(10, activation))


def templates(labels: int = 10) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Kernel (784×n) and bias (n) of a linear network that reads our samples: the log-odds of naive Bayes."""
    from mnist_desktop.paths import shipped
    from mnist_desktop.recognition.importing.samples import load_samples

    digits = load_samples(shipped("resources") / "samples")[0]
    assert (digits.subject, digits.preparation, digits.input) == ("digits", "digit", "grey")
    values = digits.values.reshape(-1, SIDE * SIDE)
    means = np.stack([values[digits.classes == digit].mean(axis=0) for digit in range(labels)])
    inked = np.clip(means, 0.02, 0.98)
    kernel = np.log(inked / (1 - inked)).T
    return kernel.astype(np.float32), np.log(1 - inked).sum(axis=1).astype(np.float32)


def random_weights(*shapes: tuple[int, ...]) -> list[NDArray[np.float32]]:
    rng = np.random.default_rng(0)
    return [rng.normal(0, 0.1, shape).astype(np.float32) for shape in shapes]


def write_keras(
    file: Path, configuration: Any, weights: Mapping[str, Sequence[NDArray[Any]]], container: str = "layers"
) -> Path:
    """A `.keras` file; `weights` by the name of their group in `container`."""
    packed = io.BytesIO()
    with h5py.File(packed, "w") as store:
        for name, arrays in weights.items():
            for number, array in enumerate(arrays):
                store[f"{container}/{name}/vars/{number}"] = array
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.0"}))
        archive.writestr("config.json", configuration if isinstance(configuration, str) else json.dumps(configuration))
        archive.writestr("model.weights.h5", packed.getvalue())
    return file


def write_h5(
    file: Path, configuration: Any, weights: Mapping[str, Mapping[str, NDArray[Any]]], version: str = "2.2.4-tf"
) -> Path:
    """An `.h5` file as Keras 2.0 to 2.15 wrote it: names such as `dense_1/kernel:0` in a group for each layer."""
    with h5py.File(file, "w") as store:
        store.attrs["keras_version"] = version.encode()
        store.attrs["backend"] = b"tensorflow"
        if configuration is not None:
            store.attrs["model_config"] = json.dumps(configuration).encode()
        group = store if configuration is None else store.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in weights]
        for layer, arrays in weights.items():
            inner = group.create_group(layer)
            inner.attrs["weight_names"] = [name.encode() for name in arrays]
            for name, array in arrays.items():
                inner[name] = array
    return file
