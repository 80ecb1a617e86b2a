"""From a profile and this machine's settings to a launch plan, and whether the plan can be started here."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from rwm_tui.core.errors import ConsentNeeded, InputError
from rwm_tui.core.plan.environments import embedded
from rwm_tui.core.plan.environments.trainer_start import TrainerStart
from rwm_tui.core.plan.launch_plan import LaunchPlan
from rwm_tui.core.profile import ScaleProfile
from rwm_tui.core.settings import SETTINGS_FILE, EnvironmentKind, IsaacLabSettings, Project, Settings, load_settings

# Without PYTHONUNBUFFERED Python holds lines back in 8 KB lumps and loses them when it is killed;
# isaaclab.sh dies at `tabs 4` where TERM is "dumb".
ALWAYS_SET = {"PYTHONUNBUFFERED": "1", "TERM": "xterm-256color"}

# What says "I accept" to Isaac Sim, by environment. Isaac Lab 3 runs without Isaac Sim and asks for nothing.
_PIP_CONSENT = {"OMNI_KIT_ACCEPT_EULA": "YES"}
_CONTAINER_CONSENT = _PIP_CONSENT | {"ACCEPT_EULA": "Y", "PRIVACY_CONSENT": "Y"}
CONSENT_VARIABLES: Mapping[EnvironmentKind, Mapping[str, str]] = {
    "conda": _PIP_CONSENT,
    "venv": _PIP_CONSENT,
    "container": _CONTAINER_CONSENT,
    "docker": _CONTAINER_CONSENT,
    "isaaclab3": {},
}
EULA = "https://docs.omniverse.nvidia.com/platform/latest/common/NVIDIA_Omniverse_License_Agreement.html"

_Start = Callable[[ScaleProfile, Project, IsaacLabSettings, dict[str, str]], TrainerStart]


def plan_under_settings(
    project: Project, profile: ScaleProfile, parent: str | None = None, because: str | None = None
) -> LaunchPlan:
    """The plan under the settings as they stand now; the embedded trainer needs none, and no mistake in them harms it.

    :raises InputError: where the settings file is not usable.
    """
    settings = None if profile.backend == "embedded" else load_settings(project)
    return plan_launch(profile, project, settings, parent=parent, follows_because=because)


def plan_launch(
    profile: ScaleProfile,
    project: Project,
    settings: Settings | None = None,
    *,
    parent: str | None = None,
    follows_because: str | None = None,
) -> LaunchPlan:
    """What launching the profile in this project would run. Starts nothing, touches no file.

    :param settings: of this machine's Isaac Lab; None for the documented set-up without recorded consent.
    """
    settings = settings or Settings()
    kind = settings.isaac_lab.kind
    if profile.backend == "embedded":
        start = embedded.start(profile, project, ALWAYS_SET | profile.environment)
        needs_consent = False
    else:
        consent = CONSENT_VARIABLES[kind]
        needs_consent = bool(consent) and settings.eula_accepted is None
        variables = ALWAYS_SET | _without_consent(profile.environment) | ({} if needs_consent else dict(consent))
        start = _start_of(kind)(profile, project, settings.isaac_lab, variables)
    return LaunchPlan(
        profile=profile,
        environment_kind="embedded" if profile.backend == "embedded" else kind,
        argv=start.argv,
        cwd=start.cwd,
        environment=start.environment,
        time_limit_s=profile.time_limit_s,
        grace_s=profile.grace_s,
        needed=start.needed,
        needs_eula_consent=needs_consent,
        container=start.container,
        parent=parent,
        follows_because=follows_because,
    )


def _start_of(kind: EnvironmentKind) -> _Start:
    """Each kind has its module, which is imported when a launch of that kind is planned."""
    start: _Start = import_module(f"rwm_tui.core.plan.environments.{kind}").start
    return start


def _without_consent(environment: Mapping[str, str]) -> dict[str, str]:
    """A profile may write down the documented variables; only the settings file can give consent."""
    return {name: value for name, value in environment.items() if name not in _CONTAINER_CONSENT}


def require_startable(plan: LaunchPlan) -> None:
    """
    :raises ConsentNeeded: where only the user's consent to the licence is missing.
    :raises InputError: where the launch cannot work on this machine, with what to install.
    """
    if plan.backend == "embedded":
        _require_embedded_packages()
    elif plan.profile.isaac_lab_kind not in (None, plan.environment_kind):
        raise InputError("another Isaac Lab needed", *needs_other_kind(plan.profile, plan.environment_kind))
    for needed in plan.needed:
        if not Path(needed.path).exists():
            raise InputError(
                "Isaac Lab not found",
                f"{needed.what} is not there: {needed.path}",
                f"install Isaac Lab under upstream/, name its place in {SETTINGS_FILE}, "
                "or pick a profile of the embedded backend",
            )
    if plan.needs_eula_consent:
        raise ConsentNeeded(
            "licence not accepted",
            f"Isaac Sim runs only under NVIDIA's Omniverse licence, and {SETTINGS_FILE} records no consent to it",
            f"read {EULA}, then `rwm-tui run {plan.profile.name} --accept-eula`, or launch from the app and say yes",
        )


def needs_other_kind(profile: ScaleProfile, kind: str) -> tuple[str, str]:
    """Why the profile can't be launched under this kind of Isaac Lab, and the remedy."""
    return (
        f"{profile.name} runs on an Isaac Lab of kind {profile.isaac_lab_kind} only, and the one set up here is {kind}",
        f"write `isaac_lab: {{kind: {profile.isaac_lab_kind}}}` into {SETTINGS_FILE}, or pick another profile",
    )


def _require_embedded_packages() -> None:
    import importlib.util

    missing = [name for name in ("torch", "mujoco") if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            "embedded trainer not installed",
            f"{sys.executable} has no {' and no '.join(missing)}",
            "./run in the project's folder sets it up; or pip install 'rwm-tui[embedded]' into a Python 3.11 to 3.13",
        )
