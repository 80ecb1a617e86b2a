"""`rwm-tui.yaml`: defaults, errors that name the key, and the record of consent."""

import datetime
from pathlib import Path

import pytest

from rwm_tui.core.errors import InputError
from rwm_tui.core.settings import (
    Project,
    Settings,
    load_settings,
    locate_project,
    record_eula_consent,
    resolved,
    settings_path,
)

TODAY = datetime.date(2026, 5, 28)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return locate_project(tmp_path, {}, root_option=str(tmp_path))


def write(project: Project, text: str) -> Path:
    path = settings_path(project)
    path.write_text(text)
    return path


def test_without_a_file_the_documented_set_up_holds(project: Project) -> None:
    settings = load_settings(project)
    assert settings == Settings()
    assert settings.isaac_lab.kind == "conda"
    assert settings.isaac_lab.conda.environment == "env_isaaclab_src"
    assert resolved(project, settings.isaac_lab.conda.script) == Path.home() / "miniforge3/etc/profile.d/conda.sh"
    assert resolved(project, settings.isaac_lab.workdir) == project.root / "upstream" / "robotic_world_model"
    assert settings.eula_accepted is None


def test_every_kind_can_be_written(project: Project) -> None:
    write(
        project,
        "isaac_lab:\n"
        "  kind: docker\n"
        "  docker: {container: lab, workdir: /w/rwm, path_map: {/w: /home/user/lab}}\n"
        "  isaaclab3: {venv: ~/v3, assets: assets, arguments: [--device, cpu]}\n"
        "eula_accepted: 2026-05-28\n",
    )
    settings = load_settings(project)
    assert settings.isaac_lab.docker.path_map == {"/w": "/home/user/lab"}
    assert resolved(project, settings.isaac_lab.isaaclab3.venv) == Path.home() / "v3"
    assert settings.eula_accepted == TODAY


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("isaac_lab: {knd: conda}", "key 'isaac_lab.knd' is unknown", "did you mean 'kind'?"),
        ("isaac_lab: {kind: singularity}", "key 'isaac_lab.kind': Invalid enum value", "of that kind"),
        ("isaac_lab: {conda: {environment: 3}}", "key 'isaac_lab.conda.environment': Expected `str`", "quote"),
        ("isaac_lab: {conda: {environment: base}}", "base environment", "env_isaaclab_src"),
        ("isaac_lab: {root: null}", "key 'isaac_lab.root'", "kind venv"),
        ("isaac_lab: {docker: {workdir: rwm}}", "isaac_lab.docker.workdir", "of that kind"),
        ("isaac_lab: {docker: {container: '; rm'}}", "isaac_lab.docker.container", "of that kind"),
        ("eula_accepted: yes", "key 'eula_accepted'", "of that kind"),
        ("isaac_lab: [", "not valid YAML", "mend"),
        ("- conda", "no mapping", "isaac_lab:"),
        ("isaac_lab: {kind: conda, kind: venv}", "given twice", "mend"),
        ("isaac_lab: !!python/object/apply:os.getpid []", "not valid YAML", "mend"),
    ],
)
def test_an_error_names_file_key_and_remedy(project: Project, text: str, message: str, hint: str) -> None:
    path = write(project, text)
    with pytest.raises(InputError) as error:
        load_settings(project)
    assert str(path) in error.value.message
    assert message in error.value.message
    assert hint in error.value.hint


def test_consent_is_recorded_and_the_rest_of_the_file_kept(project: Project) -> None:
    path = write(project, "# our lab\nisaac_lab:\n  kind: venv  # since May\neula_accepted:\n# end\n")
    record_eula_consent(project, TODAY)
    expected = "# our lab\nisaac_lab:\n  kind: venv  # since May\neula_accepted: 2026-05-28\n# end\n"
    assert path.read_text() == expected
    assert load_settings(project).eula_accepted == TODAY


@pytest.mark.parametrize("before", [None, "", "isaac_lab: {kind: venv}", "# nothing but this\n"])
def test_consent_is_added_where_no_line_has_it(project: Project, before: str | None) -> None:
    if before:
        write(project, before)
    record_eula_consent(project, TODAY)
    assert load_settings(project).eula_accepted == TODAY
    assert settings_path(project).read_text().startswith((before or "").rstrip())


def test_consent_does_not_damage_a_file_that_it_cannot_extend(project: Project) -> None:
    path = write(project, "{isaac_lab: {kind: venv}}")
    with pytest.raises(InputError, match="not valid YAML"):
        record_eula_consent(project, TODAY)
    assert path.read_text() == "{isaac_lab: {kind: venv}}"
