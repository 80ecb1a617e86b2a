"""``rwm-tui forecast``: peak device memory of a profile, before a run."""

import argparse

from rwm_tui import device_wiring
from rwm_tui.commands.terminal import in_plain_words
from rwm_tui.core.agent_config import parse_override
from rwm_tui.core.launch import documents
from rwm_tui.core.memory.hit_rate import forecast_cases, hit_rate, hit_rate_text
from rwm_tui.core.memory.launch_memory import kept_memories, newest_launches
from rwm_tui.core.memory.report import forecast_document, forecast_lines
from rwm_tui.core.profile import load_profile_named, with_settings
from rwm_tui.core.settings import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("profile", metavar="PROFILE", nargs="?", default="default")
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="change a setting of it")
    parser.add_argument("--vram-mib", metavar="N", type=_mebibytes, help="the device's total (default: NVML's)")
    parser.add_argument("--baseline-mib", metavar="N", type=_mebibytes, help="memory that is not the learner's")


def answer(project: Project, options: argparse.Namespace) -> int:
    """0 where it was answered, whatever the verdict."""
    chosen = load_profile_named(project.profiles, options.profile)
    profile = with_settings(chosen, dict(parse_override(text) for text in options.set))
    answer = device_wiring.forecast_of(profile, project, options.vram_mib, options.baseline_mib)
    if options.json:
        print(documents.to_json(forecast_document(answer)))
    else:
        rate = hit_rate(forecast_cases(kept_memories(newest_launches(project.launches))))
        print(in_plain_words("\n".join([*forecast_lines(answer), f"here so far: {hit_rate_text(rate)}"])))
    return 0


def _mebibytes(text: str) -> float:
    """
    :raises argparse.ArgumentTypeError: for what is no finite size; argparse names the option.
    """
    try:
        size = float(text)
    except ValueError:
        size = float("nan")
    if not 0.0 <= size < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is no size in MiB")
    return size
