"""A second corpus: other bases than one reduced run of one iteration, and changes that look like something sound.

As in `test_corpus.py`, each kind names the claims that it may touch and what may be said of them; every other claim
must stay as it is on the untouched base.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rwm_tui.core.verdict.checklist import Checklist, judge
from rwm_tui.core.verdict.evidence import LaunchFacts, collect_evidence
from tests.core.run_dir.torch_file import Tensor, saved_state, write_torch_file
from tests.core.trainer_output.test_scalars import scalar_record
from tests.core.verdict.test_adversarial import edit
from tests.core.verdict.test_corpus import agent, copied, env, gone, logged
from tests.core.verdict.test_reference_runs import AGAINST, OPEN, REDUCED, B, ConsoleOf, RunCopy

torch = pytest.importorskip("torch")

Change = Callable[[Path], None]
Saved = dict[str, dict[str, object]]

TASK, GROUPS, RUNNER = "task-resolves", "observation-groups", "runner-end-to-end"
UPDATE, FORMAT = "dynamics-update", "checkpoints-well-formed"
FINAL, FINITE, POLICY, CHANGED = "final-checkpoint", "weights-finite", "policy-updated", "dynamics-changed"
LOSSES, IMAGINATION, CODE = "losses-finite", "imagination-off", "code-state-reconstructible"
HISTORY, BUFFER, PHYSICS = "history-filled", "replay-buffer-filled", "physics-sound"
EXECUTION = (TASK, GROUPS, RUNNER, UPDATE, FORMAT)
NOT_PROVEN = (OPEN, AGAINST)
VALIDATED = "validated"
C, D, H = "upstream-runs/C_fixed_60it", "upstream-runs/D_sigint", "upstream-runs/H_4envs_no_finished_episode"
G2, G6 = "upstream-runs/G2_gpu_oom_fraction_5GiB", "upstream-runs/G6_gpu_reduced_3it"
A3, F3 = "isaaclab3-runs/A_reduced_64env_1it", "isaaclab3-runs/F_sigint"


@dataclass(frozen=True)
class Kind:
    """A change of a base, and for each claim it may touch the statuses that are right."""

    name: str
    base: str
    change: Change
    may: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


# --- bases ----------------------------------------------------------------------------------------------------------


def checkpoint(run_dir: Path, name: str, iteration: int, *, mini_batches: int = 1, **changes: object) -> None:
    """As the run of this configuration would have left it; its weights depend on the iteration."""
    done = iteration + 1.0
    settings: dict[str, object] = {"dynamics_steps": done * mini_batches, "policy_steps": 20 * done} | changes
    saved = saved_state(iteration=iteration, **settings)  # type: ignore[arg-type]
    for state in ("model_state_dict", "system_dynamics_state_dict"):
        tensors = saved[state]
        assert isinstance(tensors, dict)
        for tensor_name, tensor in list(tensors.items()):
            if tensor_name != "std":
                tensors[tensor_name] = Tensor(tensor.shape, struct.pack("<f", 0.01 + iteration / 1000) * tensor.numbers)
    write_torch_file(run_dir / name, saved)


def complete(run_dir: Path) -> None:
    """The checkpoints of the runs whose own did not travel."""
    name = run_dir.parent.name
    if name in C:
        for number in (0, 20, 40):
            checkpoint(run_dir, f"model_{number}.pt", number)
        checkpoint(run_dir, "model_60.pt", 59, noise_std=0.9465333)
    elif name in H:
        checkpoint(run_dir, "model_0.pt", 0)
        checkpoint(run_dir, "model_3.pt", 2, noise_std=0.9974826)
    elif name in G6:
        checkpoint(run_dir, "model_0.pt", 0)
        checkpoint(run_dir, "model_3.pt", 2, noise_std=0.9952456)
    elif name in D or name in F3:
        checkpoint(run_dir, "model_0.pt", 0)
    elif name in G2:  # at the reference's sizes throughout, and nothing in its event file
        at_reference_scale(run_dir)


def at_reference_scale(run_dir: Path) -> None:
    text = (run_dir / "params" / "agent.yaml").read_text()
    last = int(text.split("max_iterations: ")[1].split("\n")[0]) - 1
    checkpoint(run_dir, "model_0.pt", 0, mini_batches=20)
    checkpoint(run_dir, f"model_{last + 1}.pt", last, mini_batches=20)


# --- changes --------------------------------------------------------------------------------------------------------


def both(*changes: Change) -> Change:
    def change(run_dir: Path) -> None:
        for one in changes:
            one(run_dir)

    return change


def resaved(change: Callable[[Saved], None], *names: str) -> Change:
    """Loaded, changed and saved by torch itself, under the file's own name."""

    def save(run_dir: Path) -> None:
        for name in names or ("model_1.pt",):
            saved = torch.load(run_dir / name, weights_only=True)
            change(saved)
            (run_dir / name).unlink()
            torch.save(saved, run_dir / name)

    return save


