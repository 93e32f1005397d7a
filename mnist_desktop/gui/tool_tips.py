"""Turns any text into a tool tip that shows it as it stands."""

from __future__ import annotations

from html import escape

from PySide6.QtGui import Qt


def as_it_stands(text: str) -> str:
    """`text`, which somebody else may have written, for a tool tip.

    What looks like HTML Qt would lay out as such, and open the files that it names as pictures: a pipe among them would
    stop the window for ever.
    """
    return f"<qt>{escape(text)}</qt>" if Qt.mightBeRichText(text) else text
