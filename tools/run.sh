#!/bin/sh
# Opens the window; where there is no display, replays the demo off screen, says so, and leaves a screenshot.
set -u
cd "$(dirname "$0")/.." || exit 1
# Named, or asked of Qt in a process of its own: a display that is set and gone would abort the program.
probe='import os, sys; from mnist_desktop.gui.display import display_works; sys.exit(not display_works(os.environ))'
if [ "${QT_QPA_PLATFORM:-}" != offscreen ] && .venv/bin/python -c "$probe"; then
    exec .venv/bin/python -m mnist_desktop "$@"
fi
picture=screenshots/demo.png
mkdir -p screenshots
echo "There is no display here, so this replays the demo off screen; its last picture goes to $picture."
exec .venv/bin/python -m mnist_desktop demo --screenshot "$picture"