DYNAMICS, WEIGHT = "system_dynamics_state_dict", "state_base.memory.rnn.weight_ih_l0"
OPTIMIZER = "system_dynamics_optimizer_state_dict"


def weight(change: Callable[[object], object], name: str = WEIGHT, state: str = DYNAMICS) -> Callable[[Saved], None]:
    def replace(saved: Saved) -> None:
        saved[state][name] = change(saved[state][name])

    return replace


def with_one(value: float, dtype: str = "float32") -> Callable[[object], object]:
    def poison(tensor: object) -> object:
        poisoned = tensor.to(getattr(torch, dtype)).clone()  # type: ignore[attr-defined]
        poisoned[-1, -1] = value
        return poisoned

    return poison


def transposed(value: float) -> Callable[[object], object]:
    """The same numbers, stored column by column."""

    def turn(tensor: object) -> object:
        turned = tensor.t().contiguous().t()  # type: ignore[attr-defined]
        if value == value and abs(value) < float("inf"):
            return turned
        turned[3, 5] = value
        return turned

    return turn


def every_other(value: float) -> Callable[[object], object]:
    """A view with gaps, whose storage holds numbers that belong to no tensor; those are set to the value."""

    def spread(tensor: object) -> object:
        wide = torch.full((tensor.shape[0], 2 * tensor.shape[1]), value)  # type: ignore[attr-defined]
        wide[:, ::2] = tensor
        return wide[:, ::2]

    return spread


def sharing(saved: Saved) -> None:
    """Two biases in one storage, with a NaN in the second."""
    names = ("state_base.memory.rnn.bias_ih_l0", "state_base.memory.rnn.bias_hh_l0")
    storage = torch.cat([saved[DYNAMICS][name] for name in names])
    storage[-1] = float("nan")
    half = len(storage) // 2
    saved[DYNAMICS][names[0]], saved[DYNAMICS][names[1]] = storage[:half], storage[half:]


def moment(index: int, name: str, value: float) -> Callable[[Saved], None]:
    def poison(saved: Saved) -> None:
        saved[OPTIMIZER]["state"][index][name].view(-1)[-1] = value  # type: ignore[index]

    return poison


def steps(make: Callable[[object], object], optimizer: str = OPTIMIZER) -> Callable[[Saved], None]:
    def replace(saved: Saved) -> None:
        for entry in saved[optimizer]["state"].values():  # type: ignore[attr-defined]
            entry["step"] = make(entry["step"])

    return replace


def only_the_first_parameter(saved: Saved) -> None:
    state = saved[OPTIMIZER]["state"]
    saved[OPTIMIZER]["state"] = {0: state[0]}  # type: ignore[index]


def after(place: str, old: str, new: str) -> Change:
    """The first one behind a place of env.yaml."""

    def replace(run_dir: Path) -> None:
        path = run_dir / "params" / "env.yaml"
        before, found, rest = path.read_text().partition(place)
        assert found
        assert old in rest
        path.write_text(before + found + rest.replace(old, new, 1))

    return replace


def largest_moment(saved: Saved) -> None:
    """As Adam keeps it with amsgrad."""
    for entry in saved[OPTIMIZER]["state"].values():  # type: ignore[attr-defined]
        entry["max_exp_avg_sq"] = entry["exp_avg_sq"] * NAN


def half_moments(saved: Saved) -> None:
    for entry in saved[OPTIMIZER]["state"].values():  # type: ignore[attr-defined]
        entry["exp_avg"] = entry["exp_avg"].half()


def no_gradient(saved: Saved) -> None:
    for entry in saved[OPTIMIZER]["state"].values():  # type: ignore[attr-defined]
        entry["exp_avg"].zero_()
        entry["exp_avg_sq"].zero_()


def zeros(state: str, *endings: str) -> Callable[[Saved], None]:
    def clear(saved: Saved) -> None:
        for name, tensor in saved[state].items():
            if not endings or name.endswith(endings):
                tensor.zero_()  # type: ignore[attr-defined]

    return clear


def set_iter(value: object) -> Callable[[Saved], None]:
    def replace(saved: Saved) -> None:
        saved["iter"] = value  # type: ignore[assignment]

    return replace


def saved_as(make: Callable[[Saved, Path], None], name: str = "model_1.pt") -> Change:
    def save(run_dir: Path) -> None:
        saved = torch.load(run_dir / name, weights_only=True)
        (run_dir / name).unlink()
        make(saved, run_dir / name)

    return save


def before_zip(saved: Saved, path: Path) -> None:
    torch.save(saved, path, _use_new_zipfile_serialization=False)


def through_memory(saved: Saved, path: Path) -> None:
    held = io.BytesIO()
    torch.save(saved, held)
    path.write_bytes(held.getvalue())


def as_safetensors(saved: Saved, path: Path) -> None:
    header = json.dumps({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))


