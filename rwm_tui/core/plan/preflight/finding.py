"""What one check found."""

from enum import StrEnum
from typing import Any

import msgspec


class CheckStatus(StrEnum):
    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"
    NOT_APPLICABLE = "not-applicable"


class Finding(msgspec.Struct, frozen=True):
    """
    :param fact: what was seen, in a sentence.
    :param remedy: what to do about it; empty where nothing is to be done.
    """

    status: CheckStatus
    fact: str
    remedy: str = ""


class CheckResult(msgspec.Struct, frozen=True):
    """A finding with the check that made it; ids are stable."""

    id: str
    title: str
    status: CheckStatus
    fact: str
    remedy: str


class Preflight(msgspec.Struct, frozen=True, kw_only=True):
    """All checks of one look at this machine.

    :param profile: the profile that was to be launched; None where the machine as a whole was looked at.
    :param environment: which installation of Isaac Lab was found.
    """

    profile: str | None
    environment: dict[str, Any]
    checks: tuple[CheckResult, ...]

    def with_status(self, status: CheckStatus) -> tuple[CheckResult, ...]:
        return tuple(check for check in self.checks if check.status is status)

    @property
    def summary(self) -> dict[CheckStatus, int]:
        return {status: len(self.with_status(status)) for status in CheckStatus}


def passed(fact: str) -> Finding:
    return Finding(CheckStatus.PASS, fact)


def warning(fact: str, remedy: str) -> Finding:
    return Finding(CheckStatus.WARN, fact, remedy)


def failed(fact: str, remedy: str) -> Finding:
    return Finding(CheckStatus.FAIL, fact, remedy)


def not_applicable(fact: str) -> Finding:
    return Finding(CheckStatus.NOT_APPLICABLE, fact)
