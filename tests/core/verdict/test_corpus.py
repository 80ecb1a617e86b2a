"""A corpus of run directories made from a real one, each with one thing wrong, or right but unusual.

Each kind names the claims that it may touch and what may be said of them; every other claim must stay as it was.
"""

from __future__ import annotations

import os
import shutil
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.core.run_dir.torch_file import Tensor, rewrite, saved_state, write_torch_file
from tests.core.trainer_output.test_scalars import scalar_record
from tests.core.verdict.test_adversarial import NAN, edit, put
from tests.core.verdict.test_reference_runs import AGAINST, OPEN, REDUCED, B, RunCopy, check

Change = Callable[[Path], None]

TASK, GROUPS, RUNNER = "task-resolves", "observation-groups", "runner-end-to-end"
UPDATE, FORMAT = "dynamics-update", "checkpoints-well-formed"
FINAL, FINITE, POLICY, CHANGED = "final-checkpoint", "weights-finite", "policy-updated", "dynamics-changed"
LOSSES, IMAGINATION, CODE = "losses-finite", "imagination-off", "code-state-reconstructible"
NOT_PROVEN = (OPEN, AGAINST)


@dataclass(frozen=True)
class Kind:
    """A change, and for each claim it may touch the statuses that are right; `()` allows only the old one."""

    name: str
    change: Change
    may: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def agent(*pairs: tuple[str, str]) -> Change:
    return lambda run_dir: edit(run_dir / "params" / "agent.yaml", *pairs)


def env(*pairs: tuple[str, str]) -> Change:
    return lambda run_dir: edit(run_dir / "params" / "env.yaml", *pairs)


def written(name: str = "model_1.pt", **changes: object) -> Change:
    """With a model_0.pt of the same weights, where both are of iteration 0."""

    def write(run_dir: Path) -> None:
        if not changes.get("iteration"):
            put(run_dir, "model_0.pt")
        put(run_dir, name, **changes)

    return write


def content(name: str, data: Callable[[bytes], bytes]) -> Change:
    def replace(run_dir: Path) -> None:
        path = run_dir / name
        new = data(path.read_bytes())
        path.unlink()
        path.write_bytes(new)

    return replace


def entry(name: str, edit_entry: Callable[[str, bytes], bytes]) -> Change:
    return lambda run_dir: rewrite(run_dir / name, edit_entry)


def gone(name: str) -> Change:
    return lambda run_dir: (run_dir / name).unlink()


def copied(source: str, target: str) -> Change:
    def copy(run_dir: Path) -> None:
        (run_dir / target).unlink(missing_ok=True)
        shutil.copyfile(run_dir / source, run_dir / target)

    return copy


def logged(tag: str, step: int, value: float) -> Change:
    def append(run_dir: Path) -> None:
        (events,) = run_dir.glob("events.out.tfevents.*")
        with events.open("ab") as file:
            file.write(scalar_record(tag, step, value))

    return append


def events_cut(to: int) -> Change:
    def cut(run_dir: Path) -> None:
        (events,) = run_dir.glob("events.out.tfevents.*")
        events.write_bytes(events.read_bytes()[:to])

    return cut


def without_events(run_dir: Path) -> None:
    (events,) = run_dir.glob("events.out.tfevents.*")
    events.unlink()


def deflated(run_dir: Path) -> None:
    path = run_dir / "model_1.pt"
    with zipfile.ZipFile(path) as archive:
        entries = [(info.filename, archive.read(info)) for info in archive.infolist()]
    path.unlink()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)


def foreign(run_dir: Path) -> None:
    """rsl_rl 4 and later, without a world model."""
    saved = saved_state(iteration=0, dynamics_steps=1.0)
    for key in ("system_dynamics_state_dict", "system_dynamics_optimizer_state_dict"):
        del saved[key]
    saved["actor_state_dict"] = saved.pop("model_state_dict")
    write_torch_file(run_dir / "model_1.pt", saved)


def without(key: str) -> Change:
    def write(run_dir: Path) -> None:
        put(run_dir, "model_0.pt")  # of the same weights
        saved = saved_state(iteration=0, dynamics_steps=1.0)
        del saved[key]
        write_torch_file(run_dir / "model_1.pt", saved)

    return write


def other_tensor(state: str, name: str, tensor: Tensor | None) -> Change:
    def write(run_dir: Path) -> None:
        put(run_dir, "model_0.pt")  # of the same weights
        saved = saved_state(iteration=0, dynamics_steps=1.0)
        tensors = saved[state]
        assert isinstance(tensors, dict)
        if tensor is None:
            del tensors[name]
        else:
            tensors[name] = tensor
        write_torch_file(run_dir / "model_1.pt", saved)

    return write


