"""The guard that pretraining needs in rsl_rl_rwm's runner: found by its syntax tree, shown as a diff.

At 18eebcd ``MBPOOnPolicyRunner.learn`` clears ``self.imagination_infos`` at the end of every iteration, but makes
that list only where imagination is on. In pretraining it is off, so iteration 0 ends in an AttributeError.
"""

import ast
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rwm_tui.core.errors import InputError

RUNNER = "rsl_rl/runners/mbpo_on_policy_runner.py"
CLASS, METHOD, ATTRIBUTE = "MBPOOnPolicyRunner", "learn", "imagination_infos"
CALL = f"self.{ATTRIBUTE}.clear()"
GUARD = f'if hasattr(self, "{ATTRIBUTE}"):'


class GuardState(StrEnum):
    GUARDED = "guarded"
    NOT_NEEDED = "not-needed"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class GuardFinding:
    """Whether `learn` survives disabled imagination.

    :param lines: numbers of the lines that use the attribute unguarded, from 1.
    """

    state: GuardState
    fact: str
    lines: tuple[int, ...] = ()


def examine_guard(source: str) -> GuardFinding:
    """What the runner's source text says; nothing of it is executed."""
    learn, runner = _learn_method(source)
    if isinstance(learn, str):
        return GuardFinding(GuardState.UNKNOWN, learn)
    assert runner is not None
    uses = tuple(_uses(learn))
    if not uses:
        return GuardFinding(GuardState.NOT_NEEDED, f"{METHOD}() does not use self.{ATTRIBUTE} directly")
    if _is_always_set(runner):
        return GuardFinding(GuardState.GUARDED, f"self.{ATTRIBUTE} is always set before {METHOD}() uses it")
    unguarded = [use.line for use in uses if not use.is_set and not _is_guarded(use, uses)]
    if unguarded:
        where = ", ".join(map(str, unguarded))
        return GuardFinding(
            GuardState.MISSING,
            f"line {where}: self.{ATTRIBUTE} is used where disabled imagination never sets it",
            tuple(unguarded),
        )
    return GuardFinding(GuardState.GUARDED, f"every use of self.{ATTRIBUTE} in {METHOD}() is guarded")


def guarded_source(source: str) -> str:
    """The source with the two-line guard in place of the bare call.

    :raises InputError: where the code is not the one line that the fix is made for.
    """
    finding = examine_guard(source)
    if finding.state is not GuardState.MISSING:
        raise InputError("nothing to fix", finding.fact, "`rwm-tui upstream status` shows the state of the checkouts")
    lines = re.split(r"(?<=\n)", source)
    if len(finding.lines) != 1 or lines[finding.lines[0] - 1].strip() != CALL:
        raise _unexpected(f"line {finding.lines[0]} is not the bare call {CALL}")
    index = finding.lines[0] - 1
    line = lines[index]
    indent = line[: len(line) - len(line.lstrip())]
    newline = line[len(line.rstrip("\r\n")) :]
    deeper = indent + ("\t" if indent.endswith("\t") else "    ")
    lines[index : index + 1] = [f"{indent}{GUARD}{newline}", f"{deeper}{CALL}{newline}"]
    fixed = "".join(lines)
    if examine_guard(fixed).state is not GuardState.GUARDED:
        raise _unexpected("the guard would not take effect there")
    return fixed


def guard_diff(source: str, name: str = RUNNER) -> str:
    """The fix as a unified diff.

    :raises InputError: where it does not apply.
    """
    before, after = (text.splitlines(keepends=True) for text in (source, guarded_source(source)))
    return "".join(difflib.unified_diff(before, after, f"a/{name}", f"b/{name}"))


def _unexpected(reason: str) -> InputError:
    return InputError(
        "runner not fixed", f"unexpected code: {reason}", "guard the call by hand, or check out a commit of pins.yaml"
    )


