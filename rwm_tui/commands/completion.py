"""``rwm-tui completion SHELL``: a script that the shell reads, made from the command line itself."""

import argparse
from collections.abc import Iterator, Sequence

from rwm_tui.commands.described import Argument, Described, common_options, described_commands
from rwm_tui.core.errors import InputError
from rwm_tui.core.settings import Project

HOW = {
    "bash": 'eval "$(rwm-tui completion bash)"',
    "zsh": 'eval "$(rwm-tui completion zsh)"',
    "fish": "rwm-tui completion fish | source",
}
# What stands for a value, and what it is completed with.
FILES, FOLDERS, PROFILES, LAUNCHES = "files", "folders", "profiles", "launches"
KINDS = {
    "DIR": FOLDERS,
    "RUN_DIR": FOLDERS,
    "FILE": FILES,
    "CSV": FILES,
    "CONSOLE_LOG": FILES,
    "LEDGER": FILES,
    "A": FOLDERS,
    "B": FOLDERS,
    "RUN_OR_LAUNCH": FOLDERS,
    "PROFILE": PROFILES,
    "LAUNCH": LAUNCHES,
}
LIST_PROFILES = 'command ls -1 "${RWM_TUI_PROJECT_ROOT:-.}/profiles" 2>/dev/null | sed -n "s/\\.yaml\\$//p"'
LIST_LAUNCHES = 'command ls -1r "${RWM_TUI_LOGS:-${RWM_TUI_PROJECT_ROOT:-.}/logs}/launches" 2>/dev/null'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=tuple(HOW), help="; ".join(f"in {shell}: {how}" for shell, how in HOW.items()))


def answer(project: Project, options: argparse.Namespace) -> int:
    if options.json:
        raise InputError("usage", "a shell's script is no JSON document", "leave out --json")
    write = {"bash": _bash, "zsh": _zsh, "fish": _fish}[options.shell]
    print("\n".join(write(common_options(), described_commands())))
    return 0


def _bash(everywhere: Described, commands: Sequence[Described]) -> Iterator[str]:
    """Names are compared, never given to ``compgen -W``, which would expand what a file's name holds."""
    yield from _shell_head("rwm-tui completion for bash", commands)
    yield from _bash_words()
    yield "_rwm_tui() {"
    yield '  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command="" word'
    yield "  COMPREPLY=()"
    yield '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do'
    yield f'    case "$word" in {_names(commands)}) command="$word"; break;; esac'
    yield "  done"
    yield from _cases(everywhere, commands, "_rwm_tui_", '"$current"')
    yield "}"
    yield "complete -F _rwm_tui rwm-tui"


def _bash_words() -> Iterator[str]:
    yield "_rwm_tui_words() {  # CURRENT WORD..."
    yield '  local current="$1" word; shift'
    yield '  for word in "$@"; do [[ "$word" == "$current"* ]] && COMPREPLY+=("$(printf %q "$word")"); done'
    yield "}"
    yield "_rwm_tui_names() {  # CURRENT FUNCTION"
    yield '  local name; while IFS= read -r name; do _rwm_tui_words "$1" "$name"; done < <("$2")'
    yield "}"
    yield '_rwm_tui_files() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$1"); }'
    yield '_rwm_tui_folders() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$1"); }'
    yield '_rwm_tui_profiles() { _rwm_tui_names "$1" _rwm_tui_list_profiles; }'
    yield '_rwm_tui_launches() { _rwm_tui_names "$1" _rwm_tui_list_launches; }'


def _zsh(everywhere: Described, commands: Sequence[Described]) -> Iterator[str]:
    yield "#compdef rwm-tui"
    yield from _shell_head("rwm-tui completion for zsh", commands)
    yield '_rwm_tui_words() { shift; compadd -- "$@" }'
    yield "_rwm_tui_files() { _files }"
    yield "_rwm_tui_folders() { _files -/ }"
    yield '_rwm_tui_profiles() { compadd -- "${(@f)$(_rwm_tui_list_profiles)}" }'
    yield '_rwm_tui_launches() { compadd -V launches -- "${(@f)$(_rwm_tui_list_launches)}" }'
    yield "_rwm_tui() {"
    yield '  local current="$words[CURRENT]" before="$words[CURRENT-1]" command="" word'
    yield '  for word in "${(@)words[2,CURRENT-1]}"; do'
    yield f'    case "$word" in ({_names(commands)}) command="$word"; break;; esac'
    yield "  done"
    yield from _cases(everywhere, commands, "_rwm_tui_", '"$current"')
    yield "}"
    yield "compdef _rwm_tui rwm-tui"


