"""Turns `mnist-desktop` and `python -m mnist_desktop` into the command line, even while that is still being loaded."""

import sys


def main() -> int:
    """Run the command line; it takes a tenth of a second to load, and Ctrl+C is as good then as later."""
    try:
        from mnist_desktop.cli import main as run
    except KeyboardInterrupt:
        # As `commands.command` has it, which may not be loaded.
        return 130
    return run()


if __name__ == "__main__":
    sys.exit(main())
