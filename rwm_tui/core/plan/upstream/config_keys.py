"""Whether the runner and the agent configuration name the same keys under ``imagination``.

Where they do not, the trainer dies with ``KeyError: 'num_steps_per_env'`` after minutes of simulator start-up.
"""

import ast
from dataclasses import dataclass

CONFIG_CLASS = "RslRlMbrlImaginationCfg"
CONFIG_SOURCE = "source/mbrl/mbrl/rl/rsl_rl/rl_cfg.py"


@dataclass(frozen=True)
class ConfigKeys:
    """Keys that the runner reads and the configuration has not, or why they cannot be told."""

    read: tuple[str, ...]
    defined: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(key for key in self.read if key not in self.defined)


def compare_keys(runner_source: str, config_source: str) -> ConfigKeys | str:
    """The keys on both sides; a sentence where either side cannot be understood."""
    try:
        read = _keys_read(ast.parse(runner_source))
        defined = _keys_defined(ast.parse(config_source))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"a source is not valid Python: {error}"
    if not read:
        return "the runner reads no imagination_cfg[...] key"
    if not defined:
        return f"the configuration has no class {CONFIG_CLASS}"
    return ConfigKeys(read, defined)


def _keys_read(tree: ast.Module) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and _is_imagination(node.value):
            match node.slice:
                case ast.Constant(value=str(key)):
                    found[key] = None
    return tuple(found)


def _is_imagination(node: ast.expr) -> bool:
    """``self.imagination_cfg`` or a plain ``imagination_cfg``."""
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name == "imagination_cfg"


def _keys_defined(tree: ast.Module) -> tuple[str, ...]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == CONFIG_CLASS:
            targets = [part.target for part in node.body if isinstance(part, ast.AnnAssign)]
            return tuple(target.id for target in targets if isinstance(target, ast.Name))
    return ()
