"""Turns a row of the history into the texts, hints and pictures of its cells."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from uuid import UUID

from PySide6.QtCore import QDate, QDateTime, QLocale, QObject
from PySide6.QtGui import QImage, QPixmap

from mnist_desktop.gui.bars import percent
from mnist_desktop.gui.history_rows import HistoryRow
from mnist_desktop.gui.tool_tips import as_it_stands
from mnist_desktop.ink.names import shown_name
from mnist_desktop.log.record import Source

THUMBNAILS = 200
"""Glyphs kept as pixmaps, 3 kB each: those of four screens full."""

TIME_FORMAT = "yyyy-MM-dd HH:mm:ss"
"""The same in every country, and it sorts; the tool tip has the country's own."""


class Column(IntEnum):
    GLYPH = 0
    LABEL = 1
    CONFIDENCE = 2
    VERDICT = 3
    SOURCE = 4
    NAME = 5
    DEVICE = 6
    TIME = 7
    STATE = 8


class Cells(QObject):
    """The words of the table, in the window's language, and the glyphs, each made into a pixmap once."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails: dict[UUID, tuple[bytes | None, QPixmap]] = {}
        self._locale = QLocale()
        self._verdicts = {"digit": self.tr("sure"), "unsure": self.tr("unsure")}
        self._sources = {
            Source.CANVAS: self.tr("drawing"),
            Source.FILE: self.tr("file"),
            Source.CLIPBOARD: self.tr("clipboard"),
        }
        self._headers = {
            Column.GLYPH: self.tr("Glyph"),
            Column.LABEL: self.tr("Digit"),
            Column.CONFIDENCE: self.tr("Confidence"),
            Column.VERDICT: self.tr("Verdict"),
            Column.SOURCE: self.tr("Source"),
            Column.NAME: self.tr("Name"),
            Column.DEVICE: self.tr("Device"),
            Column.TIME: self.tr("Time"),
            Column.STATE: self.tr("Cassandra"),
        }

    def header(self, column: Column) -> str:
        return self._headers[column]

    def text(self, row: HistoryRow, column: Column) -> str:
        """What the cell shows."""
        match column:
            case Column.GLYPH:
                return ""
            case Column.LABEL:
                return row.label if row.corrected is None else f"{row.label} → {row.corrected}"
            case Column.CONFIDENCE:
                return percent(row.confidence)
            case Column.VERDICT:
                return self._verdicts.get(row.verdict, row.verdict)
            case Column.SOURCE:
                return self._sources[row.source]
            case Column.NAME:
                return row.name or ""
            case Column.DEVICE:
                return shown_name(row.device)
            case Column.TIME:
                return _local(row.time).toString(TIME_FORMAT)
            case Column.STATE:
                return self.tr("delivered") if row.delivered else self.tr("waiting")

    def spoken(self, row: HistoryRow, column: Column) -> str:
        """What a screen reader says of the cell."""
        if column is Column.GLYPH:
            return self.tr("glyph of {label}").format(label=row.label)
        if column is Column.LABEL and row.corrected is not None:
            return self.tr("read as {label}, corrected to {corrected}").format(label=row.label, corrected=row.corrected)
        return self.text(row, column)

    def hint(self, row: HistoryRow, column: Column) -> str | None:
        """The tool tip of the cell."""
        if column is Column.TIME:
            return self.in_words(row.time)
        if column is Column.NAME:
            return None if row.name is None else as_it_stands(row.name)
        if column is Column.LABEL and row.corrected is not None:
            return as_it_stands(self.spoken(row, column))
        device = shown_name(row.device)
        return as_it_stands(self.tr("read by {model} on {device}").format(model=row.model, device=device))

    def in_words(self, time: datetime) -> str:
        """A time, here, as this country writes it."""
        return self._locale.toString(_local(time), QLocale.FormatType.LongFormat)

    def month_or_day(self, time: datetime) -> str:
        """How far back a search has come: the month, and the day as well while it is in this one."""
        day, today = _local(time).date(), QDate.currentDate()
        same = (day.year(), day.month()) == (today.year(), today.month())
        return self._locale.toString(day, "d MMMM yyyy" if same else "MMMM yyyy")

    def thumbnail(self, row: HistoryRow) -> QPixmap:
        """The glyph, 28×28; null when it is damaged."""
        found = self._thumbnails.get(row.id)
        if found is None or found[0] != row.glyph:
            while len(self._thumbnails) >= THUMBNAILS:
                del self._thumbnails[next(iter(self._thumbnails))]
            pixmap = QPixmap()
            if row.glyph is not None:
                pixmap = QPixmap.fromImage(QImage(row.glyph, 28, 28, 28, QImage.Format.Format_Grayscale8))
            found = self._thumbnails[row.id] = (row.glyph, pixmap)
        return found[1]


def _local(time: datetime) -> QDateTime:
    """A time as this computer's clock says it."""
    return QDateTime.fromMSecsSinceEpoch(round(time.timestamp() * 1000))
