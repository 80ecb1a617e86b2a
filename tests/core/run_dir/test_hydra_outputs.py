"""What Hydra keeps of a start, as hydra-core 1.3.8 wrote it for a stand-in of Isaac Lab's train.py."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from rwm_tui.core.run_dir.hydra_outputs import HydraOutputs, read_hydra_outputs
from rwm_tui.core.run_dir.unreadable import Absent, Unreadable
from rwm_tui.core.verdict.checklist import Checklist, judge
from rwm_tui.core.verdict.claims import ClaimResult
from rwm_tui.core.verdict.evidence import LaunchFacts, collect_evidence
from rwm_tui.core.verdict.finding import Evidence
from rwm_tui.core.verdict.place import TextPlace, find_place

TASK = "Template-Isaac-Velocity-Flat-Anymal-D-Pretrain-v0"
ASKED = ("mini_batch_size=128", "num_mini_batches=1", "replay_buffer_size=256", "forecast_horizon=2")
HYDRA = f"""\
hydra:
  run:
    dir: outputs/${{now:%Y-%m-%d}}/${{now:%H-%M-%S}}
  overrides:
    hydra:
    - hydra.mode=RUN
  job:
    name: train
    config_name: {TASK}
    num: ???
"""


@pytest.fixture
def run(tmp_path: Path, shared_fixtures: Path) -> Path:
    """A real run directory where its trainer would have left it, without checkpoints."""
    fixture = shared_fixtures / "upstream-runs" / "B_fixed_reduced_ok"
    shutil.copytree(fixture / "logs", tmp_path / "logs", copy_function=shutil.copyfile)
    for path in tmp_path.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return tmp_path / "logs" / "rsl_rl" / "anymal_d_flat" / "2026-11-23_18-08-36_pretrain"


def keep(root: Path, time: str = "18-08-35", asked: tuple[str, ...] = ASKED, day: str = "2026-11-23") -> Path:
    folder = root / "outputs" / day / time / ".hydra"
    folder.mkdir(parents=True)
    (folder / "hydra.yaml").write_text(HYDRA)
    overrides = [f"agent.algorithm.system_dynamics_{setting}" for setting in asked]
    (folder / "overrides.yaml").write_text("".join(f"- {text}\n" for text in overrides) or "[]\n")
    composed = "".join(f"    system_dynamics_{setting.replace('=', ': ')}\n" for setting in asked)
    (folder / "config.yaml").write_text(f"env:\n  scene:\n    num_envs: 4096\nagent:\n  algorithm:\n{composed}")
    return folder


def checked(run: Path, **launch: object) -> Checklist:
    facts = LaunchFacts(launch_id="one", task=None, backend="isaaclab", **launch) if launch else None  # type: ignore[arg-type]
    return judge(collect_evidence(run, None, facts))


def asked(run: Path, **launch: object) -> ClaimResult:
    return next(item for item in checked(run, **launch).items if item.id == "configuration-as-asked")


def test_the_start_right_before_the_run_is_found(run: Path, tmp_path: Path) -> None:
    keep(tmp_path)
    keep(tmp_path, "18-20-00")
    found = read_hydra_outputs(run)
    assert isinstance(found, HydraOutputs)
    assert found.source("overrides.yaml") == "outputs/2026-11-23/18-08-35/.hydra/overrides.yaml"
    assert found.overrides == tuple(f"agent.algorithm.system_dynamics_{setting}" for setting in ASKED)
    assert checked(run).task == TASK


@pytest.mark.parametrize("times", [(), ("18-08-37",), ("18-08-05",), ("18-08-30", "18-08-35"), ("18-08-61",)])
def test_what_may_be_another_starts_is_left_alone(times: tuple[str, ...], run: Path, tmp_path: Path) -> None:
    for time in times:
        keep(tmp_path, time)
    assert isinstance(read_hydra_outputs(run), Absent)
    assert asked(run).reason == "no launch record says what was asked for"


@pytest.mark.parametrize("time", ["23-59-48", "00-00-02"])
def test_a_start_right_before_midnight(time: str, run: Path, tmp_path: Path) -> None:
    day = "2026-11-24" if time.startswith("00") else "2026-11-23"
    run = run.rename(run.with_name("2026-11-24_00-00-04_pretrain"))
    keep(tmp_path, "00-00-02", day="2026-11-23")  # a day earlier
    keep(tmp_path, "23-59-48", day="2026-11-24")  # a day later
    assert isinstance(read_hydra_outputs(run), Absent)
    keep(tmp_path, time, day=day)
    found = read_hydra_outputs(run)
    assert isinstance(found, HydraOutputs)
    assert found.source("overrides.yaml") == f"outputs/{day}/{time}/.hydra/overrides.yaml"


def test_two_starts_around_midnight_leave_it_open(run: Path, tmp_path: Path) -> None:
    run = run.rename(run.with_name("2026-11-24_00-00-04_pretrain"))
    keep(tmp_path, "23-59-48", day="2026-11-23")
    keep(tmp_path, "00-00-02", day="2026-11-24")
    found = read_hydra_outputs(run)
    assert isinstance(found, Absent)
    assert "2 of Hydra's outputs" in found.reason


def test_a_run_elsewhere_has_none(run: Path, tmp_path: Path) -> None:
    keep(tmp_path)
    assert isinstance(read_hydra_outputs(shutil.copytree(run, tmp_path / "copy" / run.name)), Absent)


def test_overrides_stand_for_a_launch_record_as_far_as_they_go(run: Path, tmp_path: Path) -> None:
    keep(tmp_path)
    found = asked(run)
    assert found.status == "validated-at-reduced-scale"
    assert "flags" in found.reason
    assert {fact.agrees for fact in found.evidence} == {True, None}


def test_no_override_proves_nothing(run: Path, tmp_path: Path) -> None:
    keep(tmp_path, asked=())
    assert asked(run).status == "not-verified"


def test_an_edited_configuration_is_seen(run: Path, tmp_path: Path) -> None:
    """A horizon that nothing in the run directory itself shows."""
    keep(tmp_path)
    agent = run / "params" / "agent.yaml"
    agent.write_text(agent.read_text().replace("forecast_horizon: 2", "forecast_horizon: 8"))
    found = asked(run)
    assert found.status == "contradicted"
    assert "system_dynamics_forecast_horizon is 8, and 2 was asked for" in found.reason
    assert isinstance(checked(run).scale.sizes["forecast_horizon"], Absent)


def test_record_and_overrides_must_agree(run: Path, tmp_path: Path) -> None:
    keep(tmp_path)
    key = "algorithm.system_dynamics_mini_batch_size"
    assert asked(run, asked={key: 128}).status == "validated-at-reduced-scale"
    other = asked(run, asked={key: 64})
    assert other.status == "contradicted"
    assert any(fact.source.endswith("overrides.yaml") and fact.agrees is False for fact in other.evidence)


def test_hostile_files_are_findings(run: Path, tmp_path: Path) -> None:
    folder = keep(tmp_path)
    (folder / "overrides.yaml").write_text("!!python/object/apply:os.system ['touch owned']\n")
    (folder / "hydra.yaml").unlink()
    os.mkfifo(folder / "hydra.yaml")
    (folder / "config.yaml").unlink()
    (folder / "config.yaml").symlink_to("/etc/passwd")
    found = read_hydra_outputs(run)
    assert isinstance(found, HydraOutputs)
    assert {type(part) for part in (found.overrides, found.config, found.hydra)} == {Unreadable}
    assert asked(run).status == "not-verified"
    assert not list(tmp_path.rglob("owned"))


def test_outputs_that_lead_out_are_none(run: Path, tmp_path: Path) -> None:
    folder = keep(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    assert isinstance(read_hydra_outputs(run), Absent)


def test_the_place_of_an_override_is_found(run: Path, tmp_path: Path) -> None:
    folder = keep(tmp_path)
    evidence = Evidence("outputs/2026-11-23/18-08-35/.hydra/hydra.yaml", "hydra.job.config_name", "", "", None)
    assert find_place(evidence, run, None) == TextPlace(folder / "hydra.yaml", 9)
    out = Evidence("outputs/../../x", "a", "", "", None)
    assert isinstance(find_place(out, run, None), Absent)
