#!/usr/bin/env bash
# Stand-in for Isaac Sim's python.sh: runs its Python as a child.
case ":${PYTHONPATH}:" in
    *omni.client.lib*) ;;
    *) echo "ModuleNotFoundError: No module named 'omni.client'" >&2; exit 1 ;;
esac
unset PYTHONPATH
"@PYTHON@" "$@" || exit $?
