"""Turns `python -m mnist_desktop` into the command line."""

import sys

from mnist_desktop.cli import main

if __name__ == "__main__":
    sys.exit(main())
