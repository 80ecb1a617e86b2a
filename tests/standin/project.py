"""A project with a stand-in Isaac Lab in it, laid out as the documented one, with a home folder of its own."""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = Path(__file__).with_name("files")
SHIM = """\
#!{python}
import sys
sys.path.insert(0, {repository!r})
from {module} import main
sys.exit(main())
"""
CONTAINER = "lab"


@dataclass(frozen=True)
class StandinProject:
    """:param home: to be the HOME of what runs here; :param programs: to be on its PATH."""

    root: Path
    home: Path
    programs: Path
    fixtures: Path

    @property
    def workdir(self) -> Path:
        return self.root / "upstream" / "robotic_world_model"

    @property
    def containers(self) -> Path:
        return self.root.parent / "containers"

    def script(self, ending: str, pace_s: float = 0.05) -> None:
        """What the trainer will do."""
        text = json.dumps({"ending": ending, "pace_s": pace_s, "fixtures": str(self.fixtures)})
        for folder in (self.root, self.workdir):
            (folder / "standin.json").write_text(text)

    def settings(self, *, consent: bool = True, **isaac_lab: object) -> None:
        content: dict[str, object] = {"isaac_lab": isaac_lab}
        if consent:
            content["eula_accepted"] = "2026-05-28"
        text = yaml.safe_dump(content).replace("'2026-05-28'", "2026-05-28")
        (self.root / "rwm-tui.yaml").write_text(text)

    def limits(self, time_limit_s: float, grace_s: float = 1.0) -> None:
        """The reduced check under other limits."""
        path = self.root / "profiles" / "reduced.yaml"
        profile = yaml.safe_load((REPOSITORY / "profiles" / "reduced.yaml").read_text())
        path.write_text(yaml.safe_dump(profile | {"time_limit_s": time_limit_s, "grace_s": grace_s}))


def build(folder: Path, fixtures: Path) -> StandinProject:
    project = StandinProject(folder / "project", folder / "home", folder / "programs", fixtures)
    shutil.copytree(REPOSITORY / "profiles", project.root / "profiles")
    inside = folder / "container"  # what the container sees at its own paths
    inside.mkdir()
    (inside / "workspace" / "robotic_world_model").mkdir(parents=True)
    (project.root / "upstream").mkdir()
    project.workdir.symlink_to(inside / "workspace" / "robotic_world_model")
    write_program(
        project.workdir / "scripts" / "reinforcement_learning" / "rsl_rl" / "train.py", shim("tests.standin.train")
    )
    write_program(project.root / "upstream" / "IsaacLab" / "isaaclab.sh", (FILES / "isaaclab.sh").read_text())
    conda = project.home / "miniforge3"
    write_program(conda / "etc" / "profile.d" / "conda.sh", (FILES / "conda.sh").read_text())
    runs_python = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
    write_program(conda / "envs" / "env_isaaclab_src" / "bin" / "python", runs_python)
    venv = project.root / ".venv-isaaclab"
    write_program(venv / "bin" / "python", runs_python)
    (venv / "bin" / "activate").write_text(f'export VIRTUAL_ENV="{venv}" PATH="{venv}/bin:$PATH"\n')
    write_program(project.root / ".venv-isaaclab3" / "bin" / "isaaclab", shim("tests.standin.isaaclab3"))
    python_sh = (FILES / "python.sh").read_text().replace("@PYTHON@", sys.executable)
    write_program(inside / "isaac-sim" / "python.sh", python_sh)
    project.containers.mkdir()
    (project.containers / CONTAINER).mkdir()
    client = REPOSITORY / "tests" / "standin" / "docker_client.py"
    docker = f'#!/bin/sh\nexec "{sys.executable}" "{client}" "{project.containers}" "$@"\n'
    write_program(project.programs / "docker", docker)
    return project


def container_settings(project: StandinProject) -> dict[str, object]:
    """For the kinds `container` and `docker`."""
    inside = project.root.parent / "container"
    docker = {
        "container": CONTAINER,
        "workdir": str(inside / "workspace" / "robotic_world_model"),
        "path_map": {str(inside / "workspace"): "upstream"},
    }
    return {"container_python": str(inside / "isaac-sim" / "python.sh"), "docker": docker}


def shim(module: str) -> str:
    return SHIM.format(python=sys.executable, repository=str(REPOSITORY), module=module)


def write_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
