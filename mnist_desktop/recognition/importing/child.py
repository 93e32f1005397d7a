"""The confined process that a stranger's file is read in: request and samples in, two files and findings out.

It runs as `python -m mnist_desktop.recognition.importing.child FOLDER` and leaves an answer in that folder whatever
happens, but where the system ends it.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_desktop.recognition.importing.confinement import Limits, confine
from mnist_desktop.recognition.importing.names import ANSWER, REQUEST, SAMPLES, STAGE, STRANGER

if TYPE_CHECKING:
    import keras
    import numpy as np
    from numpy.typing import NDArray

    from mnist_desktop.recognition.importing.acceptance import Accepted
    from mnist_desktop.recognition.models import Preparation

UNPACKED = "weights.h5"

AGREEMENT = 1e-3
"""How far the converted network's probabilities may differ from Keras' own; in float32 they differ by 1e-6."""

COMPARED = 64
"""Glyphs that both are asked."""

GLYPH = (28, 28, 1)

NO_MEMORY = "it needs more memory than a model may take here"


def convert(folder: Path) -> dict[str, Any]:
    """Read the file in `folder`, write `model.keras` and `model.tflite` beside it, and say what was found."""
    from mnist_desktop.recognition.importing.acceptance import accept
    from mnist_desktop.recognition.importing.conversion import ending
    from mnist_desktop.recognition.importing.trials import check_known

    _tell(folder, "reading")
    request = json.loads((folder / REQUEST).read_text("utf-8"))
    given = request["labels"]
    accepted = accept(folder / STRANGER, folder / UNPACKED, None if given is None else len(given))
    labels = given or [str(number) for number in range(accepted.count)]
    if request["prepare"] is None:
        check_known(labels)
    return {
        **_build(folder, accepted, labels, request["prepare"]),
        "count": accepted.count,
        "parameters": accepted.planned.parameters,
        "activation": ending(accepted.network).activation,
    }


def _tell(folder: Path, stage: str) -> None:
    """Say how far it is."""
    (folder / STAGE).write_text(stage, "ascii")


def _build(folder: Path, accepted: Accepted, labels: list[str], prepare: Preparation | None) -> dict[str, Any]:
    from mnist_desktop.recognition.importing.conversion import Builder, Scorer, are_probabilities
    from mnist_desktop.recognition.importing.samples import unpacked
    from mnist_desktop.recognition.importing.trials import assumed, choose, classes_of, try_ways
    from mnist_desktop.recognition.models import KERAS_FILE

    _tell(folder, "building")
    builder = Builder(accepted.network, accepted.input_shape, accepted.weights)
    scorer = Scorer(builder.core(), accepted.input_shape)
    samples = unpacked(folder / SAMPLES)
    scorer.softmax = not are_probabilities(scorer.answers(samples[0].values))
    _tell(folder, "trying")
    trials = try_ways(samples, classes_of(labels), scorer)
    chosen = choose(trials, prepare)
    way = assumed(accepted.network, prepare) if chosen is None else chosen.way
    _tell(folder, "converting")
    complete = builder.complete(way, len(labels), softmax=scorer.softmax)
    complete.save(folder / KERAS_FILE)
    _convert(complete, samples[0].values[:COMPARED], folder)
    tried = None if chosen is None else dataclasses.asdict(chosen) | {"way": None}
    return {"way": dataclasses.asdict(way), "tried": tried, "softmax": scorer.softmax}


def _convert(complete: keras.Model, values: NDArray[np.float32], folder: Path) -> None:
    """Write the LiteRT file; ModelError where there is none, or where it does not answer as Keras does."""
    import numpy as np
    from ai_edge_litert.interpreter import Interpreter

    from mnist_desktop.recognition.classifier import ModelError
    from mnist_desktop.recognition.keras import to_litert
    from mnist_desktop.recognition.models import LITERT_FILE

    try:
        flatbuffer = to_litert(complete)
        interpreter = Interpreter(model_content=flatbuffer, num_threads=1)
        interpreter.resize_tensor_input(interpreter.get_input_details()[0]["index"], (len(values), *GLYPH))
        interpreter.allocate_tensors()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], values.reshape(-1, *GLYPH))
        interpreter.invoke()
        converted = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    except Exception as error:
        # The converter has errors of its own for each of its phases, and LiteRT raises whatever C++ throws.
        raise ModelError("it has layers that cannot be converted for LiteRT") from error
    expected = np.asarray(complete(values.reshape(-1, *GLYPH), training=False))
    # NaN compares false.
    if not (np.abs(converted - expected) <= AGREEMENT).all():
        raise ModelError("converted for LiteRT, it does not answer with the probabilities that it gives in Keras")
    (folder / LITERT_FILE).write_bytes(flatbuffer)


def main(folder: Path) -> None:
    """Confine this process, convert, and leave the answer in `folder`."""
    by_kernel = confine(Limits())
    from mnist_desktop.recognition.classifier import ModelError
    from mnist_desktop.recognition.importing.trials import UndecidedError

    try:
        answer = {**convert(folder), "by_kernel": by_kernel}
    except UndecidedError as error:
        answer = {"undecided": str(error)}
    except ModelError as error:
        answer = {"refused": str(error)}
    except MemoryError:
        answer = {"refused": NO_MEMORY}
    except Exception as error:  # noqa: BLE001 - a stranger's file must not decide what the person reads
        traceback.print_exc()
        kind = type(error).__name__
        answer = {"refused": NO_MEMORY if kind == "ResourceExhaustedError" else f"TensorFlow fails on it ({kind})"}
    (folder / ANSWER).write_text(json.dumps(answer), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
