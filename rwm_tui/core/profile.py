"""Scale profiles: named sets of sizes as reviewable YAML, and the ladders they form."""

import difflib
import inspect
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from rwm_tui.core import agent_config
from rwm_tui.core.agent_config import AgentConfig
from rwm_tui.core.errors import InputError
from rwm_tui.core.settings import EnvironmentKind
from rwm_tui.core.typed_reading import converted
from rwm_tui.core.yaml_mapping import explained, read_yaml_mapping

EMBEDDED_TASK = "RWM-Embedded-Velocity-Flat-Anymal-D-Pretrain-v0"
PRETRAIN_TASK = "Template-Isaac-Velocity-Flat-Anymal-D-Pretrain-v0"
DEFAULT_PROFILE = "embedded"

Backend = Literal["embedded", "isaaclab"]
BACKENDS: tuple[Backend, ...] = ("embedded", "isaaclab")
Setting = bool | int | float | str | list[Any] | None
EnvKey = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]
_TOP_LEVEL_SETTINGS = ("num_envs", "max_iterations", "seed", "device_memory_cap_mib")


class ScaleProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rung of a backend's ladder: what to run, at which sizes, under which limits.

    ``agent`` holds overrides of agent.yaml under dotted keys, as on the trainer's command line without
    the leading ``agent.``; ``env`` likewise of env.yaml, which only Isaac Lab has. The profile's name is its file's
    stem. ``isaac_lab_kind`` is for a task that only one kind of Isaac Lab has. ``device_memory_cap_mib`` is the most
    that torch's allocator may reserve on the GPU, so that a large card behaves like a small one; only the embedded
    trainer has it.
    """

    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    purpose: Annotated[str, msgspec.Meta(min_length=1, description="what this scale is for")]
    backend: Backend
    task: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$", description="task id given by --task")]
    isaac_lab_kind: EnvironmentKind | None = None
    num_envs: agent_config.Count
    max_iterations: agent_config.Count
    seed: agent_config.NaturalNumber | None = None
    agent: dict[str, Setting] = {}
    env: dict[EnvKey, bool | int | float | str] = {}
    time_limit_s: agent_config.PositiveFloat | None = None
    grace_s: agent_config.NonNegativeFloat = 20.0
    device_memory_cap_mib: agent_config.PositiveFloat | None = None
    environment: dict[Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")], str] = {}


def settings_of(profile: ScaleProfile) -> dict[str, Any]:
    """What the profile sets, by dotted agent.yaml key and ``num_envs``, ``max_iterations``, ``seed``."""
    settings: dict[str, Any] = {"num_envs": profile.num_envs, "max_iterations": profile.max_iterations}
    if profile.seed is not None:
        settings["seed"] = profile.seed
    return settings | profile.agent


def agent_config_of(profile: ScaleProfile) -> AgentConfig:
    """The agent configuration that the profile asks for: the reference with the profile's changes.

    :raises InputError: for an override that the configuration does not know or cannot hold.
    """
    asked = {key: value for key, value in settings_of(profile).items() if key != "num_envs"}
    return agent_config.apply_overrides(agent_config.reference_agent_config(), asked)


def has_world_model(profile: ScaleProfile) -> bool:
    """Whether the task is one whose world model, and so whose memory, is known here."""
    return profile.task in (EMBEDDED_TASK, PRETRAIN_TASK)


def may_train_world_model(profile: ScaleProfile) -> bool:
    """By the task's name, before anything is resolved: robotic_world_model's tasks begin with ``Template-``."""
    return profile.task == EMBEDDED_TASK or profile.task.startswith("Template-")


def run_name_of(profile: ScaleProfile) -> str | None:
    """What the run directory's name ends in; None for a task whose own run name is not known here."""
    if profile.task in (EMBEDDED_TASK, PRETRAIN_TASK) or "run_name" in profile.agent:
        return agent_config_of(profile).run_name
    return None


class SettingDifference(msgspec.Struct, frozen=True):
    """One setting of a profile beside the reference's value."""

    key: str
    value: Any
    reference: Any


REFERENCE_NUM_ENVS = 4096


def differences_from_reference(profile: ScaleProfile) -> tuple[SettingDifference, ...]:
    """Every setting in which the profile departs from Pretrain-v0's defaults."""
    return differences(REFERENCE_NUM_ENVS, agent_config.reference_agent_config(), profile)


