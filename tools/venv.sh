# Sourced by run and test: keeps $root/.venv in step with the locks. Reads $root, PYTHON, PATH; sets $venv.
# When the stamp matches, no Python is started: that path has to stay in the milliseconds.

# Without compiled modules every start would take two seconds longer.
unset PYTHONDONTWRITEBYTECODE

venv=$root/.venv

say() { printf '%s\n' "$*" >&2; }

stop() {
    say "$@"
    exit 1
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        is_new_enough "$PYTHON" || stop "PYTHON=$PYTHON is not Python 3.11 or newer. Name another, or unset PYTHON."
        python=$PYTHON
        return
    fi
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if is_new_enough "$python"; then return; fi
    done
    if command -v uv >/dev/null 2>&1 && python=$(uv python find --no-python-downloads '>=3.11' 2>/dev/null); then
        return
    fi
    stop "Callsheet needs Python 3.11 or newer, and none was found on PATH (python3, python3.11 to python3.14).
  Debian, Ubuntu:  sudo apt-get install python3 python3-venv
  Fedora:          sudo dnf install python3
  macOS:           brew install python@3.13
Or name one:       PYTHON=/path/to/python3.12 $0"
}

demand_venv_module() {
    if command -v uv >/dev/null 2>&1 || "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then return; fi
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    stop "$python (Python $version) has no venv module.
  Debian, Ubuntu:  sudo apt-get install python$version-venv
Or install uv, which needs none."
}

# Covers the interpreter too: a system upgrade may have put another version behind its link.
fingerprint() { cat "$@" "$venv/bin/python" | cksum; }

is_in_step() {
    stamp=$1
    shift
    [ -x "$venv/bin/python" ] && [ -f "$stamp" ] && [ "$(fingerprint "$@")" = "$(cat "$stamp")" ]
}

# .installing is left behind only by an installer that was killed: what it wrote is not to be trusted.
is_whole() {
    [ ! -e "$venv/.installing" ] && [ -x "$venv/bin/python" ] && "$venv/bin/python" -c '
import os, sys, sysconfig
new, own = sys.version_info >= (3, 11), sys.prefix != sys.base_prefix
sys.exit(not (new and own and os.path.isdir(sysconfig.get_path("purelib"))))' 2>/dev/null || return 1
    if command -v uv >/dev/null 2>&1; then return; fi
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip >/dev/null 2>&1
}

make_venv() {
    demand_venv_module
    say "Making .venv with $("$python" -c 'import platform, sys; print(sys.executable, platform.python_version())')"
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --clear --no-project --python "$python" "$venv"
    else
        "$python" -m venv --clear "$venv"
    fi || stop "The virtual environment could not be made in $venv (see above)."
}

# install_locks LOCK...
install_locks() {
    for lock in "$@"; do set -- "$@" -r "$lock"; shift; done
    if command -v uv >/dev/null 2>&1; then
        say "Installing $lock_names with uv"
        uv pip install --quiet --compile-bytecode --python "$venv/bin/python" --require-hashes "$@"
    else
        say "Installing $lock_names with pip"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes "$@"
    fi
}

# settle NAME LOCK...: under the file lock, so that of two first starts one installs and the other finds it done.
settle() {
    unset PYTHONHOME PYTHONPATH VIRTUAL_ENV UV_PYTHON UV_SYSTEM_PYTHON UV_PROJECT_ENVIRONMENT
    PIP_USER=0
    export PIP_USER
    name=$1
    shift
    "$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)' || say "No file lock here: do not start twice at once."
    if is_in_step "$venv/.installed-$name" "$@"; then return; fi
    is_whole || make_venv
    rm -f "$venv"/.installed-*
    : >"$venv/.installing"
    install_locks "$@" || {
        rm -f "$venv/.installing"
        stop "Installing failed (see above). Mend what it names and start again; nothing else was changed."
    }
    for done_name in $name run; do
        if [ "$done_name" = run ]; then set -- "$root/requirements.lock"; fi
        fingerprint "$@" >"$venv/.installed-$done_name"
    done
    rm -f "$venv/.installing"
}

# prepare NAME LOCK...: afterwards $venv/bin/python has what the locks name. Everything is said on stderr.
prepare() {
    stamp_name=$1
    shift
    if is_in_step "$venv/.installed-$stamp_name" "$@"; then return; fi
    find_python
    lock_names=
    for lock in "$@"; do lock_names="${lock_names:+$lock_names and }${lock##*/}"; done
    (settle "$stamp_name" "$@") 9>"$root/.venv.lock" >&2 || exit 1
}
