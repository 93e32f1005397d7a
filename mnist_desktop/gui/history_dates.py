"""Lets a person choose a stretch of time by a word or by two days."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QComboBox, QDateEdit, QHBoxLayout, QLabel, QWidget

from mnist_desktop.gui.theme import SPACE

FIRST_DAY, LAST_DAY = QDate(1970, 1, 1), QDate(2999, 12, 31)
"""What can be chosen: time-based ids, and Python's dates, reach further in both directions."""


class Period(StrEnum):
    """A stretch of time by its name."""

    ANY = "any"
    TODAY = "today"
    WEEK = "week"
    MONTH = "month"
    BETWEEN = "between"


class DateFilter(QWidget):
    """A choice of periods; “between” shows two days, both of them included."""

    changed = Signal()
    """Another stretch of time is meant now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.period = QComboBox(self)
        self.period.setAccessibleName(self.tr("Filter by time"))
        self.period.setToolTip(self.period.accessibleName())
        for text, period in (
            (self.tr("Any time"), Period.ANY),
            (self.tr("Today"), Period.TODAY),
            (self.tr("Last 7 days"), Period.WEEK),
            (self.tr("This month"), Period.MONTH),
            (self.tr("Between…"), Period.BETWEEN),
        ):
            self.period.addItem(text, period)
        self.first = self._day(self.tr("From this day"))
        self.last = self._day(self.tr("Until this day"))
        self._dash = QLabel("–", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        for part in (self.period, self.first, self._dash, self.last):
            row.addWidget(part)
        self._show_days()
        self.period.currentIndexChanged.connect(self._period_changed)
        self.first.dateChanged.connect(self._first_changed)
        self.last.dateChanged.connect(self._last_changed)

    def _day(self, name: str) -> QDateEdit:
        edit = QDateEdit(QDate.currentDate(), self)
        edit.setCalendarPopup(True)
        edit.setDisplayFormat("yyyy-MM-dd")
        edit.setDateRange(FIRST_DAY, LAST_DAY)
        edit.setAccessibleName(name)
        edit.setToolTip(name)
        return edit

    @property
    def active(self) -> bool:
        """Whether anything but “any time” is meant."""
        return Period(self.period.currentData()) is not Period.ANY

    def clear(self) -> None:
        """Mean any time."""
        self.period.setCurrentIndex(0)

    def bounds(self) -> tuple[datetime | None, datetime | None]:
        """The first moment that is meant, and the first that no longer is, in UTC; None is no bound."""
        today = QDate.currentDate()
        match Period(self.period.currentData()):
            case Period.ANY:
                return None, None
            case Period.TODAY:
                return _beginning(today), None
            case Period.WEEK:
                return _beginning(today.addDays(-6)), None
            case Period.MONTH:
                return _beginning(QDate(today.year(), today.month(), 1)), None
            case Period.BETWEEN:
                return _beginning(self.first.date()), _beginning(self.last.date().addDays(1))

    def _period_changed(self) -> None:
        self._show_days()
        self.changed.emit()

    def _show_days(self) -> None:
        between = self.period.currentData() == Period.BETWEEN
        for part in (self.first, self._dash, self.last):
            part.setVisible(between)

    def _first_changed(self, day: QDate) -> None:
        if day > self.last.date():
            # Says it again, of both.
            self.last.setDate(day)
        else:
            self.changed.emit()

    def _last_changed(self, day: QDate) -> None:
        if day < self.first.date():
            self.first.setDate(day)
        else:
            self.changed.emit()


def _beginning(day: QDate) -> datetime:
    """When `day` begins where this computer is; days do not all begin at midnight, nor have 24 hours."""
    return datetime.fromtimestamp(day.startOfDay().toSecsSinceEpoch(), UTC)