def differences_between(before: ScaleProfile, after: ScaleProfile) -> tuple[SettingDifference, ...]:
    """Every setting that changes from one profile to the other; ``reference`` is the earlier value."""
    return differences(before.num_envs, agent_config_of(before), after, before.env)


def differences(
    num_envs: int, base: AgentConfig, profile: ScaleProfile, env: Mapping[str, Any] | None = None
) -> tuple[SettingDifference, ...]:
    """``reference`` is "default" where the environment's own value held, which is not known here."""
    old = {"num_envs": num_envs} | agent_config.flattened(base) | _env_settings(env or {})
    new = {"num_envs": profile.num_envs} | agent_config.flattened(agent_config_of(profile)) | _env_settings(profile.env)
    return tuple(SettingDifference(key, new[key], old.get(key, "default")) for key in new if new[key] != old.get(key))


def _env_settings(env: Mapping[str, Any]) -> dict[str, Any]:
    return {f"env.{key}": value for key, value in env.items()}


def with_settings(profile: ScaleProfile, settings: Mapping[str, Any]) -> ScaleProfile:
    """The profile with ``--set`` settings applied; its name stays, for it is still that rung.

    :raises InputError: for an unknown key, a wrong type or an impossible value.
    """
    fields = msgspec.structs.asdict(profile)
    agent = dict(profile.agent)
    known = agent_config.known_keys()
    for key, value in settings.items():
        if key in _TOP_LEVEL_SETTINGS:
            fields[key] = value
        elif (dotted := agent_config.normalized_key(key)) in known:
            agent[dotted] = value
        else:
            nearest = agent_config.nearest_key(dotted, [*_TOP_LEVEL_SETTINGS, *known])
            remedy = f"did you mean {nearest}?" if nearest else "see the reference agent.yaml for the keys"
            raise InputError("unknown setting", f"--set: no setting is called '{key}'", remedy)
    return _checked(fields | {"agent": agent}, "--set")


def load_profile(path: Path) -> ScaleProfile:
    """Read one profile.

    :raises InputError: naming the file, the key and the remedy.
    """
    content = read_yaml_mapping(path, "profile", "start from one of the shipped profiles")
    if "name" in content:
        raise InputError(
            "profile not usable", f"{path}: key 'name': the file's name is the profile's name", "remove it"
        )
    return _checked({"name": path.stem} | content, str(path))


def _checked(content: Mapping[str, Any], origin: str) -> ScaleProfile:
    try:
        profile = converted(content, ScaleProfile)
        agent_config_of(profile)
    except msgspec.ValidationError as error:
        known = [field.name for field in msgspec.structs.fields(ScaleProfile) if field.name != "name"]
        raise InputError("profile not usable", *explained(error, content, origin, known)) from error
    except InputError as error:
        raise InputError("profile not usable", f"{origin}: {error.message}", error.hint) from error
    if (profile.task == EMBEDDED_TASK) != (profile.backend == "embedded"):
        raise InputError(
            "profile not usable",
            f"{origin}: key 'task': {profile.task} does not run on the backend '{profile.backend}'",
            f"the embedded trainer runs {EMBEDDED_TASK}, and nothing else does",
        )
    if profile.device_memory_cap_mib is not None and profile.backend != "embedded":
        raise InputError(
            "profile not usable",
            f"{origin}: key 'device_memory_cap_mib': only the embedded trainer's device memory can be capped",
            "remove it, or pick a profile of the embedded backend",
        )
    if profile.env and profile.backend == "embedded":
        raise InputError(
            "profile not usable", f"{origin}: key 'env': the embedded trainer has no env.yaml to override", "remove it"
        )
    if profile.isaac_lab_kind and profile.backend == "embedded":
        raise InputError(
            "profile not usable", f"{origin}: key 'isaac_lab_kind': the embedded trainer is no Isaac Lab", "remove it"
        )
    return profile


def load_profiles(folder: Path) -> tuple[ScaleProfile, ...]:
    """Every ``*.yaml`` of a profiles folder, in order of name.

    :raises InputError: for the first that is not usable, or where there is none.
    """
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise _no_profiles(folder)
    return tuple(load_profile(path) for path in paths)


class ProfileFolder(msgspec.Struct, frozen=True):
    """Its usable profiles, in order of name, and what is wrong with the others."""

    profiles: tuple[ScaleProfile, ...]
    problems: tuple[InputError, ...] = ()


