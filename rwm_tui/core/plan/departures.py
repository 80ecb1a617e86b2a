"""In what a launch plan departs from the documented command of the reference check, and why."""

from collections.abc import Iterator

import msgspec

from rwm_tui.core.plan.launch_plan import LaunchPlan


class Departure(msgspec.Struct, frozen=True):
    what: str
    why: str


def departures(plan: LaunchPlan) -> tuple[Departure, ...]:
    """Every departure in the way of starting; the sizes stand in the table of settings.

    Empty for the embedded trainer: it is another program, not a variant of that command.
    """
    if plan.backend == "embedded":
        return ()
    return (*_of_the_environment(plan), *_of_the_launcher(plan))


def _of_the_environment(plan: LaunchPlan) -> Iterator[Departure]:
    match plan.environment_kind:
        case "conda":
            yield Departure(
                "the active conda environment's name is checked",
                "isaaclab.sh takes any CONDA_PREFIX, also that of the base environment",
            )
        case "venv":
            yield Departure("a virtual environment instead of conda", "the settings file says so (kind venv)")
            yield Departure("CONDA_PREFIX is unset", "isaaclab.sh would prefer it to the virtual environment")
        case "container" | "docker":
            yield Departure(
                "Isaac Sim's python.sh instead of conda and isaaclab.sh",
                f"the settings file says so (kind {plan.environment_kind})",
            )
            yield Departure(
                "PYTHONPATH is replaced by omni.client and rsl_rl_rwm",
                "the container's own value hides Isaac Sim's packages",
            )
        case "isaaclab3":
            yield Departure(
                "`isaaclab train` instead of isaaclab.sh and train.py",
                "that is Isaac Lab 3's only way (kind isaaclab3)",
            )
            yield Departure("no --headless", "it is deprecated in Isaac Lab 3, which opens no window unasked")
            yield Departure("OMP_NUM_THREADS=1", "on a CPU the evaluation is many times slower with more threads")
    if plan.container:
        yield Departure(
            "`timeout` stands inside the container, one grace later than the documented limit",
            "a signal to docker exec does not reach the trainer; rwm-tui keeps the limit itself, "
            "and the one inside holds where rwm-tui is gone",
        )


def _of_the_launcher(plan: LaunchPlan) -> Iterator[Departure]:
    yield Departure(
        "no `| tee`: stdout and stderr go straight into the log file",
        "tee lost tracebacks, the exit status, and its last lines when timeout killed it too",
    )
    if plan.time_limit_s is not None and plan.container is None:
        yield Departure(
            "no `timeout`: rwm-tui itself sends SIGINT at the limit and SIGKILL after the grace",
            "so the record tells the limit from a stop, and a trainer that is done but hangs is no failure",
        )
    yield Departure("no `pkill` of isaacsim and kit_ beforehand", "by name it would end other people's runs")
    yield Departure("PYTHONUNBUFFERED=1", "into a file Python holds lines back, and loses them when it is killed")
    yield Departure("TERM=xterm-256color", "isaaclab.sh dies where TERM is dumb")
    yield Departure("stdin from /dev/null", "a question that nobody can see would hang the run")
    if plan.needs_eula_consent:
        yield Departure(
            "OMNI_KIT_ACCEPT_EULA is not set", "no consent to the licence is recorded yet; it is asked at the launch"
        )
