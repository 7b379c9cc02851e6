#!/bin/sh
# Finds Python 3.11 (python3.11, then pyenv's, then uv's) and runs it with the given arguments. Where there is none, uv
# brings it, and where there is no uv, any other Python 3 gets uv from the package index first; both go into the
# checkout's .venv and nowhere else. UV_PYTHON_DOWNLOADS=never (uv's own switch) forbids it.
# Rasa 3.6 needs TensorFlow 2.12, which has no build for Python 3.12 or later.

root=$(CDPATH='' cd -- "${0%/*}/../.." && pwd)
brought="$root/.venv/tools"

usable() {
    [ -n "$1" ] && "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null
}

for candidate in \
    "$(command -v python3.11 2>/dev/null)" \
    "$(ls -d "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.11.*/bin/python3.11 2>/dev/null | tail -n 1)" \
    "$(command -v uv >/dev/null 2>&1 && uv python find 3.11 2>/dev/null)" \
    "$(ls -d "$brought"/python/cpython-3.11.*/bin/python3.11 2>/dev/null | tail -n 1)"; do
    if usable "$candidate"; then
        exec "$candidate" "$@"
    fi
done

if command -v python3.11 >/dev/null 2>&1 && ! python3.11 -c 'import venv, ensurepip' 2>/dev/null; then
    echo "courage: python3.11 is here but cannot make virtual environments; install the package python3.11-venv." >&2
    exit 1
fi

hint="install python3.11 (with its venv package), or run 'pyenv install 3.11' or 'uv python install 3.11'"
if [ "${UV_PYTHON_DOWNLOADS:-}" = never ] || [ "${UV_PYTHON_DOWNLOADS:-}" = manual ]; then
    echo "courage: Python 3.11 was not found, and UV_PYTHON_DOWNLOADS forbids to bring it; $hint." >&2
    exit 1
fi

uv=$(command -v uv 2>/dev/null)
log="$brought/uv.log"
if [ -z "$uv" ]; then
    uv="$brought/uv/bin/uv"
    if [ ! -x "$uv" ]; then
        if ! command -v python3 >/dev/null 2>&1; then
            echo "courage: Python 3.11 was not found; $hint." >&2
            exit 1
        fi
        mkdir -p "$brought"
        echo "courage: Python 3.11 was not found; getting uv, which brings it …" >&2
        if ! { python3 -m venv "$brought/uv" && "$brought/uv/bin/python" -m pip install --no-input \
            -r "$root/requirements/uv.txt"; } >"$log" 2>&1; then
            rm -rf "$brought/uv"
            echo "courage: Python 3.11 was not found, and uv could not be installed to bring it ($log says why); $hint." >&2
            exit 1
        fi
    fi
fi
mkdir -p "$brought"
echo "courage: Python 3.11 was not found; uv brings it into $brought …" >&2
if ! UV_PYTHON_INSTALL_DIR="$brought/python" "$uv" python install 3.11 >"$log" 2>&1; then
    echo "courage: Python 3.11 was not found, and uv could not bring it ($log says why); $hint." >&2
    exit 1
fi
found=$(ls -d "$brought"/python/cpython-3.11.*/bin/python3.11 2>/dev/null | tail -n 1)
if usable "$found"; then
    exec "$found" "$@"
fi
echo "courage: uv brought a Python 3.11 that does not work here ($log says more); $hint." >&2
exit 1
