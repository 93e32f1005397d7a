"""`train`: trains a network with TensorFlow, exports it as a model folder, and measures what was exported."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path

from mnist_desktop.commands.command import DONE, USAGE, CommandError, Context, whole_number
from mnist_desktop.commands.progress import progress_bar

EPOCHS = 14
MOST_EPOCHS = 1_000_000
SEED = 7
MOST_SEED = 2**32 - 1
"""NumPy's generators take no larger one."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    """Add the parser of this command, with the options that all share."""
    parser = commands.add_parser("train", parents=[shared], help="train, export and evaluate a model")
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="DIR",
        help="holds mnist/, pendigits-train.jsonl.gz and optdigits-train.npz",
    )
    epochs, seed = whole_number(1, MOST_EPOCHS), whole_number(0, MOST_SEED)
    parser.add_argument("--epochs", type=epochs, default=EPOCHS, help=f"of 100,000 samples each ({EPOCHS})")
    parser.add_argument("--seed", type=seed, default=SEED, help=f"of everything random ({SEED})")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the model folder that is written")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, _context: Context) -> int:
    """Train and print how the exported model reads the validation sets."""
    if importlib.util.find_spec("tensorflow") is None:
        from mnist_desktop.recognition.keras import TENSORFLOW_MISSING

        raise CommandError(TENSORFLOW_MISSING)
    from mnist_desktop.evaluation.data import DataError
    from mnist_desktop.training.card import Run
    from mnist_desktop.training.export import holds_other_things
    from mnist_desktop.training.train import train

    if holds_other_things(arguments.out):
        raise CommandError(f"{arguments.out} holds something else than a model, which would be replaced.", USAGE)
    asked = Run(
        data=arguments.data,
        out=arguments.out,
        epochs=arguments.epochs,
        seed=arguments.seed,
        command=f"mnist-desktop train --data DIR --epochs {arguments.epochs} --seed {arguments.seed} "
        f"--out {arguments.out.name}",
    )
    with progress_bar(what="training", unit=" batches") as bar:

        def progress(done: int, steps: int, loss: float) -> None:
            bar.total = steps
            bar.set_postfix(loss=f"{loss:.4f}", refresh=False)
            bar.update(done - bar.n)

        try:
            measured = train(asked, progress)
        except DataError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"The model could not be written to {arguments.out} ({error.strerror}).") from error
    print(f"{arguments.out}, on validation data:")
    for name, figures in measured.items():
        print(f"  {name}: {figures.accuracy:.2%} of {figures.count} right, unsure of {figures.unsure:.2%}")
    return DONE
