"""Words of the command line that no command can mean."""

from __future__ import annotations

import pytest

from mnist_desktop.cli import main


@pytest.mark.parametrize(
    "words",
    [
        ["gui", ""], ["predict", ""], ["predict", "x.png", "--explain", ""], ["evaluate", ""],
        ["evaluate", "x.npz", "--plots", ""], ["train", "--out", ""], ["train", "--out", "x", "--data", ""],
        ["import-model", "", "x"], ["import-model", "x.keras", "x", "--labels", ""], ["history", "export", ""],
        ["history", "export", "x.csv", "--glyphs", ""], ["log", "quarantined", "--export", ""],
        ["demo", "--screenshot", ""],
    ],
)  # fmt: skip
def test_a_file_without_a_name_is_not_the_folder_one_is_in(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert capsys.readouterr().err.splitlines()[-1].endswith("the name of a file cannot be empty")
