"""Turns the name of a file, or any text of unknown origin, into one line that can be shown and kept."""

from __future__ import annotations


def shown_name(name: str) -> str:
    """`name` on one line: control, direction and undecodable characters as escapes such as \\n or \\udcff."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in name
    )