def twice_in_the_zip(saved: Saved, path: Path) -> None:
    through_memory(saved, path)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("archive/data/0", bytes(4))


def swapped(one: str, other: str) -> Change:
    def swap(run_dir: Path) -> None:
        (run_dir / one).rename(run_dir / "held")
        (run_dir / other).rename(run_dir / one)
        (run_dir / "held").rename(run_dir / other)

    return swap


def of_another_run(saved: Saved) -> None:
    """A run of the same sizes: everything learned is different."""
    for state in ("model_state_dict", DYNAMICS):
        for tensor in saved[state].values():
            tensor.add_(0.001)  # type: ignore[attr-defined]


def events_of(base: str, fixtures: Path) -> Path:
    (events,) = (fixtures / base).rglob("events.out.tfevents.*")
    return events


FIXTURES: list[Path] = []


def other_events(base: str, *, beside: bool = False) -> Change:
    def replace(run_dir: Path) -> None:
        (own,) = run_dir.glob("events.out.tfevents.*")
        other = events_of(base, FIXTURES[0])
        if not beside:
            own.unlink()
        shutil.copyfile(other, run_dir / (other.name if beside else own.name))

    return replace


def events_cut_to(share: float) -> Change:
    def cut(run_dir: Path) -> None:
        (events,) = run_dir.glob("events.out.tfevents.*")
        events.write_bytes(events.read_bytes()[: int(events.stat().st_size * share)])

    return cut


def final_of_the_plan(run_dir: Path) -> None:
    """A final checkpoint that the interrupted run never wrote."""
    checkpoint(run_dir, "model_200.pt", 199)


def empty(name: str) -> Change:
    def write(run_dir: Path) -> None:
        (run_dir / name).unlink()
        (run_dir / name).touch()

    return write


def ensemble(members: int) -> Change:
    def write(run_dir: Path) -> None:
        edit(run_dir / "params" / "agent.yaml", ("ensemble_size: 1", f"ensemble_size: {members}"))
        for name in ("model_0.pt", "model_1.pt"):
            saved = torch.load(run_dir / name, weights_only=True)
            grown: dict[str, object] = {}
            for part in ("state_base.", "state_heads.", "auxiliary_base.", "auxiliary_heads."):
                for member in range(members if "heads" in part else 1):
                    for key, tensor in saved[DYNAMICS].items():
                        if key.startswith(part):
                            grown[key.replace(".0.", f".{member}.", 1) if "heads" in part else key] = tensor.clone()
            saved[DYNAMICS] = grown
            optimizer = saved[OPTIMIZER]
            optimizer["state"] = {
                index: {"step": torch.tensor(1.0), "exp_avg": tensor * 0.1, "exp_avg_sq": tensor**2}
                for index, tensor in enumerate(grown.values())
            }
            optimizer["param_groups"][0]["params"] = list(range(len(grown)))
            (run_dir / name).unlink()
            torch.save(saved, run_dir / name)

    return write


ALL_OPEN = dict.fromkeys(
    (*EXECUTION, FINAL, FINITE, POLICY, CHANGED, LOSSES, IMAGINATION, HISTORY, BUFFER, CODE), (OPEN,)
)
DTYPE = {FORMAT: (AGAINST,)}
POISONED = {UPDATE: (AGAINST,), FINITE: (AGAINST,)}
NAN, INF = float("nan"), float("inf")
LENGTH = {LOSSES: (OPEN, REDUCED), HISTORY: (OPEN, REDUCED), BUFFER: (OPEN, REDUCED)}
NO_ITER = {RUNNER: (OPEN,), FINAL: (OPEN,), FORMAT: (AGAINST,), UPDATE: (OPEN,), POLICY: (OPEN,), CHANGED: (OPEN,), LOSSES: (OPEN, REDUCED)}  # fmt: skip
WRONG_ITER = {RUNNER: (AGAINST,), FINAL: (AGAINST,), FORMAT: (AGAINST,), UPDATE: (OPEN,), POLICY: (OPEN,), CHANGED: (OPEN,), LOSSES: (OPEN,)}  # fmt: skip
LOST = {RUNNER: (OPEN,), FINAL: (OPEN,), FORMAT: NOT_PROVEN, FINITE: (OPEN,)}

