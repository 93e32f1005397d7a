"""Shows settings to be changed: a field each, a sentence beside what cannot be used, and which count at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from mnist_desktop.gui.announcing import announce
from mnist_desktop.gui.theme import SPACE, scaled_font
from mnist_desktop.ink.names import shown_name
from mnist_desktop.settings import SettingToEdit

AT_ONCE = ("theme", "model")
AT_THE_NEXT_START = ("device", "log", "keep", "cassandra", "engine")


class SettingField(QWidget):
    """A line to type in, or a list to choose from, and below it what is wrong, or why it cannot be changed."""

    changed = Signal()

    def __init__(self, edit: SettingToEdit, choices: Mapping[str, str], parent: QWidget) -> None:
        """`choices` are the values to choose from with what each is called; without any a line is typed."""
        super().__init__(parent)
        self._edit = edit
        self.name = edit.setting.name
        self.input: QComboBox | QLineEdit = self._list(choices) if choices else self._line()
        self.sentence = QLabel(self)
        self.sentence.setWordWrap(True)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.input.setAccessibleName(edit.setting.about)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, SPACE // 2)
        column.setSpacing(SPACE // 2)
        column.addWidget(self.input)
        column.addWidget(self.sentence)
        self.setFocusProxy(self.input)
        if edit.variable is not None:
            self.input.setEnabled(False)
            self._say(self.tr("{variable} sets this.").format(variable=edit.variable), "muted")
        else:
            self._say(edit.wrong or "", "error")

    @property
    def value(self) -> str:
        """What the person wants."""
        if isinstance(self.input, QComboBox):
            return str(self.input.currentData())
        return self.input.text().strip()

    @property
    def is_valid(self) -> bool:
        """Whether it can be used."""
        return self._edit.variable is not None or self._edit.setting.accepts(self.value)

    @property
    def is_changed(self) -> bool:
        """Whether the person wants something else than what is set, or what is set cannot be used."""
        return self._edit.variable is None and (self.value != self._edit.value or self._edit.wrong is not None)

    def _line(self) -> QLineEdit:
        line = QLineEdit(self._edit.value, self)
        # Fusion outlines a field in a shade of the window's colour that is not seen on a dark one.
        outlined = line.palette()
        outlined.setColor(QPalette.ColorRole.Window, outlined.color(QPalette.ColorRole.Mid))
        line.setPalette(outlined)
        line.textChanged.connect(self._check)
        return line

    def _list(self, choices: Mapping[str, str]) -> QComboBox:
        box = QComboBox(self)
        for value, words in choices.items():
            box.addItem(words, value)
        box.setCurrentIndex(max(0, box.findData(self._edit.value)))
        box.currentIndexChanged.connect(self._check)
        return box

    def _check(self) -> None:
        setting = self._edit.setting
        wrong = self.tr("This must be {valid}.").format(valid=setting.valid)
        self._say("" if self.is_valid else wrong, "error")
        self.changed.emit()

    def _say(self, sentence: str, tone: str) -> None:
        self.sentence.setText(shown_name(sentence))
        self.sentence.setProperty("tone", tone)
        self.sentence.style().polish(self.sentence)
        self.sentence.setVisible(bool(sentence))
        self.input.setAccessibleDescription(sentence)


class SettingsDialog(QDialog):
    """Nothing is written before the person saves; what cannot be written is said here, and nothing is lost."""

    wanted = Signal(object)
    """A Mapping of the names and values that are to be written."""

    def __init__(
        self, edits: Sequence[SettingToEdit], models: Sequence[str], file: Path, parent: QWidget | None = None
    ) -> None:
        """`models` can be chosen; `file` is where the rest is set."""
        super().__init__(parent)
        self._known = {edit.setting.name: edit for edit in edits}
        self._models = models
        self.fields: dict[str, SettingField] = {}
        self.error = QLabel(self)
        self.error.setWordWrap(True)
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        self.error.setProperty("tone", "error")
        self.error.hide()
        self.setWindowTitle(self.tr("Settings"))
        content = QWidget(self)
        inside = QVBoxLayout(content)
        inside.setContentsMargins(0, 0, SPACE, 0)
        inside.setSpacing(SPACE)
        self._group(inside, self.tr("At once"), AT_ONCE)
        self._group(inside, self.tr("From the next start"), AT_THE_NEXT_START)
        inside.addWidget(self._rest(file))
        inside.addStretch(1)
        self._layout(content)

    def say(self, sentence: str) -> None:
        """It could not be written."""
        self.error.setText(sentence)
        self.error.show()
        announce(self.error, sentence)

    def _layout(self, content: QWidget) -> None:
        self._scroll = scroll = QScrollArea(self)
        scroll.setWidget(content)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.buttons = QDialogButtonBox(self)
        save = self.buttons.addButton(self.tr("Save"), QDialogButtonBox.ButtonRole.AcceptRole)
        cancel = self.buttons.addButton(self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        for button in (save, cancel):
            button.setAccessibleName(button.text())
        self.buttons.accepted.connect(self._save)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        column.addWidget(scroll, 1)
        column.addWidget(self.error)
        column.addWidget(self.buttons)
        width = 72 * self.fontMetrics().averageCharWidth()
        # With room for a sentence below a field.
        around = self.buttons.sizeHint().height() + 5 * SPACE + 2 * self.fontMetrics().height()
        needed = QSize(width, content.heightForWidth(width - 4 * SPACE) + around)
        self.resize(needed.boundedTo(self.screen().availableSize() * 0.9))

    def _group(self, column: QVBoxLayout, title: str, names: Sequence[str]) -> None:
        heading = QLabel(title, self)
        heading.setFont(scaled_font(self.font(), "strong", bold=True))
        column.addWidget(heading)
        form = QFormLayout()
        form.setVerticalSpacing(SPACE // 2)
        # Each name above its field: sentences have room, with large fonts too.
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name in names:
            if (edit := self._known.get(name)) is not None:
                self.fields[name] = field = SettingField(edit, self._choices(edit), self)
                label = QLabel(edit.setting.about, self)
                label.setBuddy(field.input)
                form.addRow(label, field)
        column.addLayout(form)

    def _choices(self, edit: SettingToEdit) -> dict[str, str]:
        """What can be chosen, with what it is called."""
        if edit.setting.name == "model":
            names = self._models if edit.value in self._models else [*self._models, edit.value]
            return {name: shown_name(name) for name in names}
        words = {
            ("theme", "system"): self.tr("Colours of the system"),
            ("theme", "light"): self.tr("Light"),
            ("theme", "dark"): self.tr("Dark"),
            ("engine", "litert"): "LiteRT",
            ("engine", "tensorflow"): "TensorFlow",
        }
        return {choice: words.get((edit.setting.name, choice), choice) for choice in edit.setting.choices}

    def _rest(self, file: Path) -> QLabel:
        rest = QLabel(
            self.tr(
                "Cassandra's user and password, its certificates, keyspace and data centre are set in {file}."
            ).format(file=file),
            self,
        )
        rest.setTextFormat(Qt.TextFormat.PlainText)
        rest.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        rest.setAccessibleName(self.tr("Where the rest is set"))
        rest.setWordWrap(True)
        rest.setProperty("tone", "muted")
        return rest

    def _save(self) -> None:
        self.error.hide()
        for field in self.fields.values():
            if not field.is_valid:
                field.input.setFocus()
                self._scroll.ensureWidgetVisible(field)
                announce(field.input, field.sentence.text())
                return
        self.wanted.emit({name: field.value for name, field in self.fields.items() if field.is_changed})