def usable_profiles(folder: Path) -> ProfileFolder:
    """Every ``*.yaml`` of a profiles folder that can be used; a broken one costs no other.

    :raises InputError: where there is none.
    """
    profiles, problems = [], []
    for path in sorted(folder.glob("*.yaml")):
        try:
            profiles.append(load_profile(path))
        except InputError as error:
            problems.append(error)
    if not profiles:
        raise problems[0] if problems else _no_profiles(folder)
    return ProfileFolder(tuple(profiles), tuple(problems))


def _no_profiles(folder: Path) -> InputError:
    return InputError("no profiles", f"{folder} holds no *.yaml", "name the project with --project-root DIR")


def load_profile_named(folder: Path, name: str) -> ScaleProfile:
    """One profile of a folder; a broken neighbour does not matter.

    :raises InputError: where it is not usable, or where there is none of that name, naming the nearest.
    """
    by_name = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    if name in by_name:
        return load_profile(by_name[name])
    near = difflib.get_close_matches(name, by_name, n=1)
    remedy = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(by_name)}"
    raise InputError("no such profile", f"profile '{name}' is not among the {len(by_name)} of {folder}", remedy)


class MemoryRows(msgspec.Struct, frozen=True):
    """What the memory of the learning side grows with, in rows of state and action.

    ``batch`` is one dynamics mini-batch unrolled over history and forecast; ``replay`` the whole replay buffer.
    """

    batch: int
    replay: int


def memory_rows(profile: ScaleProfile) -> MemoryRows:
    config = agent_config_of(profile)
    horizon = config.system_dynamics.history_horizon + config.algorithm.system_dynamics_forecast_horizon
    return MemoryRows(
        batch=config.algorithm.system_dynamics_mini_batch_size * horizon * config.system_dynamics.ensemble_size,
        replay=profile.num_envs * config.algorithm.system_dynamics_replay_buffer_size,
    )


def ladder(profiles: Iterable[ScaleProfile], backend: Backend) -> tuple[ScaleProfile, ...]:
    """The backend's profiles, smallest scale first: by environments, then by what an iteration trains on."""

    def scale(profile: ScaleProfile) -> tuple[int, int, int, str]:
        batches = agent_config_of(profile).algorithm.system_dynamics_num_mini_batches
        return profile.num_envs, memory_rows(profile).batch * batches, profile.max_iterations, profile.name

    return tuple(sorted((profile for profile in profiles if profile.backend == backend), key=scale))


def smaller_rungs(profiles: Iterable[ScaleProfile], failed: ScaleProfile) -> Iterator[ScaleProfile]:
    """The rungs that hold less memory than the failed one in one respect and more in none, largest scale first."""
    limit = memory_rows(failed)
    for candidate in reversed(ladder(profiles, failed.backend)):
        rows = memory_rows(candidate)
        if (
            candidate.task == failed.task
            and rows != limit
            and rows.batch <= limit.batch
            and rows.replay <= limit.replay
        ):
            yield candidate


def larger_rungs(profiles: Iterable[ScaleProfile], below: ScaleProfile) -> Iterator[ScaleProfile]:
    """The rungs that hold more memory in one respect and less in none, smallest scale first."""
    floor = memory_rows(below)
    for candidate in ladder(profiles, below.backend):
        rows = memory_rows(candidate)
        if candidate.task == below.task and rows != floor and rows.batch >= floor.batch and rows.replay >= floor.replay:
            yield candidate


def profile_schema() -> dict[str, Any]:
    """JSON Schema of a profile file, for editors; ``profiles/profile.schema.json`` is its copy."""
    schema = msgspec.json.schema(ScaleProfile)
    definition = schema["$defs"]["ScaleProfile"]
    del definition["properties"]["name"]
    definition["required"].remove("name")
    definition["properties"]["agent"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": dict(_agent_key_schemas(AgentConfig, "")),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "rwm-tui scale profile",
        **{key: value for key, value in definition.items() if key != "title"},
        "description": inspect.cleandoc(definition["description"]),  # Python 3.13 does it by itself
    }


def _agent_key_schemas(config: type[msgspec.Struct], prefix: str) -> Iterable[tuple[str, Any]]:
    for field in msgspec.structs.fields(config):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from _agent_key_schemas(field.type, f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}", msgspec.json.schema(field.type)
