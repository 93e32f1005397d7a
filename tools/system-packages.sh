#!/bin/sh
# What the program needs from the system: sh tools/system-packages.sh run|dev [python3.N]
# Installs what is missing through apt when root, otherwise says in one line what to install. The second argument is
# the Python whose venv module is missing. Exits 1 when something is still missing afterwards.
set -u

# Qt's own, in two groups: for any window, and for X11; without a font all text is boxes. A bar separates the names that
# a package has in different releases.
window='libegl1 libgl1 libwayland-cursor0 libglib2.0-0|libglib2.0-0t64 libxkbcommon0 libdbus-1-3 libfontconfig1 fonts-dejavu-core'
x11='libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-image0 libxcb-render-util0 libxcb-shape0
     libxcb-xinerama0 libxcb-randr0'
# For tests: a real X server and a hand on it, what fetches and runs a real Cassandra, and what plays faults: system
# calls that are shown, spoilt or deadly, and another clock for a whole process.
tests='xvfb xdotool maven strace libfaketime'

say() { printf '%s\n' "$*" >&2; }

wanted="$window $x11"
[ "${1:-run}" = dev ] && wanted="$wanted $tests"
[ -n "${2:-}" ] && wanted="$wanted $2-venv"

# Cassandra 5.0 runs on Java 11 and 17, on no newer one.
has_java() {
    for java in "${JAVA_HOME:-/nowhere}/bin/java" java /usr/lib/jvm/*/bin/java; do
        case $("$java" -version 2>&1 | head -n 1) in *'"11.'* | *'"17.'* | *'"17"'* | *'"11"'*) return 0 ;; esac
    done
    return 1
}

if ! command -v apt-get >/dev/null 2>&1; then
    # Elsewhere the names differ; macOS needs nothing for a window.
    if [ "$(uname)" = Linux ] && command -v ldconfig >/dev/null 2>&1 && ! ldconfig -p | grep -q 'libEGL\.so\.1'; then
        say "Please install the libraries that Qt needs: EGL, OpenGL, xkbcommon, D-Bus, fontconfig and xcb-cursor."
    fi
    if [ "${1:-run}" = dev ] && ! { has_java && command -v mvn >/dev/null 2>&1; }; then
        say "Please install Java 17 and Maven: without them the tests on a real Cassandra do not run."
    fi
    exit 0
fi

if [ "${1:-run}" = dev ] && ! has_java; then
    wanted="$wanted openjdk-17-jre-headless|openjdk-11-jre-headless"
fi
names=$(printf '%s' "$wanted" | tr '|\n' '  ')
# shellcheck disable=SC2086  # a list of names
there=" $(dpkg-query -W -f='${Package} ${Status}\n' $names 2>/dev/null | sed -n 's/ install ok installed$//p' | tr '\n' ' ') "
missing=
for package in $wanted; do
    found=
    for name in $(printf '%s' "$package" | tr '|' ' '); do
        case $there in *" $name "*) found=yes ;; esac
    done
    [ -n "$found" ] || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" != 0 ]; then
    say "Please install what is missing from the system: sudo apt-get install$(printf '%s' "$missing" | sed 's/|[^ ]*//g')"
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >/dev/null 2>&1 || say "The package lists could not be refreshed; trying with the old ones."
chosen=
for package in $missing; do
    for name in $(printf '%s' "$package" | tr '|' ' '); do
        if apt-cache show "$name" >/dev/null 2>&1; then
            chosen="$chosen $name"
            continue 2
        fi
    done
    say "This release has no package ${package%%|*}."
done
say "Installing from the system's packages:$chosen"
# shellcheck disable=SC2086  # a list of names
apt-get install -y -qq --no-install-recommends $chosen >/dev/null 2>&1 && exit 0
say "They could not be installed; try it by hand: apt-get install$chosen"
exit 1
