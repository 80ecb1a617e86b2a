#!/usr/bin/env bash
# Stand-in for Isaac Lab 2.3's launcher: picks a Python as it does and runs it as a child, not by exec.
set -e
tabs 4

if [[ -n "${CONDA_PREFIX}" ]]; then
    python_exe=${CONDA_PREFIX}/bin/python
elif [[ -n "${VIRTUAL_ENV}" ]]; then
    python_exe=${VIRTUAL_ENV}/bin/python
else
    echo "[ERROR] Unable to find any Python executable at path: '_isaac_sim/python.sh'" >&2
    exit 1
fi
[[ "$1" == "-p" ]] || exit 2
shift
echo "[INFO] Using python from: ${python_exe}"
"${python_exe}" "$@"