def _shell_head(title: str, commands: Sequence[Described]) -> Iterator[str]:
    yield f"# {title}"
    yield f"_rwm_tui_list_profiles() {{ {LIST_PROFILES}; }}"
    yield f"_rwm_tui_list_launches() {{ {LIST_LAUNCHES}; }}"


def _cases(everywhere: Described, commands: Sequence[Described], prefix: str, current: str) -> Iterator[str]:
    """The value of the option before, else an option, else a command or what stands in its place."""
    yield '  case "$command:$before" in'
    for command in commands:
        for option in command.options:
            yield from _case(option, command.name, prefix, current)
    for option in everywhere.options:
        yield from _case(option, "*", prefix, current)
    yield "  esac"
    yield f"  if [[ {current} == -* ]]; then"
    shared = [flag for option in everywhere.options for flag in option.flags]
    yield '    case "$command" in'
    for command in commands:
        own = [flag for option in command.options for flag in option.flags]
        yield f"      {command.name}) {prefix}words {current} {' '.join(dict.fromkeys([*own, *shared]))};;"
    yield f"      *) {prefix}words {current} {' '.join(shared)};;"
    yield "    esac"
    yield "    return"
    yield "  fi"
    yield '  case "$command" in'
    yield f'    "") {prefix}words {current} {" ".join(command.name for command in commands)};;'
    for command in commands:
        if command.places:
            yield f"    {command.name}) {_completed(command.places[0], prefix, current)};;"
    yield "  esac"


def _case(option: Argument, command: str, prefix: str, current: str) -> Iterator[str]:
    if option.value:
        flags = "|".join(f"{command}:{flag}" for flag in option.flags)
        yield f"    {flags}) {_completed(option, prefix, current)}; return;;"


def _completed(argument: Argument, prefix: str, current: str) -> str:
    if argument.choices:
        return f"{prefix}words {current} {' '.join(argument.choices)}"
    kind = KINDS.get(argument.value.split(".")[0])
    return f"{prefix}{kind} {current}" if kind else ":"


def _names(commands: Sequence[Described]) -> str:
    return "|".join(command.name for command in commands)


def _fish(everywhere: Described, commands: Sequence[Described]) -> Iterator[str]:
    yield "# rwm-tui completion for fish"
    for name, listing in (("profiles", LIST_PROFILES), ("launches", LIST_LAUNCHES)):
        yield f"function __rwm_tui_{name}; sh -c {_quoted(listing)}; end"
    yield "complete -c rwm-tui -f"
    for option in everywhere.options:
        yield _fish_option(option, "")
    for command in commands:
        yield f"complete -c rwm-tui -n __fish_use_subcommand -a {command.name} -d {_quoted(command.summary)}"
        seen = f"-n '__fish_seen_subcommand_from {command.name}' "
        for option in command.options:
            yield _fish_option(option, seen)
        for place in command.places[:1]:
            if values := _fish_values(place):
                yield f"complete -c rwm-tui {seen}{values}"


def _fish_option(option: Argument, seen: str) -> str:
    flags = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags)
    value = f" -r {_fish_values(option)}".rstrip() if option.value else ""
    return f"complete -c rwm-tui {seen}{flags}{value} -d {_quoted(option.help)}"


def _fish_values(argument: Argument) -> str:
    if argument.choices:
        return f"-a {_quoted(' '.join(argument.choices))}"
    kind = KINDS.get(argument.value.split(".")[0])
    return {
        FILES: "-F",
        FOLDERS: "-a '(__fish_complete_directories)'",
        PROFILES: "-a '(__rwm_tui_profiles)'",
        LAUNCHES: "-a '(__rwm_tui_launches)'",
    }.get(kind or "", "")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
