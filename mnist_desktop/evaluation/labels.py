"""Turns what DATA calls a subject, a number or a word, into the place of that label in a model's list."""

from __future__ import annotations

from collections.abc import Sequence


class LabelPlaces:
    """The labels of one model, found by what DATA calls them."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._count = len(labels)
        self._by_text = {label: place for place, label in reversed(list(enumerate(labels)))}
        self._in_order = all(place == int(label) for label, place in self._by_text.items() if label.isdecimal())

    def of_number(self, number: int) -> int | None:
        """Where the label `number` stands; None where the model has it not.

        It is the label that is written so. Where none is, as among garments, and where the model's labels that are
        numbers, if any, stand at their own places, it is the place itself: so IDX files count.
        """
        place = self._by_text.get(str(number))
        if place is None and self._in_order and 0 <= number < self._count:
            return number
        return place

    def of_name(self, name: str) -> int | None:
        """Where the label stands that a file called `<label>_…` is named by; None where the model has none such."""
        end = len(name)
        # From the longest on: a label may have an underscore of its own.
        while (end := name.rfind("_", 0, end)) > 0:
            if (place := self._by_text.get(name[:end])) is not None:
                return place
        number = name.partition("_")[0]
        return self.of_number(int(number)) if number.isdecimal() else None
