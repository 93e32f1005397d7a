#!/bin/sh
# Makes the virtual environment in .venv: sh tools/set-up.sh run|dev
# run: what reading and logging need; dev: TensorFlow and the development tools too. What is there already stays, and
# a second call changes nothing: stamps in .venv hold the checksums of what it was installed from.
set -u
cd "$(dirname "$0")/.." || exit 1
what=${1:-run}

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "$*"
    exit 1
}

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; }
find_python() {
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if fits "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    return 1
}

# 1. Was it all done before?
stamp() { printf '%s\n' "$(pwd -P)" "$(cksum "$@")"; }
fresh() { [ "$(cat ".venv/.installed-$1" 2>/dev/null)" = "$(shift && stamp "$@")" ]; }
have_packages() {
    fresh dev requirements/dev.txt || { [ "$what" = run ] && fresh run requirements/run.txt; }
}
have_project() { fresh project pyproject.toml tools/build_hook.py; }
if fits .venv/bin/python && have_packages && have_project; then
    sh tools/system-packages.sh "$what"
    exit 0
fi

# 2. Python and the system's packages.
python=$(find_python) || {
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        say "Installing Python from the system's packages."
        apt-get update -qq >/dev/null 2>&1
        for package in python3 python3.13 python3.12 python3.11; do
            find_python >/dev/null && break
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1
        done
    fi
    python=$(find_python) || fail "MNIST Desktop needs Python 3.11, 3.12 or 3.13; install one, or name it: make PYTHON=…"
}
version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    sh tools/system-packages.sh "$what"
else
    # Debian and Ubuntu keep this part of Python in a package of its own.
    sh tools/system-packages.sh "$what" "$version"
    "$python" -c 'import ensurepip, venv' 2>/dev/null || fail "$python lacks its venv module; install it first."
fi

# 3. The environment. One that was made elsewhere, or whose Python has gone, is made anew.
place=$(cat .venv/.installed-* 2>/dev/null | grep '^/' | head -n 1)
if [ -e .venv ] && { ! fits .venv/bin/python || [ "${place:-$(pwd -P)}" != "$(pwd -P)" ]; }; then
    rm -rf .venv
fi
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    say "Making the virtual environment in .venv with $version."
    "$python" -m venv --clear .venv || fail "The virtual environment could not be made."
fi
pip() { .venv/bin/python -m pip --disable-pip-version-check --no-input "$@"; }
packages() {
    pip install --quiet --no-compile --require-hashes --use-pep517 "$@" || fail "The packages could not be installed."
}
if ! have_packages; then
    say "Installing what reading and logging need (200 MB)."
    packages -r requirements/run.txt
    if [ "$what" = dev ]; then
        say "Installing TensorFlow and the development tools too (1 GB to fetch, 2.5 GB on the disk)."
        # What comes without a wheel is built with what is pinned, and nothing unpinned is fetched for it.
        packages --no-build-isolation -r requirements/dev.txt
    fi
    stamp "requirements/$what.txt" >".venv/.installed-$what"
fi
# The project last: pip takes no project from a folder together with hashes. Its build backend is among the packages.
pip install --quiet --no-deps --no-build-isolation --no-index --editable . || fail "The project could not be installed."
stamp pyproject.toml tools/build_hook.py >.venv/.installed-project
