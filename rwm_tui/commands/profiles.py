"""``rwm-tui profiles``: the scale profiles, by ladder."""

import argparse

from rwm_tui.core.launch import documents
from rwm_tui.core.profile import BACKENDS, ladder, load_profiles
from rwm_tui.core.settings import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def answer(project: Project, options: argparse.Namespace) -> int:
    profiles = load_profiles(project.profiles)
    rungs = [rung for backend in BACKENDS for rung in ladder(profiles, backend)]
    if options.json:
        print(documents.to_json(documents.profiles_document(rungs)))
    else:
        for rung in rungs:
            print(f"{rung.backend:<9} {rung.name:<17} {rung.num_envs:>5} envs  {' '.join(rung.purpose.split())}")
    return 0