def number(value: float) -> Callable[[str, bytes], bytes]:
    return lambda name, data: struct.pack("<f", value) + data[4:] if name == "data/18" else data


def nan_everywhere(name: str, data: bytes) -> bytes:
    return NAN * (len(data) // 4) if name == "data/18" else data


def drifted(run_dir: Path) -> None:
    for name in ("model_0.pt", "model_1.pt"):
        put(run_dir, name, state=33)


def both_rewritten(run_dir: Path) -> None:
    for name in ("model_0.pt", "model_1.pt"):
        put(run_dir, name)


def note(run_dir: Path) -> None:
    (run_dir / "notes.txt").write_text("\x1b[2J")


def stray(run_dir: Path) -> None:
    (run_dir / "model_best.pt").write_bytes(b"no")


def git_as_file(run_dir: Path) -> None:
    shutil.rmtree(run_dir / "git")
    (run_dir / "git").write_text("")


def instead_of_final(make: Callable[[Path], None]) -> Change:
    def replace(run_dir: Path) -> None:
        (run_dir / "model_1.pt").unlink()
        make(run_dir / "model_1.pt")

    return replace


ENDING = {RUNNER: (OPEN,), FORMAT: (OPEN,), FINAL: (OPEN,)}
LOST = ENDING | {FORMAT: NOT_PROVEN, FINITE: (OPEN,)}
COUNTERS = {UPDATE: (OPEN,), CHANGED: (OPEN,)}
LENGTH = {LOSSES: (REDUCED, OPEN)}
UNKNOWN = {TASK: (OPEN,), RUNNER: (OPEN,), UPDATE: (OPEN,), FORMAT: (OPEN,), FINAL: (OPEN,), POLICY: (OPEN,),
           CHANGED: (OPEN,), IMAGINATION: (OPEN,)}  # fmt: skip
SHAPES = {FORMAT: (AGAINST,)}

# ruff: noqa: E501  (a table: one kind a line)
KINDS = (
    # right, but unusual
    Kind("nothing changed", lambda run_dir: None),
    Kind("a rewritten checkpoint", written()),
    Kind("both checkpoints rewritten", both_rewritten),
    Kind("model_0 is gone", gone("model_0.pt")),
    Kind("members deflated", deflated),
    Kind("another seed", agent(("seed: 42", "seed: 7"))),
    Kind("another experiment name", agent(("experiment_name: anymal_d_flat", "experiment_name: other"))),
    Kind("save_interval beyond max_iterations", agent(("save_interval: 50", "save_interval: 5000"))),
    Kind("a video folder", lambda run_dir: (run_dir / "videos" / "train").mkdir(parents=True)),
    Kind("an exported policy", lambda run_dir: (run_dir / "exported").mkdir()),
    Kind("a note beside it", note),
    Kind("an unfinished last event", events_cut(-20), LENGTH),
    Kind("the event file is gone", without_events, {LOSSES: (OPEN,)}),
    Kind("infinite autoregressive error", logged("System Dynamics/autoregressive_error", 0, float("inf"))),
    Kind("NaN reward", logged("Train/mean_reward", 0, float("nan"))),
    Kind("git states are gone", lambda run_dir: shutil.rmtree(run_dir / "git"), {CODE: (OPEN,)}),
    Kind("the run directory's git is a file", git_as_file, {CODE: (OPEN,)}),
    Kind("policy epochs other than counted", agent(("num_learning_epochs: 5", "num_learning_epochs: 6")), {POLICY: (OPEN,)}),
    # the final checkpoint
    Kind("final is gone", gone("model_1.pt"), ENDING),
    Kind("final is empty", content("model_1.pt", lambda data: b""), LOST),
    Kind("final is an LFS pointer", content("model_1.pt", lambda data: b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"), LOST),
    Kind("final cut at its start", content("model_1.pt", lambda data: data[:100]), LOST),
    Kind("final cut in the middle", content("model_1.pt", lambda data: data[: len(data) // 2]), LOST),
    Kind("final cut at its end", content("model_1.pt", lambda data: data[:-10]), LOST),
    Kind("final is text", content("model_1.pt", lambda data: b"hello"), LOST),
    Kind("final is zeros", content("model_1.pt", lambda data: bytes(len(data))), LOST),
    Kind("a byte of the weights flipped", content("model_1.pt", lambda data: data[:9_000_000] + bytes([data[9_000_000] ^ 1]) + data[9_000_001:]), LOST),
    Kind("final is a folder", instead_of_final(lambda path: path.mkdir()), LOST),
    Kind("final is a named pipe", instead_of_final(lambda path: os.mkfifo(path)), LOST),
    Kind("final links to nothing", instead_of_final(lambda path: path.symlink_to("/nowhere/x.pt")), LOST),
    Kind("final is a copy of model_0", copied("model_0.pt", "model_1.pt"), {RUNNER: (OPEN,), FORMAT: (OPEN,), FINAL: (OPEN,)}),
    Kind("iter edited up", written(iteration=7), {RUNNER: (AGAINST,), FORMAT: (AGAINST,), FINAL: (AGAINST,), POLICY: (OPEN,), LOSSES: (OPEN,)} | COUNTERS),
    Kind("no iter", without("iter"), ENDING | {FORMAT: (AGAINST,), POLICY: (OPEN,)} | COUNTERS | LENGTH),
    Kind("more iterations planned", agent(("max_iterations: 1", "max_iterations: 2000")), {RUNNER: (OPEN,), FINAL: (OPEN,), FORMAT: NOT_PROVEN}),
    Kind("max_iterations is text", agent(("max_iterations: 1", "max_iterations: one")), ENDING),
    Kind("max_iterations is gone", agent(("max_iterations: 1\n", "")), ENDING),
    Kind("a later checkpoint", written("model_9.pt", iteration=9, dynamics_steps=10.0, policy_steps=200.0), {RUNNER: (OPEN,), LOSSES: (OPEN,), CHANGED: (REDUCED,)}),
    Kind("model_0 cut", content("model_0.pt", lambda data: data[:1000]), {FORMAT: NOT_PROVEN, FINITE: (OPEN,)}),
    Kind("a stray model_best.pt", stray, {FORMAT: NOT_PROVEN, FINITE: (OPEN,)}),
    Kind("resumed", agent(("resume: false", "resume: true")), ENDING | {UPDATE: (OPEN,), POLICY: (OPEN,), CHANGED: (OPEN,), LOSSES: (OPEN,)}),
    Kind("dynamics loaded from elsewhere", agent(("load_system_dynamics: false", "load_system_dynamics: true")), COUNTERS),
    # the schema
    Kind("another architecture", foreign, {RUNNER: (OPEN,), FORMAT: (AGAINST,), FINAL: (OPEN,), UPDATE: (OPEN,), CHANGED: (OPEN,)}),
    Kind("hidden size of the checkpoint", written(hidden=128), SHAPES),
    Kind("hidden size of the configuration", agent(("rnn_hidden_size: 256", "rnn_hidden_size: 512")), SHAPES),
    Kind("an ensemble in the configuration alone", agent(("ensemble_size: 1", "ensemble_size: 5")), SHAPES),
    Kind("an ensemble of millions in the configuration", agent(("ensemble_size: 1", "ensemble_size: 9000000")), SHAPES),
    Kind("layers without end in the configuration", agent(("rnn_num_layers: 2", f"rnn_num_layers: {10**400}")), SHAPES),
    Kind("a hidden size without end in the configuration", agent(("rnn_hidden_size: 256", f"rnn_hidden_size: {'9' * 3999}")), SHAPES),
    Kind("an ensemble of none in the configuration", agent(("ensemble_size: 1", "ensemble_size: 0")), {FORMAT: (OPEN,)}),
    Kind("hundreds of layers in the configuration", agent(("actor_hidden_dims:\n", "actor_hidden_dims:\n" + "  - 128\n" * 500)), SHAPES),
    Kind("actor widths of the configuration", agent(("actor_hidden_dims:\n  - 128", "actor_hidden_dims:\n  - 256")), SHAPES),
    Kind("a tensor is missing", other_tensor("system_dynamics_state_dict", "auxiliary_heads.0.contact_layers.2.bias", None), SHAPES),
    Kind("a tensor too many", other_tensor("model_state_dict", "actor.8.weight", Tensor((12, 12))), SHAPES),
    Kind("a tensor of another shape", other_tensor("model_state_dict", "std", Tensor((13,))), SHAPES | {FINAL: (OPEN,)}),
    Kind("no dynamics optimizer", without("system_dynamics_optimizer_state_dict"), SHAPES | COUNTERS),
    Kind("no policy optimizer", without("optimizer_state_dict"), SHAPES | {POLICY: (OPEN,)}),
    Kind("no infos", without("infos"), SHAPES),
    # drift
    Kind("heads of 33 with a GRU input of 45", drifted, {GROUPS: (AGAINST,), FORMAT: (AGAINST,)}),
    Kind("another term", env(("    joint_torque:\n", "    joint_power:\n")), {GROUPS: (AGAINST,)}),
    Kind("a group renamed", env(("  system_contact:\n", "  system_touch:\n")), {GROUPS: (AGAINST,), TASK: (AGAINST,)}),
    Kind("other bodies", env(("body_names: .*FOOT\n", "body_names: .*SHANK\n")), {GROUPS: (AGAINST,)}),
    Kind("another function", env(("observations:joint_effort", "observations:joint_pos")), {GROUPS: (AGAINST,)}),
    # numbers
    Kind("one NaN in the dynamics", entry("model_1.pt", number(float("nan"))), {UPDATE: (AGAINST,), FINITE: (AGAINST,)}),
    Kind("one infinity in the dynamics", entry("model_1.pt", number(float("-inf"))), {UPDATE: (AGAINST,), FINITE: (AGAINST,)}),
    Kind("NaN throughout a tensor", entry("model_1.pt", nan_everywhere), {UPDATE: (AGAINST,), FINITE: (AGAINST,)}),
    Kind("the largest float", entry("model_1.pt", number(3.4e38))),
    Kind("NaN in the policy", entry("model_1.pt", lambda name, data: NAN + data[4:] if name == "data/1" else data), {FINITE: (AGAINST,)}),
    Kind("NaN state loss", logged("System Dynamics/state_loss", 0, float("nan")), {UPDATE: (AGAINST,), LOSSES: (AGAINST,)}),
    Kind("infinite contact loss", logged("System Dynamics/contact_loss", 0, float("inf")), {UPDATE: (AGAINST,), LOSSES: (AGAINST,)}),
    Kind("NaN policy loss", logged("Loss/surrogate", 0, float("nan")), {LOSSES: (AGAINST,)}),
    Kind("dynamics never updated", written(dynamics_steps=0.0), {UPDATE: (AGAINST,), CHANGED: (AGAINST,)}),
    Kind("one dynamics update too many", written(dynamics_steps=2.0), COUNTERS),
    Kind("fractional updates", written(dynamics_steps=0.5), {UPDATE: NOT_PROVEN, CHANGED: (OPEN,)}),
    Kind("NaN as counter", written(dynamics_steps=float("nan")), {UPDATE: (OPEN,), CHANGED: NOT_PROVEN, LOSSES: (REDUCED, OPEN)}),
    Kind("policy never updated", written(policy_steps=0.0), {POLICY: (AGAINST,)}),
    Kind("more mini-batches in the configuration", agent(("system_dynamics_num_mini_batches: 1", "system_dynamics_num_mini_batches: 20")), COUNTERS | {LOSSES: (OPEN,)}),
    # configuration
    Kind("imagination is on", agent(("imagination:\n  num_envs: 0\n  num_steps_per_env: 0", "imagination:\n  num_envs: 64\n  num_steps_per_env: 24")), {TASK: (AGAINST,), IMAGINATION: (AGAINST,)}),
    Kind("imagination in the event file", logged("Imagination/reward", 0, 1.0), {TASK: (AGAINST,), IMAGINATION: (AGAINST,)}),
    Kind("another runner", agent(("class_name: MBPOOnPolicyRunner", "class_name: OnPolicyRunner")), {TASK: (AGAINST,), RUNNER: (AGAINST,)}),
    Kind("agent.yaml is gone", gone("params/agent.yaml"), UNKNOWN | {LOSSES: (REDUCED, OPEN)}),
    Kind("agent.yaml is empty", content("params/agent.yaml", lambda data: b""), UNKNOWN | {LOSSES: (REDUCED, OPEN)}),
    Kind("agent.yaml says a key twice", content("params/agent.yaml", lambda data: data + b"seed: 1\n"), UNKNOWN | {LOSSES: (REDUCED, OPEN)}),
    Kind("env.yaml is gone", gone("params/env.yaml"), {TASK: (OPEN,), GROUPS: (OPEN,)}),
    Kind("env.yaml is broken", content("params/env.yaml", lambda data: data + b"\n\t: ["), {TASK: (OPEN,), GROUPS: (OPEN,)}),
    Kind("env.yaml wants a command run", content("params/env.yaml", lambda data: data + b"x: !!python/object/apply:os.system ['touch owned']\n")),
)  # fmt: skip


@pytest.fixture(scope="session")
def untouched() -> dict[str, dict[str, str]]:
    return {}


@pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])
def test_only_what_was_changed_changes(kind: Kind, run_copy: RunCopy, untouched: dict[str, dict[str, str]]) -> None:
    run_dir = run_copy(B)
    if "B" not in untouched:
        untouched["B"] = {found.id: str(found.status) for found in check(run_dir).items}
    kind.change(run_dir)
    found = {found.id: found for found in check(run_dir).items}
    wrong = {
        claim: (str(found[claim].status), found[claim].reason[:150])
        for claim, before in untouched["B"].items()
        if str(found[claim].status) not in (kind.may.get(claim) or (before,))
    }
    assert not wrong


def test_the_corpus_is_large_enough() -> None:
    assert len({kind.name for kind in KINDS}) >= 60
