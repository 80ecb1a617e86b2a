"""`rwm-tui.yaml`: defaults, errors that name the key, and the record of consent."""

import datetime
from pathlib import Path

import pytest

from rwm_tui.core.errors import InputError
from rwm_tui.core.settings import (
    Given,
    NotifySettings,
    Project,
    Settings,
    load_settings,
    locate_project,
    project_for,
    record_eula_consent,
    record_theme,
    resolved,
    settings_in_force,
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
        ("isaac_lab: {knd: conda}", "key 'isaac_lab.knd' is unknown", "did you mean 'isaac_lab.kind'?"),
        ("workdir: rwm", "key 'workdir' is unknown", "did you mean 'isaac_lab.workdir'?"),
        ("isaac_lab: {docker: {workdr: /rwm}}", "isaac_lab.docker.workdr", "did you mean 'isaac_lab.docker.workdir'?"),
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


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("quux: 1", "theme, ascii, colour, read_only, notify, logs, isaac_lab, eula_accepted"),
        ("isaac_lab: {conda: {quux: 1}}", "isaac_lab.conda.script, isaac_lab.conda.environment"),
    ],
)
def test_a_key_that_is_like_none_is_answered_with_those_of_its_section(project: Project, text: str, known: str) -> None:
    write(project, text)
    with pytest.raises(InputError) as error:
        load_settings(project)
    assert error.value.hint == f"known keys: {known}"


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


def test_every_setting_says_where_its_value_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "rwm-tui.yaml"
    path.write_text(
        "# ours\ntheme: nord\nascii: no\nlogs: past\nnotify:\n  command: [ring, it]\nisaac_lab: {conda: {script: x}}\n"
    )
    environ = {"NO_COLOR": "1", "RWM_TUI_ASCII": "yes", "RWM_TUI_THEME": ""}
    given = Given(root=str(tmp_path), ascii=True)
    project = project_for(Path("/"), environ, given)
    values = {one.key: (one.value, one.source) for one in settings_in_force(project, environ, given)}
    assert values["theme"] == ("nord", f"{path}:2")
    assert values["ascii"] == (True, "option --ascii")
    assert values["colour"] == (False, "environment variable NO_COLOR")
    assert values["logs"] == ("past", f"{path}:4")
    assert values["notify.command"] == (("ring", "it"), f"{path}:6")
    assert values["isaac_lab.conda.script"] == ("x", f"{path}:7")
    assert values["read_only"] == (False, "default")
    assert project.logs == tmp_path / "past"
    assert (project.preferences.theme, project.preferences.ascii, project.preferences.colour) == ("nord", True, False)
    assert project.preferences.notify == NotifySettings(command=("ring", "it"))


@pytest.mark.parametrize(
    ("text", "environ", "message", "hint"),
    [
        ("thme: nord\n", {}, "key 'thme' is unknown", "did you mean 'theme'"),
        ("notify: {desktop: osc8}\n", {}, "key 'notify.desktop'", "of that kind"),
        ("read_only: [\n", {}, "not valid YAML", "mend"),
        ("", {"RWM_TUI_READ_ONLY": "perhaps"}, "RWM_TUI_READ_ONLY", "unset"),
    ],
)
def test_a_setting_for_all_that_is_not_usable_stops_everything(
    tmp_path: Path, text: str, environ: dict[str, str], message: str, hint: str
) -> None:
    (tmp_path / "rwm-tui.yaml").write_text(text)
    with pytest.raises(InputError) as error:
        project_for(tmp_path, environ, Given(root=str(tmp_path)))
    assert message in error.value.message
    assert hint in error.value.hint


def test_a_mistake_in_isaac_labs_section_stops_only_what_needs_it(tmp_path: Path) -> None:
    (tmp_path / "rwm-tui.yaml").write_text("read_only: true\nisaac_lab: {knd: x}\n")
    project = project_for(tmp_path, {}, Given(root=str(tmp_path)))
    assert project.read_only
    with pytest.raises(InputError, match="knd"):
        load_settings(project)


def test_a_theme_is_kept_and_the_rest_of_the_file_with_it(project: Project) -> None:
    path = write(project, "# ours\ntheme: nord # dark\nisaac_lab: {kind: venv}\n")
    record_theme(project, "textual-light")
    assert path.read_text() == "# ours\ntheme: textual-light\nisaac_lab: {kind: venv}\n"
    path.unlink()
    record_theme(project, "nord")
    assert path.read_text() == "theme: nord\n"


def test_nothing_is_recorded_where_all_is_read_only(tmp_path: Path) -> None:
    project = project_for(tmp_path, {"RWM_TUI_READ_ONLY": "1"}, Given(root=str(tmp_path)))
    for record in (lambda: record_theme(project, "nord"), lambda: record_eula_consent(project, TODAY)):
        with pytest.raises(InputError, match="read-only"):
            record()
    assert not settings_path(project).exists()
