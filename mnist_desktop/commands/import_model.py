"""`import-model`: turns somebody's Keras file into a model folder of this user's."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mnist_desktop.commands.command import DONE, USAGE, CommandError, Context, json_line, named_path
from mnist_desktop.commands.progress import progress_bar
from mnist_desktop.paths import shipped

if TYPE_CHECKING:
    from mnist_desktop.recognition.importing.importing import Imported, Wish


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], shared: argparse.ArgumentParser) -> None:
    """Add the parser of this command, with the options that all share."""
    parser = commands.add_parser("import-model", parents=[shared], help="use somebody's Keras model here")
    parser.add_argument("file", type=named_path, metavar="FILE", help="a .keras or .h5 file")
    parser.add_argument("name", metavar="NAME", help="what the model is called here")
    parser.add_argument(
        "--labels", type=named_path, metavar="FILE", help="the labels, one a line or as JSON (0, 1, 2 …)"
    )
    parser.add_argument("--prepare", choices=("digit", "picture"), help="what it reads, where the samples do not tell")
    parser.add_argument("--json", action="store_true", help="print what was found as a JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, context: Context) -> int:
    """Import and print what the samples told."""
    from mnist_desktop.recognition.classifier import ModelError
    from mnist_desktop.recognition.importing.importing import Wish
    from mnist_desktop.recognition.importing.trials import UndecidedError
    from mnist_desktop.recognition.importing.wording import check_name, read_labels, sentence

    try:
        check_name(arguments.name, context.paths.model_folders())
        labels = None if arguments.labels is None else read_labels(arguments.labels)
        wish = Wish(file=arguments.file, name=arguments.name, labels=labels, prepare=arguments.prepare)
        imported = _import(wish, context)
    except UndecidedError as error:
        raise CommandError(f"{error} Say --prepare digit or --prepare picture.", USAGE) from error
    except ModelError as error:
        raise CommandError(str(error)) from error
    print(_json_line(imported) if arguments.json else sentence(imported))
    return DONE


def _import(wish: Wish, context: Context) -> Imported:
    from mnist_desktop.recognition.importing.importing import import_model
    from mnist_desktop.recognition.importing.names import STAGES
    from mnist_desktop.recognition.importing.supervision import Watch

    context.paths.make_folders()
    with progress_bar(what="importing", unit="", total=len(STAGES)) as bar:

        def progress(stage: str) -> None:
            bar.set_description(stage, refresh=False)
            bar.update(STAGES.index(stage) - bar.n)

        return import_model(wish, context.paths.models, shipped("resources") / "samples", Watch(progress=progress))


def _json_line(imported: Imported) -> str:
    way = imported.way
    return json_line(
        {
            "name": imported.folder.name,
            "folder": str(imported.folder),
            "labels": list(imported.labels),
            "preparation": way.preparation,
            "input": way.input,
            "polarity": way.polarity,
            "range": way.range,
            "parameters": imported.parameters,
            "unsure_below": imported.unsure_below,
            "samples": imported.subject,
            "right": imported.right,
            "count": imported.count,
        }
    )