@dataclass(frozen=True)
class _Use:
    """One mention of the attribute in `learn`.

    :param conditions: what must hold for this line to be reached, as dumped expressions.
    :param catches: whether an AttributeError raised here is caught in `learn`.
    """

    line: int
    is_set: bool
    conditions: frozenset[str]
    catches: bool


def _learn_method(source: str) -> tuple[ast.FunctionDef | str, ast.ClassDef | None]:
    """The method, or why there is none."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"the runner is not valid Python: {error}", None
    for runner in tree.body:
        if isinstance(runner, ast.ClassDef) and runner.name == CLASS:
            for method in runner.body:
                if isinstance(method, ast.FunctionDef) and method.name == METHOD:
                    return method, runner
            return f"{CLASS} has no method {METHOD}()", None
    return f"there is no class {CLASS}", None


def _uses(learn: ast.FunctionDef) -> Iterator[_Use]:
    yield from _uses_in(learn.body, frozenset(), catches=False)


def _uses_in(nodes: list[ast.stmt], conditions: frozenset[str], *, catches: bool) -> Iterator[_Use]:
    for node in nodes:
        match node:
            case ast.If():
                yield from _mentions(node.test, conditions, catches)
                yield from _uses_in(node.body, conditions | _conjuncts(node.test), catches=catches)
                yield from _uses_in(node.orelse, conditions | {_branch(node)}, catches=catches)
            case ast.Try():
                caught = catches or any(map(_catches_attribute_error, node.handlers))
                yield from _uses_in(node.body, conditions, catches=caught)
                for handler in node.handlers:
                    yield from _uses_in(handler.body, conditions | {_branch(handler)}, catches=catches)
                yield from _uses_in([*node.orelse, *node.finalbody], conditions, catches=catches)
            case ast.For() | ast.While():
                yield from _mentions(node.iter if isinstance(node, ast.For) else node.test, conditions, catches)
                yield from _uses_in([*node.body, *node.orelse], conditions | {_branch(node)}, catches=catches)
            case ast.With():
                for item in node.items:
                    yield from _mentions(item.context_expr, conditions, catches)
                yield from _uses_in(node.body, conditions, catches=catches)
            case _:
                yield from _mentions(node, conditions, catches)


def _mentions(node: ast.AST, conditions: frozenset[str], catches: bool) -> Iterator[_Use]:
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and part.attr == ATTRIBUTE and _is_self(part.value):
            yield _Use(part.lineno, isinstance(part.ctx, ast.Store), conditions, catches)


def _is_guarded(use: _Use, uses: tuple[_Use, ...]) -> bool:
    """Asked for by hasattr, caught, or reached only where the attribute was set before."""
    earlier = (other for other in uses if other.is_set and other.line < use.line)
    return (
        use.catches or _HAS_ATTRIBUTE in use.conditions or any(other.conditions <= use.conditions for other in earlier)
    )


def _is_always_set(runner: ast.ClassDef) -> bool:
    """In the class body, or as a plain statement of `__init__`."""
    for statement in runner.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if any(isinstance(target, ast.Name) and target.id == ATTRIBUTE for target in targets):
                return True
        if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            plain = [part for part in statement.body if isinstance(part, ast.Assign | ast.AnnAssign)]
            if any(use.is_set for part in plain for use in _mentions(part, frozenset(), False)):
                return True
    return False


def _branch(node: ast.stmt | ast.ExceptHandler) -> str:
    """Code that may be passed over: an else, a handler, a loop's body."""
    return f"branch at line {node.lineno}"


def _conjuncts(test: ast.expr) -> frozenset[str]:
    parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
    return frozenset(ast.dump(part) for part in parts)


def _catches_attribute_error(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {kind.id for kind in kinds if isinstance(kind, ast.Name)}
    return handler.type is None or bool(names & {"AttributeError", "Exception", "BaseException"})


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


_HAS_ATTRIBUTE = ast.dump(ast.parse(f'hasattr(self, "{ATTRIBUTE}")', mode="eval").body)
