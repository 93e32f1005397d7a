"""The filters of the History tab: what is chosen is what is asked for, by mouse or by key, in any window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from history_looking import open_history, record, save, times
from PySide6.QtCore import QDate, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mnist_desktop.gui.history_dates import DateFilter, Period
from mnist_desktop.gui.history_filters import HistoryFilters
from mnist_desktop.gui.history_rows import Shown
from mnist_desktop.gui.theme import scaled_font
from mnist_desktop.gui.window import Window
from mnist_desktop.log.record import Record, Source, microseconds, new_id

from .conftest import WAIT

ALL = range(24)


def varied(number: int) -> Record:
    """Records that differ in all that one can filter by."""
    source = list(Source)[number % 3]
    return record(
        number,
        verdict="unsure" if number % 4 == 0 else "digit",
        source=source,
        name=f"Scan {number}.png" if source is not Source.CANVAS else None,
        device="other" if number % 5 == 0 else "test",
        confidence=0.45 + number / 50,
        corrected="7" if number % 6 == 1 else None,
    )


def choose(filters: HistoryFilters, field: str, text: str) -> None:
    """Choose an entry as a person does by key: its first letters, in the field that has the focus."""
    box = getattr(filters, field)
    box.setFocus()
    QTest.keyClicks(box, text)


@pytest.mark.parametrize(
    ("field", "text", "fit"),
    [
        ("digit", "3", lambda number: number % 10 == 3),
        ("verdict", "Uns", lambda number: number % 4 == 0),
        ("source", "Fil", lambda number: number % 3 == 1),
        ("device", "This", lambda number: number % 5 != 0),
        ("device", "oth", lambda number: number % 5 == 0),
    ],
)
def test_each_choice_shows_what_fits_it(
    window: Window, qtbot: QtBot, field: str, text: str, fit: Callable[[int], bool]
) -> None:
    tab = open_history(window, qtbot, [varied(number) for number in ALL])
    tab.filters.more.setChecked(True)
    choose(tab.filters, field, text)
    wanted = [number for number in reversed(ALL) if fit(number)]
    qtbot.waitUntil(lambda: times(tab.model) == wanted, timeout=WAIT)


def test_less_confident_than_a_share(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [varied(number) for number in ALL])
    tab.filters.more.setChecked(True)
    for _ in range(7):
        QTest.keyClick(tab.filters.below, Qt.Key.Key_Down)
    assert tab.filters.below.currentText() == "Below 60 %"
    qtbot.waitUntil(lambda: times(tab.model) == [7, 6, 5, 4, 3, 2, 1, 0], timeout=WAIT)


def test_a_part_of_the_name_is_enough_in_any_case(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [varied(number) for number in ALL])
    tab.filters.name.setFocus()
    QTest.keyClicks(tab.filters.name, "sCAN 1")
    wanted = [number for number in reversed(ALL) if number % 3 and str(number).startswith("1")]
    qtbot.waitUntil(lambda: times(tab.model) == wanted, timeout=WAIT)


def test_typing_asks_once_the_keys_rest_and_enter_asks_at_once(qtbot: QtBot) -> None:
    filters = HistoryFilters("test")
    qtbot.addWidget(filters)
    asked: list[str | None] = []
    filters.changed.connect(lambda: asked.append(filters.shown().name))
    with qtbot.waitSignal(filters.changed, timeout=WAIT):
        QTest.keyClicks(filters.name, "four")
    assert asked == ["four"]
    QTest.keyClicks(filters.name, "teen")
    QTest.keyClick(filters.name, Qt.Key.Key_Return)
    assert asked == ["four", "fourteen"]


def test_corrected_only_is_a_box_to_tick(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [varied(number) for number in ALL])
    QTest.mouseClick(tab.filters.more, Qt.MouseButton.LeftButton)
    tab.filters.corrected.setFocus()
    QTest.keyClick(tab.filters.corrected, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: times(tab.model) == [19, 13, 7, 1], timeout=WAIT)


def test_filters_hold_together_and_are_cleared_together(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [varied(number) for number in ALL])
    assert tab.filters.clear_all.isHidden()
    choose(tab.filters, "verdict", "Sur")
    choose(tab.filters, "source", "Fil")
    qtbot.waitUntil(lambda: times(tab.model) == [22, 19, 13, 10, 7, 1], timeout=WAIT)
    tab.filters.clear_all.setFocus()
    QTest.keyClick(tab.filters.clear_all, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: times(tab.model) == [*reversed(ALL)], timeout=WAIT)
    assert tab.filters.clear_all.isHidden()
    assert tab.filters.digit.hasFocus()
    assert tab.filters.shown() == Shown()


def test_what_is_set_behind_more_filters_is_counted_on_it(qtbot: QtBot) -> None:
    filters = HistoryFilters("test")
    qtbot.addWidget(filters)
    filters.show()
    QTest.mouseClick(filters.more, Qt.MouseButton.LeftButton)
    filters.below.setCurrentIndex(2)
    filters.corrected.click()
    QTest.mouseClick(filters.more, Qt.MouseButton.LeftButton)
    assert filters.below.isHidden()
    assert filters.more.text() == "More filters (2 set)"


def test_devices_are_offered_as_they_are_seen_this_one_first(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [record(1, device="red-fox"), record(2), record(3, device="a\nb" + "x" * 400)])
    box = tab.filters.device
    offered = [box.itemText(number) for number in range(box.count())]
    assert offered == ["Device: all", "This computer", "a\\nb" + "x" * 26, "red-fox"]


def test_another_model_keeps_a_choice_that_it_knows_and_drops_one_that_it_does_not(qtbot: QtBot) -> None:
    filters = HistoryFilters("test")
    qtbot.addWidget(filters)
    filters.digit.setCurrentIndex(3)
    filters.set_labels(("bag", "boot", "coat"))
    assert filters.shown().digit == 2
    with qtbot.waitSignal(filters.changed, timeout=WAIT):
        filters.set_labels(("bag",))
    assert filters.shown() == Shown()


# --- time ---


def at(moment: datetime) -> Record:
    return record(0, id=new_id(moment), version=microseconds(moment))


def test_periods_begin_with_the_day_here(qtbot: QtBot) -> None:
    dates = DateFilter()
    qtbot.addWidget(dates)
    today = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    expected = {
        Period.TODAY: today,
        Period.WEEK: (today - timedelta(days=6)).replace(tzinfo=None).astimezone(),
        Period.MONTH: today.replace(day=1, tzinfo=None).astimezone(),
    }
    assert dates.bounds() == (None, None)
    for period, begin in expected.items():
        dates.period.setCurrentIndex(dates.period.findData(period))
        assert dates.bounds() == (begin.astimezone(UTC), None)


def test_between_takes_both_days_whole(window: Window, qtbot: QtBot) -> None:
    first = datetime(2026, 3, 28).astimezone()
    last = datetime(2026, 3, 30).astimezone()
    inside = [at(first), at(last), at(datetime(2026, 3, 30, 23, 59, 59, 999_999).astimezone())]
    outside = [at(first - timedelta(microseconds=1)), at(datetime(2026, 3, 31).astimezone())]
    tab = open_history(window, qtbot, [*inside, *outside])
    QTest.keyClicks(tab.filters.time.period, "Betw")
    tab.filters.time.first.setDate(QDate(2026, 3, 28))
    tab.filters.time.last.setDate(QDate(2026, 3, 30))
    wanted = {one.id for one in inside}
    qtbot.waitUntil(lambda: {row.id for row in tab.model.rows} == wanted, timeout=WAIT)


def test_the_first_day_is_never_after_the_last(qtbot: QtBot) -> None:
    dates = DateFilter()
    qtbot.addWidget(dates)
    dates.period.setCurrentIndex(dates.period.findData(Period.BETWEEN))
    dates.last.setDate(QDate(2026, 5, 10))
    dates.first.setDate(QDate(2026, 6, 1))
    assert dates.last.date() == QDate(2026, 6, 1)
    dates.last.setDate(QDate(2026, 4, 1))
    assert dates.first.date() == QDate(2026, 4, 1)


@pytest.mark.parametrize("day", [QDate(1, 1, 1), QDate(9999, 12, 31)])
def test_days_far_away_are_harmless(window: Window, qtbot: QtBot, day: QDate) -> None:
    tab = open_history(window, qtbot, [record(1)])
    dates = tab.filters.time
    dates.period.setCurrentIndex(dates.period.findData(Period.BETWEEN))
    dates.first.setDate(day)
    dates.last.setDate(day)
    qtbot.waitUntil(lambda: not tab.model.busy and tab.model.shown == tab.filters.shown(), timeout=WAIT)
    assert "could not" not in tab.note


# --- room ---


@pytest.mark.parametrize("times_larger", [1, 2])
def test_all_filters_are_on_a_window_of_900_by_600(window: Window, qtbot: QtBot, times_larger: int) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    before = application.font()
    larger = scaled_font(before, "body")
    larger.setPointSizeF(before.pointSizeF() * times_larger)
    application.setFont(larger)
    try:
        tab = open_history(window, qtbot, [record(number) for number in range(30)])
        window.resize(900, 600)
        tab.filters.more.setChecked(True)
        dates = tab.filters.time
        dates.period.setCurrentIndex(dates.period.findData(Period.BETWEEN))
        qtbot.waitUntil(lambda: window.width() == 900 and not tab.filters.clear_all.isHidden(), timeout=WAIT)
        QTest.qWait(0)
        f = tab.filters
        shown: list[QWidget] = [
            f.digit, f.verdict, f.source, dates, f.name, f.more, f.device, f.below, f.corrected, f.clear_all,
        ]  # fmt: skip
        for one in shown:
            assert tab.filters.rect().contains(one.geometry()), one.accessibleName()
            assert one.width() >= one.minimumSizeHint().width()
        for number, one in enumerate(shown):
            assert not any(one.geometry().intersects(other.geometry()) for other in shown[number + 1 :])
        assert tab.table.height() > 100 or tab.message
    finally:
        application.setFont(before)


def test_every_filter_can_be_reached_by_tab_and_has_a_name(window: Window, qtbot: QtBot) -> None:
    tab = open_history(window, qtbot, [record(1)])
    save(window, record(2))
    tab.filters.more.setChecked(True)
    tab.filters.corrected.setChecked(True)
    wanted = [
        tab.filters.digit, tab.filters.verdict, tab.filters.source, tab.filters.time.period, tab.filters.name,
        tab.filters.more, tab.filters.device, tab.filters.below, tab.filters.corrected, tab.filters.clear_all,
    ]  # fmt: skip
    tab.filters.digit.setFocus()
    reached: list[QWidget | None] = []
    for _ in wanted:
        reached.append(QApplication.focusWidget())
        focused = QApplication.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert reached == wanted
    assert all(one.accessibleName() or one.text() for one in wanted)  # type: ignore[attr-defined]  # only buttons lack a name
