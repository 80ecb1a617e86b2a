# Sourced by ./run and ./test: brings .venv up to date with the project's own files. POSIX shell.
# Needs git and Python 3.11 to 3.13 with its venv module; everything else comes from the package index.

TORCH_CPU_INDEX=${RWM_TUI_TORCH_INDEX:-https://download.pytorch.org/whl/cpu}

fail() {
    printf '%s\n' "rwm-tui: $1" >&2
    exit 2
}

find_python() {
    for candidate in ${RWM_TUI_PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "no Python 3.11 to 3.13 found; install it (Debian, Ubuntu: apt install python3.11 python3.11-venv) or name one in RWM_TUI_PYTHON"
}

require_venv() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null && return
    version=$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    fail "Python $version has no venv module; install it with: apt install python$version-venv"
}

# set_up EXTRAS: make .venv hold the project with these extras, unless it already does.
set_up() {
    extras=$1
    wanted="$extras $(cat "$project/pyproject.toml" "$project/constraints.txt" | cksum)"
    stamp="$project/.venv/.set-up-$extras"
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return
    if [ ! -x "$project/.venv/bin/python" ]; then
        python=$(find_python) || exit 2
        require_venv "$python"
        "$python" -m venv "$project/.venv" || fail "cannot make $project/.venv; is the disk full?"
    fi
    echo "rwm-tui: setting up $project/.venv ($extras); this takes a minute or two the first time" >&2
    install_torch
    pip_install -c "$project/constraints.txt" -e "$project[$extras]" ||
        fail "the packages could not be installed; the lines above say why"
    printf '%s' "$wanted" > "$stamp"
}

# PyPI's torch for Linux brings gigabytes of CUDA libraries, so PyTorch's own CPU index is asked first.
install_torch() {
    "$project/.venv/bin/python" -c 'import importlib.metadata as m; m.version("torch")' 2>/dev/null && return
    torch=$(grep '^torch==' "$project/constraints.txt")
    pip_install --retries 0 --timeout 15 --index-url "$TORCH_CPU_INDEX" --no-deps "$torch" 2>/dev/null && return
    echo "rwm-tui: $TORCH_CPU_INDEX did not answer; taking $torch from pip's configured index" >&2
    pip_install --no-deps "$torch" || fail "$torch could not be installed; the lines above say why"
}

pip_install() {
    "$project/.venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
}
