"""What a list of patterns can't say: whose memory it was, which file was meant, when the crash came."""

from __future__ import annotations

import re
from dataclasses import replace

from rwm_tui.core.diagnosis.action import Action, BufferSize
from rwm_tui.core.diagnosis.console_reading import ConsoleReading, Sighting
from rwm_tui.core.trainer_output.console_events import MemoryPart
from rwm_tui.core.trainer_output.out_of_memory import out_of_memory_kind, part_of_traceback, read_figures

_REMOTE = (b"http:", b"https:", b"omniverse:", b"s3:")
_STARTUP_FRAMES = (b"scenedb", b"getenv", b"setenv", b"onpluginstartup", b"librtx")
_KEY_ERROR = re.compile(r"KeyError: '([^']{1,80})'", re.IGNORECASE)
# Keys that the fork alone reads, and keys that some versions of rsl_rl read and others do not know.
_FORK_KEYS = frozenset(
    {
        "kl",
        "state",
        "sequence",
        "bound",
        "extension",
        "contact",
        "termination",
        "num_steps_per_env",
        "num_steps",
        "max_episode_length",
        "command_resample_interval",
        "command_resample_interval_range",
        "uncertainty_penalty_weight",
        "system_dynamics",
        "imagination",
        "state_normalizer",
        "action_normalizer",
        "history_horizon",
        "architecture_config",
        "ensemble_size",
        "system_dynamics_loss_weights",
    }
)
_RSL_RL_KEYS = frozenset(
    {
        "class_name",
        "policy_class_name",
        "obs_groups",
        "actor",
        "critic",
        "policy",
        "rnd_cfg",
        "symmetry_cfg",
    }
)
_LOAD_FRAME = re.compile(rb", in load\s")
_FORK_FILES = (b"mbpo", b"system_dynamics", b"replay_buffer")
_PHYSX_SETTINGS = (
    ("patch", "gpu_max_rigid_patch_count"),
    ("collisionstack", "gpu_collision_stack_size"),
    ("foundlostaggregatepairs", "gpu_found_lost_aggregate_pairs_capacity"),
    ("found/lost aggregate", "gpu_found_lost_aggregate_pairs_capacity"),
    ("totalaggregatepairs", "gpu_total_aggregate_pairs_capacity"),
    ("foundlostpairs", "gpu_found_lost_pairs_capacity"),
    ("heap", "gpu_heap_capacity"),
    ("tempbuffer", "gpu_temp_buffer_capacity"),
    ("softbodycontact", "gpu_max_soft_body_contacts"),
    ("particlecontact", "gpu_max_particle_contacts"),
    ("contact", "gpu_max_rigid_contact_count"),
    ("pair", "gpu_found_lost_pairs_capacity"),
)


def refined_failures(reading: ConsoleReading) -> dict[str, Sighting]:
    """The failures sighted, each under the class that its surroundings prove; of two of one class, the earlier."""
    failures: dict[str, Sighting] = {}
    for sighting in sorted(reading.failures.values(), key=lambda seen: seen.first.line):
        name = _refined_name(sighting)
        if name is None:
            continue
        failures.setdefault(name, replace(sighting, name=name))
    return failures


def _refined_name(sighting: Sighting) -> str | None:
    """The class that a line's surroundings prove; None where they prove none."""
    text = sighting.first.text
    match sighting.name:
        case "rwm-config-missing-key":
            return _class_of_missing_key(sighting)
        case "rwm-normalizer-shape":
            loading = _LOAD_FRAME.search(sighting.before) is not None and b"_construct_algorithm" not in sighting.before
            return "checkpoint-mismatch" if loading else sighting.name
        case "torch-cuda-oom":
            rest = sighting.after.decode("utf-8", "replace")
            forms = (re.sub(r"\r?\n", joint, rest) for joint in ("", " "))  # broken by a terminal, or between words
            kinds = [out_of_memory_kind(text + form, is_training=sighting.trained_before) for form in forms]
            return "gpu-held-by-other-process" if "other-process" in kinds else sighting.name
        case "hydra-unknown-key":
            # The fork's own classes know every key of the fork; others of rsl_rl do not.
            refused = "__init__() got an unexpected keyword" in text and b"rsl_rl/" in sighting.before
            return "rsl-rl-version-conflict" if refused and "MBPO" not in text else sighting.name
        case "gpu-held-by-other-process":
            if "omni.physx" in text:
                return "physx-gpu-oom"
            kind = out_of_memory_kind(text, is_training=b" in learn" in sighting.before)
            return "torch-cuda-oom" if kind == "torch-cuda" else sighting.name
        case "asset-missing-local":
            around = (text.encode() + b"\n".join(sighting.after.split(b"\n")[:2])).lower()
            return "asset-download-failed" if any(scheme in around for scheme in _REMOTE) else sighting.name
        case "kit-segfault-startup":
            around = sighting.before + text.lower().encode() + sighting.after.lower()
            starting = any(frame in around for frame in _STARTUP_FRAMES)
            return sighting.name if starting or not sighting.trained_before else "segfault"
    return sighting.name


def _class_of_missing_key(sighting: Sighting) -> str | None:
    """Whose key a KeyError is about; None for one that is not rsl_rl's, or a checkpoint's."""
    found = _KEY_ERROR.search(sighting.first.text)
    frame = sighting.before.replace(b"\n", b"").rpartition(b'file "')[2]  # a terminal may have broken its path
    in_rsl_rl = b"rsl_rl/" in frame or b"rsl_rl\\" in frame
    if not found or found[1].endswith("_state_dict"):
        return None
    if found[1] in _RSL_RL_KEYS:
        return "rsl-rl-version-conflict"
    if found[1] in _FORK_KEYS or any(name in frame for name in _FORK_FILES):
        return sighting.name
    return "rsl-rl-version-conflict" if in_rsl_rl else None


def memory_holder(text: str) -> str | None:
    """Which process holds most of the GPU's memory and how much, as torch's message names it."""
    holder = max(read_figures(text).holders, key=lambda holder: holder.held_mib, default=None)
    return f"process {holder.pid} holds {holder.held_mib / 1024:.2f} GiB" if holder else None


def part_at_fault(sighting: Sighting) -> MemoryPart | None:
    """Which part of training the traceback before a failure's line belongs to."""
    return part_of_traceback(sighting.before.decode("utf-8", "replace").splitlines())


def buffer_wanted(sighting: Sighting) -> BufferSize | None:
    """The setting of a PhysX buffer that overflowed and the size it needs; None where the message names no size."""
    if not sighting.largest:
        return None
    text = sighting.largest_text.lower().replace("::", " ")
    setting = next((setting for word, setting in _PHYSX_SETTINGS if word in text), None)
    if setting is None:
        return None
    return BufferSize(f"sim.physx.{setting}", 1 << (sighting.largest - 1).bit_length())


def raise_buffer(wanted: BufferSize, largest: int) -> Action:
    sentence = (
        f"Set {wanted.setting} to {wanted.size} (the next power of two above {largest}, the largest size that "
        "was asked for) and rerun; do not use this run's data."
    )
    return Action(sentence, "raise-buffer", wanted)
