"""`train`: trains a network with TensorFlow, exports it as a model folder, and measures what was exported."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_desktop.commands.command import (
    DONE,
    USAGE,
    CommandError,
    Context,
    named_path,
    whole_number,
)
from mnist_desktop.commands.downloads import data_folder
from mnist_desktop.commands.model_place import check_model_place
from mnist_desktop.commands.watched_training import check_tensorflow, watched_training
from mnist_desktop.ink.names import shown_name

if TYPE_CHECKING:
    from mnist_desktop.evaluation.measure import Measurement
    from mnist_desktop.recognition.models import Model
    from mnist_desktop.training.card import Run
    from mnist_desktop.training.fitting import Progress

NETWORKS: Mapping[str, tuple[str, ...]] = {
    "digits": ("digits",),
    "teacher": ("digits",),
    "softmax": ("mnist", "fashion"),
    "mlp": ("mnist", "fashion"),
    "cnn": ("mnist", "fashion"),
    "dense": ("fashion", "mnist"),
    "garments": ("fashion",),
}
"""Each network with the data sets that it can be trained on, its own first. `digits` as a data set is the mixture of
all digits that there are; `mnist` and `fashion` are MNIST and Fashion-MNIST alone, as the classics had them."""

NEEDED: Mapping[str, tuple[str, ...]] = {
    "digits": ("mnist", "pen", "scanned", "fonts"),
    "mnist": ("mnist",),
    "fashion": ("fashion",),
}
"""What is downloaded for each data set."""

EPOCHS: Mapping[str, int] = {"digits": 18, "teacher": 14}
"""How long the networks are trained that have no recipe of their own."""
MOST_EPOCHS = 1_000_000
DIGITS_SEED = 12
"""With it, and so many epochs, `train` makes the model that ships once more."""
SEED = 7
MOST_SEED = 2**32 - 1
"""NumPy's generators take no larger one."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    """Add the parser of this command, with the options that all share."""
    parser = commands.add_parser("train", parents=[shared], help="train, export and evaluate a model")
    parser.add_argument("--network", choices=tuple(NETWORKS), default="digits", help="what is trained (digits)")
    data_sets = dict.fromkeys(name for names in NETWORKS.values() for name in names)
    parser.add_argument("--dataset", choices=tuple(data_sets), help="what it learns (the network's own)")
    parser.add_argument(
        "--data",
        type=named_path,
        metavar="DIR",
        help="holds mnist/, pendigits-train.jsonl.gz, optdigits-train.npz and fonts/, or fashion-mnist/ (downloaded)",
    )
    epochs, seed = whole_number(1, MOST_EPOCHS), whole_number(0, MOST_SEED)
    parser.add_argument(
        "--epochs",
        type=epochs,
        help=f"how often through the images; digits: of 100,000 samples each, {EPOCHS['digits']}; others: as their "
        "recipes say",
    )
    parser.add_argument(
        "--teacher",
        action="append",
        default=[],
        metavar="NAME_OR_FOLDER",
        help="a model whose answers the digits' network learns to give; may be given again",
    )
    parser.add_argument(
        "--seed", type=seed, help=f"of everything random (digits: {DIGITS_SEED}; corrections and others: {SEED})"
    )
    parser.add_argument(
        "--out",
        type=named_path,
        metavar="FOLDER",
        help="the model folder that is written (with --corrections in your own)",
    )
    parser.add_argument(
        "--corrections", action="store_true", help="learn from the log's corrected readings, and forget nothing"
    )
    parser.add_argument("--model", metavar="NAME_OR_FOLDER", help="with --corrections: what learns (the shipped one)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, context: Context) -> int:
    """Train and print how the exported model reads the validation sets."""
    if arguments.seed is None:
        arguments.seed = DIGITS_SEED if arguments.network == "digits" and not arguments.corrections else SEED
    if arguments.corrections:
        from mnist_desktop.commands.train_corrections import learn_from_corrections

        return learn_from_corrections(arguments, context, NEEDED["digits"])
    if arguments.out is None or arguments.model is not None:
        raise CommandError("Without --corrections, `train` needs --out FOLDER and takes no --model.", USAGE)
    data_set = chosen_data_set(arguments.network, arguments.dataset)
    check_tensorflow()
    check_model_place(arguments.out)
    teachers = _teachers(arguments, context)
    asked = _asked(arguments, data_folder(arguments.data, NEEDED[data_set], context), teachers)
    measured = _measured(arguments.network, data_set, asked)
    print(f"{shown_name(str(arguments.out))}, on validation data:")
    for name, figures in measured.items():
        print(f"  {name}: {figures.accuracy:.2%} of {figures.count} right, unsure of {figures.unsure:.2%}")
    return DONE


def _measured(network: str, data_set: str, asked: Run) -> dict[str, Measurement]:
    """Train with a progress bar; a CommandError when it failed or was stopped says how to go on."""
    from mnist_desktop.training.checkpoint import checkpoint_of

    def how_on() -> str:
        return " The training is kept: the same command goes on." if checkpoint_of(asked).goes_on else ""

    with watched_training("training", asked.out, how_on) as progress:
        return _train(network, data_set, asked, progress)


def chosen_data_set(network: str, data_set: str | None) -> str:
    """The data set that was asked for, or the network's own; a CommandError when the two do not go together."""
    possible = NETWORKS[network]
    if data_set is not None and data_set not in possible:
        raise CommandError(f"The network “{network}” learns {' or '.join(possible)}, not {data_set}.", USAGE)
    return data_set or possible[0]


def _asked(arguments: argparse.Namespace, data: Path, teachers: tuple[Model, ...]) -> Run:
    from mnist_desktop.training.card import Run

    epochs = arguments.epochs or EPOCHS.get(arguments.network)
    words = [
        *([] if arguments.network == "digits" else ["--network", arguments.network]),
        *([] if arguments.dataset is None else ["--dataset", arguments.dataset]),
        *([] if arguments.data is None else ["--data", "DIR"]),
        *([] if epochs is None else ["--epochs", str(epochs)]),
        *(word for teacher in teachers for word in ("--teacher", teacher.folder.name)),
        *("--seed", str(arguments.seed), "--out", arguments.out.name),
    ]
    command = " ".join(("mnist-desktop train", *words))
    return Run(data=data, out=arguments.out, epochs=epochs, seed=arguments.seed, command=command, teachers=teachers)


def _teachers(arguments: argparse.Namespace, context: Context) -> tuple[Model, ...]:
    from mnist_desktop.recognition.classifier import ModelError
    from mnist_desktop.recognition.models import find_model
    from mnist_desktop.recognition.reader import open_reader
    from mnist_desktop.training.card import DIGITS

    if arguments.teacher and NETWORKS[arguments.network] != ("digits",):
        raise CommandError(f"The network “{arguments.network}” learns by its own recipe, without --teacher.", USAGE)
    try:
        models = tuple(find_model(name, context.paths.model_folders()) for name in arguments.teacher)
        for model in models:
            # Tried out now: it is first asked when all data are loaded.
            open_reader(model).close()
    except ModelError as error:
        raise CommandError(str(error)) from error
    for model in models:
        if (model.card.labels, model.card.input) != (DIGITS.labels, DIGITS.input):
            raise CommandError(f"The model in {model.folder} cannot teach: it reads other labels or other glyphs.")
    return models


def _train(network: str, data_set: str, asked: Run, progress: Progress) -> dict[str, Measurement]:
    if data_set == "digits":
        from mnist_desktop.training.train import train

        return train(asked, progress, network)
    if network == "garments":
        from mnist_desktop.training.garments import train_garments

        return train_garments(asked, progress)
    from mnist_desktop.training.classics import CLASSICS, train_classic
    from mnist_desktop.training.images import FASHION, MNIST

    return train_classic(asked, CLASSICS[network], FASHION if data_set == "fashion" else MNIST, progress)
