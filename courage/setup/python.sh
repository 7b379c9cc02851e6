#!/bin/sh
# Finds Python 3.11 (python3.11, then pyenv's, then uv's) and runs it with the given arguments.
# Rasa 3.6 needs TensorFlow 2.12, which has no build for Python 3.12 or later.

usable() {
    [ -n "$1" ] && "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null
}

for candidate in \
    "$(command -v python3.11 2>/dev/null)" \
    "$(ls -d "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.11.*/bin/python3.11 2>/dev/null | tail -n 1)" \
    "$(command -v uv >/dev/null 2>&1 && uv python find 3.11 2>/dev/null)"; do
    if usable "$candidate"; then
        exec "$candidate" "$@"
    fi
done

if command -v python3.11 >/dev/null 2>&1 && ! python3.11 -c 'import venv, ensurepip' 2>/dev/null; then
    echo "courage: python3.11 is here but cannot make virtual environments; install the package python3.11-venv." >&2
else
    echo "courage: Python 3.11 was not found; install python3.11 (with its venv package), or run 'pyenv install 3.11' or 'uv python install 3.11'." >&2
fi
exit 1
