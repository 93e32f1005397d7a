"""Asks a person where something is to be saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget


def ask_where_to_save(
    parent: QWidget, title: str, name: str, kinds: Mapping[str, str], then: Callable[[Path], None]
) -> None:
    """Suggest `name`, and call `then` with the file that was chosen, if one was.

    `kinds` are the kinds of file that can be chosen, each with the suffix that a name without one gets.
    """
    dialog = QFileDialog(parent, title)
    usual = next(iter(kinds.values()))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(list(kinds))
    # The dialog asks before it lets one overwrite a file, this suffix included.
    dialog.setDefaultSuffix(usual)
    dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(kinds.get(chosen, usual)))
    dialog.selectFile(name)
    dialog.fileSelected.connect(lambda file: then(Path(file)))
    dialog.finished.connect(dialog.deleteLater)
    # open(), not exec(): readings and saves go on behind it.
    dialog.open()
