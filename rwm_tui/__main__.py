"""``python -m rwm_tui`` is ``rwm-tui``."""

import sys

from rwm_tui.cli import main

sys.exit(main())
