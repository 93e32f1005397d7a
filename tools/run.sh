#!/bin/sh
# Opens the window; where there is no display, replays the demo off screen, says so, and leaves a screenshot.
set -u
cd "$(dirname "$0")/.." || exit 1
if [ "$(uname)" = Darwin ] || { [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [ "${QT_QPA_PLATFORM:-}" != offscreen ]; }; then
    exec .venv/bin/python -m mnist_desktop "$@"
fi
picture=screenshots/demo.png
mkdir -p screenshots
echo "There is no display here, so this replays the demo off screen; its last picture goes to $picture."
exec .venv/bin/python -m mnist_desktop demo --screenshot "$picture"
