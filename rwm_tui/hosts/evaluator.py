"""The evaluating process on this machine: started, listened to, ended when nobody listens any more."""

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import deque
from collections.abc import AsyncIterator

from rwm_tui.core.errors import InputError
from rwm_tui.core.evaluation.measurement import Measurement
from rwm_tui.core.evaluation.request import MODULE, PROGRESS, EvaluationRequest
from rwm_tui.core.typed_reading import decode_json

_LAST_LINES = 20
_LONGEST_LINE = 1024 * 1024


async def measure_in_process(request: EvaluationRequest) -> AsyncIterator[str | Measurement]:
    """What is being done, line by line, and at the end what was measured.

    :raises InputError: for what cannot be evaluated, and where the process fails.
    """
    # -P: a file named like a module in the current folder is never imported.
    command = [sys.executable, "-P", "-m", MODULE, *request.arguments()]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE, limit=_LONGEST_LINE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    document = asyncio.create_task(process.stdout.read())
    trouble: deque[str] = deque(maxlen=_LAST_LINES)
    try:
        async for raw in process.stderr:
            line = raw.decode("utf-8", "replace").rstrip()
            if line.startswith(PROGRESS):
                yield line.removeprefix(PROGRESS)
            elif line:
                trouble.append(line)
        output, status = await document, await process.wait()
    finally:
        document.cancel()
        await _end(process)
    yield _measurement(output, status, trouble[-1] if trouble else "")


async def _end(process: Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _measurement(output: bytes, status: int, last_words: str) -> Measurement:
    if status == 0:
        return decode_json(output, Measurement)
    if status == 2:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            error = json.loads(output)["error"]
            raise InputError(error["title"], error["message"], error["hint"])
    how = f"signal {-status} ended it" if status < 0 else f"it ended with status {status}"
    said = f": {last_words}" if last_words else ""
    raise InputError("evaluation failed", f"the evaluating process did not finish, {how}{said}", "see `rwm-tui doctor`")
