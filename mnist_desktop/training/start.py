"""Brings TensorFlow up for a training: it says little, takes no longer than it must, and starts from the seed alone."""

from __future__ import annotations

import os

from mnist_desktop.recognition.chatter import without_chatter


def start_tensorflow(seed: int) -> None:
    """Import TensorFlow with `prepare_tensorflow`'s settings; what is random in layers follows from `seed`."""
    prepare_tensorflow()
    with without_chatter():
        import keras

    keras.utils.set_random_seed(seed)


def prepare_tensorflow() -> None:
    """Before TensorFlow is imported: no chatter, no graphics card, and memory that is kept from step to step.

    Without the last, giving pages back and taking them again costs as much as half of the training.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    os.environ.setdefault("TF_CPU_ALLOCATOR_USE_BFC", "1")
