"""A machine with Isaac Lab as the checks see it: folders and texts, nothing that runs."""

from dataclasses import dataclass, replace
from pathlib import Path

from rwm_tui.core.plan.preflight.checks import examine_profile
from rwm_tui.core.plan.preflight.finding import CheckResult
from rwm_tui.core.plan.preflight.surroundings import Readings, Surroundings, look_around
from rwm_tui.core.ports import DeviceDescription, DeviceMemory, DeviceTenants
from rwm_tui.core.profile import ScaleProfile, load_profile
from rwm_tui.core.settings import Project, load_settings
from tests.core.plan.git_repository import commit_all
from tests.core.plan.runner_sources import GUARDED, config_source, runner_source

GPU = DeviceMemory("NVIDIA RTX 6000 Ada", "GPU-1", 600.0, 49140.0)
SETTINGS = """\
isaac_lab:
  kind: conda
  conda: {script: conda/etc/profile.d/conda.sh, environment: env_isaaclab_src}
eula_accepted: 2026-05-28
"""


@dataclass
class IsaacLabTree:
    """A project with a conda environment and the three checkouts, all in order."""

    root: Path

    @property
    def project(self) -> Project:
        return Project(root=self.root, profiles=self.root / "profiles", logs=self.root / "logs", found=True)

    @property
    def isaac_lab(self) -> Path:
        return self.root / "upstream" / "IsaacLab"

    @property
    def workdir(self) -> Path:
        return self.root / "upstream" / "robotic_world_model"

    @property
    def rsl_rl(self) -> Path:
        return self.root / "upstream" / "rsl_rl_rwm"

    @property
    def runner(self) -> Path:
        return self.rsl_rl / "rsl_rl" / "runners" / "mbpo_on_policy_runner.py"

    @property
    def site_packages(self) -> Path:
        return self.root / "conda" / "envs" / "env_isaaclab_src" / "lib" / "python3.11" / "site-packages"

    def write(self, path: Path, text: str = "") -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def build(self) -> "IsaacLabTree":
        self.write(self.root / "rwm-tui.yaml", SETTINGS)
        self.write(self.root / "conda/etc/profile.d/conda.sh")
        self.write(self.isaac_lab / "isaaclab.sh").chmod(0o755)
        self.write(self.isaac_lab / "VERSION", "2.3.0\n")
        versions = {"isaaclab": "0.47.2", "isaaclab_rl": "0.4.4", "isaaclab_tasks": "0.11.6", "torch": "2.7.0+cu128"}
        for package, version in {**versions, "rsl_rl_lib": "3.1.0", "mbrl": "0.1.0"}.items():
            self.write(self.site_packages / f"{package}-{version}.dist-info" / "METADATA")
            if package.startswith("isaaclab"):
                toml = self.isaac_lab / "source" / package / "config" / "extension.toml"
                self.write(toml, f'[package]\nversion = "{version}"\n')
        self.write(self.runner, runner_source(GUARDED))
        self.write(self.rsl_rl / "rsl_rl" / "__init__.py")
        mbrl = self.workdir / "source" / "mbrl"
        self.write(mbrl / "mbrl" / "__init__.py")
        self.write(mbrl / "mbrl" / "rl" / "rsl_rl" / "rl_cfg.py", config_source())
        self.write(self.workdir / "scripts" / "reinforcement_learning" / "rsl_rl" / "train.py")
        self.write(self.site_packages / "__editable__.rsl_rl_lib-3.1.0.pth", f"{self.rsl_rl}\n")
        self.write(self.site_packages / "__editable__.mbrl-0.1.0.pth", "import __editable___mbrl_finder\n")
        finder = f"import sys\nMAPPING: dict[str, str] = {{'mbrl': {str(mbrl / 'mbrl')!r}}}\nraise SystemExit\n"
        self.write(self.site_packages / "__editable___mbrl_finder.py", finder)
        return self

    def commit(self, pins: str = "") -> None:
        """Make repositories of the checkouts, and pins that know this pair."""
        model, runner = commit_all(self.workdir), commit_all(self.rsl_rl)
        pair = f"pairs: [{{robotic_world_model: {model}, rsl_rl_rwm: {runner}}}]\n"
        self.write(self.root / "upstream" / "pins.yaml", f"repositories: {{}}\n{pins or pair}")

    def look(self, profile: ScaleProfile, **changes: object) -> Surroundings:
        described = DeviceDescription(GPU.name, GPU.uuid, "580.65", GPU.total_mib, "the only GPU")
        readings = Readings(GPU, DeviceTenants((), 600.0), (), described)
        around = look_around(self.project, load_settings(self.project), {"TERM": "xterm"}, profile, readings)
        return replace(around, home=self.root / "home", **changes)  # type: ignore[arg-type]

    def examine(self, profile: ScaleProfile, **changes: object) -> dict[str, CheckResult]:
        return {check.id: check for check in examine_profile(self.look(profile, **changes), profile).checks}


def reduced(project_root: Path) -> ScaleProfile:
    return load_profile(project_root / "profiles" / "reduced.yaml")
