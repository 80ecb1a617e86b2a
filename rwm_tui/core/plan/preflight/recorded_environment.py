"""What of this machine a launch writes down before it starts: a pure reading of the surroundings."""

import importlib.metadata
import os
import platform

from rwm_tui.core.launch.environment_record import EnvironmentRecord, Host, RecordedCheckout
from rwm_tui.core.plan.preflight.environment_checks import extension_version
from rwm_tui.core.plan.preflight.surroundings import EMBEDDED_PACKAGES, Surroundings
from rwm_tui.core.plan.upstream.checkout import Checkout
from rwm_tui.core.ports import DeviceDescription, NotAvailable
from rwm_tui.core.profile import ScaleProfile

ISAAC_LAB_PACKAGES = (
    "torch", "numpy", "isaacsim", "isaaclab", "isaaclab-rl", "isaaclab-tasks", "rsl-rl-lib", "mujoco", "warp-lang",
)  # fmt: skip
IN_CHECKOUT = ("isaaclab", "isaaclab-rl", "isaaclab-tasks")
MAX_CHANGED = 200
DISTRIBUTIONS = {"mujoco": ("mujoco", "mujoco-core")}
"""What a package is distributed as, where its name does not say."""


def environment_to_record(
    around: Surroundings, profile: ScaleProfile, device: DeviceDescription | NotAvailable
) -> EnvironmentRecord:
    """
    :param device: the GPU that a trainer of the profile would take.
    """
    host = Host(platform.node(), platform.platform(), os.cpu_count() or 0)
    if profile.backend == "embedded":
        return EnvironmentRecord(
            environment_kind="embedded",
            host=host,
            python=platform.python_version(),
            packages={name: _own_version(name) for name in EMBEDDED_PACKAGES},
            device=device,
            checkouts={},
        )
    return EnvironmentRecord(
        environment_kind=around.installation.kind,
        host=host,
        python=_python(around),
        packages={name: _version(around, name) for name in ISAAC_LAB_PACKAGES},
        device=device,
        checkouts={name: _checkout(found) for name, found in around.checkouts.items()},
    )


def _own_version(name: str) -> str | NotAvailable:
    for distribution in DISTRIBUTIONS.get(name, (name,)):
        try:
            return importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            continue
    return NotAvailable(f"{name} is not installed")


def _python(around: Surroundings) -> str | NotAvailable:
    """Major and minor version, as the folder of its packages is called."""
    packages = around.installation.site_packages
    return packages if isinstance(packages, NotAvailable) else packages.parent.name.removeprefix("python")


def _version(around: Surroundings, name: str) -> str | NotAvailable:
    """Of the checkout that runs, where there is one, else of the installed distribution."""
    root = around.installation.root
    if root and name in IN_CHECKOUT and (version := extension_version(root / "source" / name.replace("-", "_"))):
        return version
    packages = around.installation.site_packages
    if isinstance(packages, NotAvailable):
        return packages
    versions = around.imports.versions(name)
    if len(versions) > 1:
        return NotAvailable(f"{packages} names more than one version: {', '.join(versions)}")
    return versions[0] if versions else NotAvailable(f"{packages} names no version")


def _checkout(found: Checkout | NotAvailable) -> RecordedCheckout | NotAvailable:
    if isinstance(found, NotAvailable):
        return found
    return RecordedCheckout(str(found.path), found.commit, found.is_dirty, found.changed[:MAX_CHANGED])
