"""``python -m rwm_tui.trainer.evaluate``."""

import sys

from rwm_tui.trainer.evaluate.command_line import main

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a path may hold any bytes
    sys.exit(main(sys.argv[1:]))