# ruff: noqa: E501  (a table: one kind a line)
KINDS = (
    # the bases themselves, which must prove what they prove before anything is changed
    *(Kind(f"untouched {base.partition('/')[2]}", base, lambda run_dir: None) for base in (B, C, D, H, G2, G6, A3, F3)),
    # numbers
    *(Kind(f"NaN as {dtype}", B, resaved(weight(with_one(NAN, dtype))), POISONED | DTYPE) for dtype in ("float16", "bfloat16", "float64")),
    *(Kind(f"inf as {dtype}", B, resaved(weight(with_one(INF, dtype))), POISONED | DTYPE) for dtype in ("float16", "bfloat16", "float64")),
    Kind("finite, but as float16", B, resaved(weight(with_one(0.0, "float16"))), DTYPE),
    Kind("stored column by column", B, resaved(weight(transposed(0.0)))),
    Kind("NaN, stored column by column", B, resaved(weight(transposed(NAN))), POISONED),
    Kind("a view with gaps", B, resaved(weight(every_other(0.0)))),
    Kind("NaN in the gaps of a view alone", B, resaved(weight(every_other(NAN)))),
    Kind("NaN in a storage that two tensors share", B, resaved(sharing), POISONED),
    Kind("NaN in one moment", B, resaved(moment(33, "exp_avg_sq", NAN)), POISONED),
    Kind("inf in one moment", B, resaved(moment(0, "exp_avg", INF)), POISONED),
    Kind("NaN in model_0 alone", B, resaved(weight(with_one(NAN)), "model_0.pt"), POISONED),
    Kind("NaN in the newest but not the final", C, resaved(weight(with_one(NAN)), "model_40.pt"), POISONED),
    Kind("NaN in the action noise", B, resaved(weight(lambda tensor: tensor * NAN, "std", "model_state_dict")), {FINITE: (AGAINST,)}),  # type: ignore[operator]
    Kind("a dynamics model of zeros", B, resaved(zeros(DYNAMICS)), {UPDATE: (AGAINST,), CHANGED: (AGAINST,), FINITE: (OPEN,), FORMAT: (OPEN,)}),
    Kind("one weight matrix of zeros", B, resaved(zeros(DYNAMICS, WEIGHT)), {UPDATE: (OPEN,), CHANGED: (OPEN,), FINITE: (OPEN,), FORMAT: (OPEN,)}),
    Kind("biases of zeros", B, resaved(zeros(DYNAMICS, "bias", "bias_ih_l0", "bias_hh_l0"))),
    Kind("a policy of zeros", B, resaved(zeros("model_state_dict", "weight")), {POLICY: (AGAINST,), FINITE: (OPEN,), FORMAT: (OPEN,)}),
    Kind("no gradient", B, resaved(no_gradient), {UPDATE: (OPEN,), CHANGED: (AGAINST,)}),
    # counters
    Kind("steps as whole numbers", B, both(*(resaved(steps(int, key)) for key in (OPTIMIZER, "optimizer_state_dict")))),  # type: ignore[call-overload]
    *(Kind(f"steps as {dtype}", B, resaved(steps(lambda step, dtype=dtype: step.to(getattr(torch, dtype))))) for dtype in ("int64", "int32", "float64", "bfloat16")),
    Kind("no steps", B, resaved(steps(lambda step: None)), {UPDATE: (AGAINST,), CHANGED: (AGAINST,), LOSSES: (REDUCED,)}),
    Kind("infinite steps", B, resaved(steps(lambda step: step * INF)), {UPDATE: (OPEN,), CHANGED: (OPEN,)}),
    Kind("negative steps", B, resaved(steps(lambda step: -step)), {UPDATE: (AGAINST,), CHANGED: (AGAINST,), LOSSES: (OPEN, REDUCED)}),
    Kind("one parameter of 34 was updated", B, resaved(only_the_first_parameter), {UPDATE: (OPEN,), FORMAT: (AGAINST,)}),
    # iter
    Kind("iter as a float", B, resaved(set_iter(0.0)), NO_ITER),
    Kind("iter as text", B, resaved(set_iter("0")), NO_ITER),
    Kind("iter true", B, resaved(set_iter(True)), NO_ITER),
    Kind("iter negative", B, resaved(set_iter(-1)), NO_ITER),
    Kind("iter beyond any float", B, resaved(set_iter(10**400)), NO_ITER),
    Kind("iter in the millions", B, resaved(set_iter(5_000_000)), WRONG_ITER),
    Kind("iter of the final forged down", C, resaved(set_iter(20), "model_60.pt"), WRONG_ITER | LENGTH),
    # the file
    Kind("the format before torch 1.6", B, saved_as(before_zip), LOST | {FORMAT: (OPEN,)}),
    Kind("saved through memory", B, saved_as(through_memory)),
    Kind("safetensors under the name", B, saved_as(as_safetensors), LOST),
    Kind("an entry twice", B, saved_as(twice_in_the_zip), LOST),
    Kind("final is empty", C, empty("model_60.pt"), LOST | LENGTH),
    Kind("final is gone", C, gone("model_60.pt"), {RUNNER: (OPEN,), FORMAT: (OPEN,), FINAL: (OPEN,)}),
    Kind("final is gone", A3, gone("model_1.pt"), dict.fromkeys((RUNNER, FORMAT, FINAL, FINITE, UPDATE, POLICY, CHANGED, LOSSES, GROUPS), (OPEN,))),
    Kind("first and last swapped", B, swapped("model_0.pt", "model_1.pt"), {RUNNER: (OPEN,), FORMAT: (OPEN,), FINAL: (OPEN,)}),
    Kind("two of different iterations swapped", C, swapped("model_40.pt", "model_60.pt"), WRONG_ITER | {FORMAT: (AGAINST,), UPDATE: (REDUCED,), POLICY: (REDUCED,), CHANGED: (REDUCED,), LOSSES: (REDUCED,)}),
    Kind("final of another run of the same sizes", B, resaved(of_another_run), {FINAL: (OPEN,)}),
    Kind("final of another run of the same sizes", C, resaved(of_another_run, "model_60.pt"), {FINAL: (OPEN,)}),
    Kind("final of a larger network", C, lambda run_dir: checkpoint(run_dir, "model_60.pt", 59, hidden=512, noise_std=0.9465333), {FORMAT: (AGAINST,)}),
    Kind("model_0 under a later name", C, copied("model_0.pt", "model_50.pt"), {FORMAT: NOT_PROVEN}),
    Kind("checkpoints beyond the end", C, lambda run_dir: checkpoint(run_dir, "model_80.pt", 80), {RUNNER: (OPEN,), LOSSES: (OPEN,), HISTORY: (OPEN,), BUFFER: (OPEN,)}),
    Kind("an ensemble of five", B, ensemble(5)),
    Kind("an ensemble of one in the files", B, both(ensemble(2), agent(("ensemble_size: 2", "ensemble_size: 1"))), DTYPE),
    # the event file
    Kind("events of another run, longer", B, other_events(C), {RUNNER: (OPEN,), FINAL: (REDUCED, OPEN)}),
    Kind("events of another run, shorter", C, other_events(B), {RUNNER: (REDUCED, OPEN), FINAL: (REDUCED, OPEN)} | LENGTH),
    Kind("events of another run, as long", G6, other_events(H), {FINAL: (OPEN,), HISTORY: (OPEN,), BUFFER: (OPEN,)}),
    Kind("events of another run beside", G6, other_events(H, beside=True), {RUNNER: (OPEN,), FINAL: (OPEN,), HISTORY: (REDUCED, OPEN), BUFFER: (OPEN,)}),
    Kind("events cut in half", C, events_cut_to(0.5), {FINAL: (REDUCED,)} | LENGTH),
    Kind("events cut to their head", C, events_cut_to(0.0001), {LOSSES: (OPEN,), IMAGINATION: (REDUCED,)}),
    Kind("NaN in a late loss", C, logged("System Dynamics/state_loss", 59, NAN), {UPDATE: (AGAINST,), LOSSES: (AGAINST,)}),
    Kind("a final that the interrupted run never wrote", D, final_of_the_plan, {RUNNER: (OPEN,), FORMAT: (REDUCED,), FINAL: (REDUCED, OPEN), CHANGED: (REDUCED,), LOSSES: (OPEN,), HISTORY: (OPEN,), BUFFER: (OPEN,)}),
    # the configuration, edited after the run
    Kind("more environments", C, env(("num_envs: 64", "num_envs: 4096")), {HISTORY: (OPEN,), BUFFER: (OPEN,)}),
    Kind("more steps an iteration", H, agent(("num_steps_per_env: 24", "num_steps_per_env: 400")), {HISTORY: (OPEN,), BUFFER: (OPEN,)}),
    Kind("a larger buffer", C, agent(("replay_buffer_size: 256", "replay_buffer_size: 1000")), {HISTORY: (OPEN,), BUFFER: (OPEN,)}),
    Kind("fewer iterations planned", C, agent(("max_iterations: 60", "max_iterations: 40")), {RUNNER: NOT_PROVEN, FORMAT: (AGAINST,), FINAL: (AGAINST,)}),
    Kind("a number beyond any float", C, agent(("max_iterations: 60", f"max_iterations: 1{'0' * 350}")), {RUNNER: (OPEN,), FORMAT: (OPEN,), FINAL: (OPEN,)}),
    Kind("mini-batches beyond any float", C, agent(("system_dynamics_num_mini_batches: 1", f"system_dynamics_num_mini_batches: 1{'0' * 350}")), {UPDATE: (OPEN,), CHANGED: (OPEN,)}),
    Kind("environments beyond any float", C, env(("num_envs: 64", f"num_envs: 1{'0' * 350}"))),
    Kind("resumed", C, agent(("resume: false", "resume: true")), dict.fromkeys((RUNNER, FORMAT, FINAL, UPDATE, POLICY, CHANGED, LOSSES, HISTORY, BUFFER), (OPEN,))),
    Kind("a group of three steps", B, after("  system_state:\n", "history_length: null", "history_length: 3"), {GROUPS: (AGAINST,)}),
    Kind("a term of three steps", B, after("observations:joint_effort\n", "history_length: 0", "history_length: 3"), {GROUPS: (AGAINST,)}),
    Kind("a group of no steps but the last", B, after("  system_state:\n", "history_length: null", "history_length: 0")),
    Kind("NaN in a moment of another name", B, resaved(largest_moment), POISONED),
    Kind("a copy of the final under a name of its own", B, copied("model_1.pt", "model_final.pt")),
    Kind("moments as float16", B, resaved(half_moments), DTYPE),
    Kind("a normalizer of 33", B, agent(("state_normalizer:\n    mean:\n    - ", "state_normalizer:\n    mean:\n    - 0.0\n    - ")), {GROUPS: (AGAINST,)}),
    Kind("a run.json of the embedded trainer", C, lambda run_dir: (run_dir / "run.json").write_text('{"library": "rwm_tui.trainer"}') and None, ALL_OPEN),
    Kind("a run.json of a list", A3, lambda run_dir: (run_dir / "run.json").write_text("[]") and None),
)  # fmt: skip


