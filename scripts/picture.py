"""Draw a screen of the app as SVG.

python scripts/picture.py LAUNCH_DIR TARGET.svg [--checklist]
python scripts/picture.py RUN_DIR TARGET.svg --compare OTHER_RUN_DIR
"""

import argparse
import asyncio
import os
from pathlib import Path

from rwm_tui.app import RwmTuiApp
from rwm_tui.core.compare.side import SidePaths
from rwm_tui.core.launch.follow import Follower
from rwm_tui.core.settings import locate_project
from rwm_tui.messages import AttachTo, ComparisonRequested, ReviewRun
from rwm_tui.widgets.compare_table import CompareTable
from rwm_tui.wiring import real_services

SIZE = (110, 32)
SETTLE_S = 4.0


async def draw(launch: Path, target: Path, *, checklist: bool) -> None:
    services = real_services(locate_project(Path.cwd(), os.environ))
    run_directory = Follower(launch).read().run_directory
    start = ReviewRun(Path(run_directory)) if checklist and run_directory else AttachTo(launch)
    async with RwmTuiApp(services, start).run_test(size=SIZE) as pilot:
        await pilot.pause(SETTLE_S)
        if checklist:
            await pilot.press("down", "down", "down")
            await pilot.pause()
        target.write_text(pilot.app.export_screenshot(title="rwm-tui"))


async def draw_comparison(left: Path, right: Path, target: Path) -> None:
    """With the cursor on the second curve that differs."""
    services = real_services(locate_project(Path.cwd(), os.environ))
    async with RwmTuiApp(services).run_test(size=SIZE) as pilot:
        await pilot.pause(SETTLE_S)
        pilot.app.post_message(ComparisonRequested(SidePaths(left, None), SidePaths(right, None)))
        await pilot.pause(SETTLE_S)
        while (line := pilot.app.screen.query_one(CompareTable).selected) and line.aspect.name != "curves":
            await pilot.press("right_square_bracket")
        await pilot.press("n", "n")
        await pilot.pause()
        target.write_text(pilot.app.export_screenshot(title="rwm-tui"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("launch", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--checklist", action="store_true")
    parser.add_argument("--compare", type=Path, metavar="OTHER_RUN_DIR")
    options = parser.parse_args()
    if options.compare:
        asyncio.run(draw_comparison(options.launch.absolute(), options.compare.absolute(), options.target))
        raise SystemExit
    asyncio.run(draw(options.launch.absolute(), options.target, checklist=options.checklist))
