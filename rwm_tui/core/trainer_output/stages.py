"""The stages of a training run, in their order, and the console markers that prove them.

Markers: Isaac Lab 2.3's and 3.0's start-up lines and rsl_rl's own; the embedded trainer prints those that are true
of it.
"""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """How far a run has come. Members stand in the order in which a run passes them."""

    LAUNCHING = "launching"
    BOOTING_SIMULATOR = "booting-simulator"
    RESOLVING_CONFIG = "resolving-config"
    RUN_DIRECTORY_KNOWN = "run-directory-known"
    BUILDING_SCENE = "building-scene"
    STARTING_PHYSICS = "starting-physics"
    OBSERVATION_GROUPS_RESOLVED = "observation-groups-resolved"
    ENVIRONMENT_READY = "environment-ready"
    BUILDING_NETWORKS = "building-networks"
    TRAINING = "training"
    SAVING_CODE_STATE = "saving-code-state"
    TRAINING_COMPLETE = "training-complete"

    @property
    def title(self) -> str:  # type: ignore[override]  # str.title says nothing about a stage
        """The stage in words, for people."""
        return _TITLES[self]

    @property
    def order(self) -> int:
        """0 for the first. A run goes back from saving code state to training, and Isaac Lab 3 once to booting."""
        return _ORDER[self]


_TITLES = {
    Stage.LAUNCHING: "launching",
    Stage.BOOTING_SIMULATOR: "booting simulator",
    Stage.RESOLVING_CONFIG: "resolving configuration",
    Stage.RUN_DIRECTORY_KNOWN: "run directory known",
    Stage.BUILDING_SCENE: "building scene",
    Stage.STARTING_PHYSICS: "starting physics",
    Stage.OBSERVATION_GROUPS_RESOLVED: "observation groups resolved",
    Stage.ENVIRONMENT_READY: "environment ready",
    Stage.BUILDING_NETWORKS: "building networks",
    Stage.TRAINING: "collecting + updating",
    Stage.SAVING_CODE_STATE: "saving code state",
    Stage.TRAINING_COMPLETE: "training complete",
}
_ORDER = {stage: index for index, stage in enumerate(Stage)}

# What a line must begin with (blanks stripped) to prove a stage. "Training" has no line of its own: rollout and updates
# are silent, and the first iteration block proves it afterwards.
STAGE_MARKERS: tuple[tuple[str, Stage], ...] = (
    ("[INFO] Using python from:", Stage.LAUNCHING),
    ("[INFO] Using Python:", Stage.LAUNCHING),
    ("[INFO] rwm-tui embedded trainer (", Stage.LAUNCHING),
    ("[INFO][AppLauncher]:", Stage.BOOTING_SIMULATOR),
    ("[1/3] Launching simulation", Stage.BOOTING_SIMULATOR),
    ("[INFO]: Parsing configuration from:", Stage.RESOLVING_CONFIG),
    ("Exact experiment name requested from command line:", Stage.RUN_DIRECTORY_KNOWN),
    ("[2/3] Creating environment", Stage.BUILDING_SCENE),
    ("[INFO]: Base environment:", Stage.BUILDING_SCENE),
    ("[INFO]: Time taken for scene creation", Stage.STARTING_PHYSICS),
    ("[INFO]: Starting the simulation.", Stage.STARTING_PHYSICS),
    ("[INFO] Observation Manager:", Stage.OBSERVATION_GROUPS_RESOLVED),
    ("[INFO]: Completed setting up the environment", Stage.ENVIRONMENT_READY),
    ("[3/3] Preparing agent", Stage.BUILDING_NETWORKS),
    ("Resolved observation sets:", Stage.BUILDING_NETWORKS),
    ("Storing git diff for '", Stage.SAVING_CODE_STATE),
    ("Training time: ", Stage.TRAINING_COMPLETE),
)
