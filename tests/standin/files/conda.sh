# Stand-in for conda's activation script: `conda activate NAME` for the environments beside it.
_standin_conda_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
conda() {
    [ "$1" = activate ] || return 2
    if [ ! -d "$_standin_conda_root/envs/$2" ]; then
        echo >&2
        echo "EnvironmentNameNotFound: Could not find conda environment: $2" >&2
        return 1
    fi
    export CONDA_PREFIX="$_standin_conda_root/envs/$2" CONDA_DEFAULT_ENV="$2"
    export PATH="$CONDA_PREFIX/bin:$PATH"
}