@pytest.fixture(scope="session")
def untouched() -> dict[str, dict[str, str]]:
    return {}


def statuses(checklist: Checklist) -> dict[str, str]:
    return {found.id: str(found.status) for found in checklist.items}


def made(base: str, run_copy: RunCopy) -> Path:
    run_dir = run_copy(base)
    complete(run_dir)
    return run_dir


@pytest.mark.parametrize("kind", KINDS, ids=[f"{kind.base.partition('/')[2][:2]} {kind.name}" for kind in KINDS])
def test_only_what_was_changed_changes(
    kind: Kind, run_copy: RunCopy, untouched: dict[str, dict[str, str]], shared_fixtures: Path
) -> None:
    FIXTURES[:] = [shared_fixtures]
    run_dir = made(kind.base, run_copy)
    if kind.base not in untouched:
        untouched[kind.base] = statuses(judge(collect_evidence(run_dir)))
    kind.change(run_dir)
    found = {found.id: found for found in judge(collect_evidence(run_dir)).items}
    wrong = {
        claim: (str(found[claim].status), found[claim].reason[:150])
        for claim, before in untouched[kind.base].items()
        if str(found[claim].status) not in (kind.may.get(claim) or (before,))
    }
    assert not wrong


# --- other sources --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Beside:
    """What is told beside an untouched run: a console (as made of its own) and a launch record."""

    name: str
    base: str
    console: Callable[[Callable[[str], str]], str] | None
    launch: Mapping[str, object] | None
    may: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def own_console(base: str, change: Callable[[str], str] = lambda text: text) -> Callable[[Callable[[str], str]], str]:
    return lambda console_text: change(console_text(base))


