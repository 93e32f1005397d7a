"""A table of rows stays quick when thousands of them are selected."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from mnist_desktop.gui.columns_model import NOWHERE, ColumnsModel, Index
from mnist_desktop.gui.row_table import RowTable

ROWS = 5_000


class CountingModel(ColumnsModel):
    """Counts how often Qt asks how many rows there are, as it does for each cell that it looks at."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.name_columns({0: "Glyph", 1: "Name"}, ())

    def rowCount(self, parent: Index = NOWHERE) -> int:
        self.asked += 1
        return 0 if parent.isValid() else ROWS

    def data(self, _index: Index, _role: int = 0) -> None:
        return None


def test_the_head_is_painted_without_a_look_at_each_selected_row(qtbot: QtBot) -> None:
    model = CountingModel()
    table = RowTable(model, stretched=1, lines=1, parent=None)
    qtbot.addWidget(table)
    table.show()
    table.selectAll()
    assert len(table.selected_numbers) == ROWS
    model.asked = 0
    table.grab()
    assert 0 < model.asked < ROWS / 2