TOLD = {PHYSICS: (REDUCED, OPEN)}
ASKED = {"configuration-as-asked": (REDUCED, OPEN, AGAINST)}
BESIDE = (
    Beside("its console", C, own_console(C), None, TOLD),
    Beside("its console in CRLF", C, own_console(C, lambda text: text.replace("\n", "\r\n")), None, TOLD),
    Beside("its console without colours", C, own_console(C, lambda text: text.replace("\x1b[1m", "").replace("\x1b[0m", "")), None, TOLD),
    Beside("its console without its end", C, own_console(C, lambda text: text[: len(text) // 2]), None, {PHYSICS: (OPEN,)}),
    Beside("an empty console", C, lambda _: "", None, {PHYSICS: (OPEN,)}),
    Beside("a console of zeros", C, lambda _: "\0" * 5000, None, {PHYSICS: (OPEN,)}),
    Beside("a console of another run", H, own_console(C), None, ALL_OPEN | {PHYSICS: (OPEN,)}),
    Beside("a console of another run of the same second", B, own_console(C), None, {RUNNER: (OPEN,), PHYSICS: (OPEN,)}),
    Beside("a console of more environments", C, own_console(C, lambda text: text.replace("Total timesteps: ", "Total timesteps: 1")), None, ALL_OPEN | {PHYSICS: (REDUCED, OPEN)}),
    Beside("a console that says it is over", D, own_console(D, lambda text: text + "Training time: 12.34 seconds\n"), None, {PHYSICS: (OPEN,)}),
    Beside("an error long before the end", C, own_console(C, lambda text: "Traceback (most recent call last):\n  File \"x\"\nValueError: no\n" + text), None, TOLD),
    Beside("an error after the end", C, own_console(C, lambda text: text + "Traceback (most recent call last):\n  File \"x\"\nValueError: no\n"), None, {RUNNER: (OPEN,), PHYSICS: (REDUCED, OPEN)}),
    Beside("interrupted after the end", C, own_console(C, lambda text: text + "Traceback (most recent call last):\n  File \"x\"\nKeyboardInterrupt\n"), None, TOLD),
    Beside("a loss that only the console shows as NaN", C, own_console(C, lambda text: re.sub(r"(Mean surrogate loss:) \S+", r"\1 nan", text, count=1)), None, {LOSSES: (AGAINST,), PHYSICS: (REDUCED, OPEN)}),
    Beside("a record that says it completed", D, None, {"outcome": "COMPLETED"}, ASKED),
    Beside("a record that says it completed, and no more", F3, None, {"outcome": "COMPLETED", "exit_status": 0}, ASKED),
    Beside("the outcome of another run", C, None, {"outcome": "OUT_OF_MEMORY"}, {RUNNER: (OPEN,)}),
    Beside("killed after the end", C, None, {"outcome": "KILLED"}, {RUNNER: (OPEN,)}),
    Beside("a time limit after the end", C, None, {"outcome": "COMPLETED", "time_limit_reached": True}),
    Beside("a record of the embedded trainer", C, None, {"backend": "embedded"}, ALL_OPEN),
    Beside("a record of another task", C, None, {"task": "Isaac-Velocity-Flat-Anymal-D-v0"}, {TASK: (OPEN,)}),
)  # fmt: skip


@pytest.mark.parametrize("beside", BESIDE, ids=[beside.name for beside in BESIDE])
def test_what_is_told_beside_a_run(
    beside: Beside, run_copy: RunCopy, untouched: dict[str, dict[str, str]], console_of: ConsoleOf, tmp_path: Path
) -> None:
    run_dir = made(beside.base, run_copy)
    if beside.base not in untouched:
        untouched[beside.base] = statuses(judge(collect_evidence(run_dir)))
    console = None
    if beside.console:
        console = tmp_path / "told.log"
        console.write_bytes(beside.console(lambda base: console_of(base).read_text()).encode())
    settings = {"launch_id": "one", "task": None, "backend": "isaaclab"} | dict(beside.launch or {})
    launch = LaunchFacts(**settings) if beside.launch else None  # type: ignore[arg-type]
    found = {found.id: found for found in judge(collect_evidence(run_dir, console, launch)).items}
    wrong = {
        claim: (str(found[claim].status), found[claim].reason[:150])
        for claim, before in untouched[beside.base].items()
        if str(found[claim].status) not in (beside.may.get(claim) or (before,))
    }
    assert not wrong


def test_a_run_is_known_by_its_own_name(
    run_copy: RunCopy, console_of: ConsoleOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `.`, and through a link of another name."""
    run_dir = run_copy(H)
    latest = run_dir.parent / "latest"
    latest.symlink_to(run_dir.name)
    monkeypatch.chdir(run_dir)
    for path in (Path("."), latest):
        found = statuses(judge(collect_evidence(path, console_of(C))))
        assert {found[claim] for claim in EXECUTION} == {OPEN}


# --- the reference's scale ------------------------------------------------------------------------------------------

ASKED_SIZES = {
    "num_envs": 4096,
    "algorithm.system_dynamics_mini_batch_size": 5000,
    "algorithm.system_dynamics_num_mini_batches": 20,
    "algorithm.system_dynamics_replay_buffer_size": 1000,
    "algorithm.system_dynamics_forecast_horizon": 8,
}


def test_a_whole_run_at_reference_scale_is_validated_and_says_on_what(run_copy: RunCopy) -> None:
    checklist = judge(collect_evidence(made(G2, run_copy)))
    found = {found.id: found for found in checklist.items}
    assert {claim: str(found[claim].status) for claim in EXECUTION} == dict.fromkeys(EXECUTION, VALIDATED)
    for claim in EXECUTION:
        told = {(fact.locator, fact.agrees): fact.observed for fact in found[claim].evidence}
        assert "no other file shows it" in told["algorithm.system_dynamics_mini_batch_size", None]
        assert "no other file shows it" in told["algorithm.system_dynamics_forecast_horizon", None]
        assert ("system_dynamics_optimizer_state_dict › step", True) in told
    assert checklist.scale.class_ == "reference"


def test_the_embedded_trainer_is_never_validated_at_reference_scale(run_copy: RunCopy) -> None:
    run_dir = made(G2, run_copy)
    (run_dir / "run.json").write_text('{"library": "rwm_tui.trainer"}')
    edit(run_dir / "params" / "env.yaml", ("func: isaaclab.envs.mdp", "func: rwm_tui.trainer"))
    text = (run_dir / "params" / "env.yaml").read_text()
    (run_dir / "params" / "env.yaml").write_text(
        re.sub(r"func: (?:isaaclab\w*|mbrl)\.", "func: rwm_tui.trainer.", text)
    )
    checklist = judge(collect_evidence(run_dir))
    assert checklist.scale.class_ == "reference"
    found = statuses(checklist)
    assert VALIDATED not in found.values()
    assert {found[claim] for claim in EXECUTION[1:]} == {REDUCED}


def one_below(key: str) -> Change:
    """In the file, and in the counters where they would show it."""
    file, _, name = key.rpartition("/")

    def change(run_dir: Path) -> None:
        size = 4096 if name == "num_envs" else ASKED_SIZES[f"algorithm.{name}"]
        edit(run_dir / "params" / (file or "agent.yaml"), (f"{name}: {size}\n", f"{name}: {size - 1}\n"))
        if name.endswith("num_mini_batches"):
            for path in run_dir.glob("model_*.pt"):
                iteration = torch.load(path, weights_only=True)["iter"]
                checkpoint(run_dir, path.name, iteration, mini_batches=19)

    return change


@pytest.mark.parametrize(
    "key", ["env.yaml/num_envs", *(key.removeprefix("algorithm.") for key in ASKED_SIZES if key != "num_envs")]
)
def test_one_below_the_reference_is_reduced(key: str, run_copy: RunCopy) -> None:
    run_dir = made(G2, run_copy)
    one_below(key)(run_dir)
    found = statuses(judge(collect_evidence(run_dir)))
    assert {claim: found[claim] for claim in EXECUTION} == dict.fromkeys(EXECUTION, REDUCED)


@pytest.mark.parametrize("size", ASKED_SIZES)
def test_a_size_that_was_not_asked_for_is_no_reference_scale(size: str, run_copy: RunCopy) -> None:
    run_dir = made(G2, run_copy)
    launch = LaunchFacts(launch_id="one", task=None, backend="isaaclab", asked=ASKED_SIZES)
    found = statuses(judge(collect_evidence(run_dir, None, launch)))
    assert {claim: found[claim] for claim in EXECUTION} == dict.fromkeys(EXECUTION, VALIDATED)
    other = LaunchFacts(launch_id="one", task=None, backend="isaaclab", asked=ASKED_SIZES | {size: 64})
    checklist = judge(collect_evidence(run_dir, None, other))
    assert VALIDATED not in statuses(checklist).values()
    assert all(
        any(fact.source == "launch record" and fact.observed == "64" and fact.agrees is None for fact in found.evidence)
        for found in checklist.items
        if found.id in EXECUTION
    )


def logged_speed(num_envs: int) -> Change:
    """The times of two iterations, as rsl_rl logs them."""

    def log(run_dir: Path) -> None:
        (events,) = run_dir.glob("events.out.tfevents.*")
        with events.open("ab") as file:
            for step, (collection, learning) in enumerate([(1.25, 3.5), (1.5, 2.25)]):
                speed = float(int(num_envs * 24 / (collection + learning)))
                for tag, value in (("total_fps", speed), ("collection time", collection), ("learning_time", learning)):
                    file.write(scalar_record(f"Perf/{tag}", step, value))

    return log


@pytest.mark.parametrize(
    ("num_envs", "expected"), [(4096, VALIDATED), (8192, VALIDATED), (64, REDUCED), (4095, REDUCED)]
)
def test_the_logged_speed_bears_out_the_environments(num_envs: int, expected: str, run_copy: RunCopy) -> None:
    """Twice as many: on two GPUs."""
    run_dir = made(G2, run_copy)
    logged_speed(num_envs)(run_dir)
    found = {found.id: found for found in judge(collect_evidence(run_dir)).items}
    assert {claim: str(found[claim].status) for claim in EXECUTION} == dict.fromkeys(EXECUTION, expected)
    witnesses = [fact.agrees for fact in found[TASK].evidence if fact.locator.startswith("tag Perf/total_fps")]
    assert witnesses == [True if expected == VALIDATED else None]


@pytest.mark.parametrize(("error", "expected"), [(0.558, VALIDATED), (INF, REDUCED), (NAN, VALIDATED)])
def test_an_infinite_error_late_in_the_run_denies_the_buffer(error: float, expected: str, run_copy: RunCopy) -> None:
    run_dir = made(G2, run_copy)
    logged("System Dynamics/autoregressive_error", 50, error)(run_dir)
    found = statuses(judge(collect_evidence(run_dir)))
    assert found[TASK] == expected


def test_a_run_at_reference_scale_proves_sound_physics_at_reduced_scale_at_most(
    run_copy: RunCopy, console_of: ConsoleOf, tmp_path: Path
) -> None:
    """It rests on the console's silence."""
    run_dir = made(G2, run_copy)
    last = max(int(path.stem.removeprefix("model_")) for path in run_dir.glob("model_*.pt"))
    block = f"{'#' * 80}\n\x1b[1m Learning iteration {last - 1}/{last} \x1b[0m\n\n{'-' * 80}\n"
    console = tmp_path / "console.log"
    console.write_text(console_of(G2).read_text().partition("Traceback")[0] + block)
    found = {found.id: found for found in judge(collect_evidence(run_dir, console)).items}
    assert found[RUNNER].status == VALIDATED
    assert found[PHYSICS].status == REDUCED
    assert "silence" in found[PHYSICS].reason
    assert "below the reference scale" not in found[PHYSICS].reason
