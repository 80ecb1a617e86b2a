"""An ANYmal-D-like quadruped on flat ground, written as MJCF from public figures.

Masses, inertias, offsets and limits are those of ANYbotics' public ``anymal_d`` description; default pose, gains and
effort limit are those of Isaac Lab's ``ANYMAL_D_CFG`` with its *simple* actuator model. The base counts as a uniform
box, and the other bodies' centres of mass lie in the middle of their collision shapes. Two things are left out and
change the dynamics: Isaac Lab's default actuator is an LSTM network of the real drive, and its simple one loses torque
with speed (a DC motor with saturation 120 Nm); here a torque is only clipped at the effort limit.
"""

from dataclasses import dataclass

LEGS = ("LF", "LH", "RF", "RH")
JOINT_KINDS = ("HAA", "HFE", "KFE")
# Isaac Lab's joint order: all HAA, then all HFE, then all KFE.
JOINT_NAMES = tuple(f"{leg}_{kind}" for kind in JOINT_KINDS for leg in LEGS)

SPAWN_HEIGHT_M = 0.6
STIFFNESS = 40.0
DAMPING = 5.0
EFFORT_LIMIT_NM = 80.0
PHYSICS_STEP_S = 0.005
FRICTION = 0.8

CONTACT_BODIES = ("base", *(f"{leg}_THIGH" for leg in LEGS), *(f"{leg}_FOOT" for leg in LEGS))


@dataclass(frozen=True)
class Leg:
    """One leg; ``front`` and ``side`` are +1 or -1 (front/hind, left/right)."""

    name: str
    front: int
    side: int


_LEGS = tuple(Leg(name, 1 if name[1] == "F" else -1, 1 if name[0] == "L" else -1) for name in LEGS)


def default_joint_position(joint: str) -> float:
    """Angle of a joint in the default pose, in rad."""
    front = 1.0 if joint[1] == "F" else -1.0
    return {"HAA": 0.0, "HFE": 0.4 * front, "KFE": -0.8 * front}[joint[3:]]


def joint_limits(joint: str) -> tuple[float, float]:
    """Hard position limits of a joint, in rad."""
    if joint.endswith("HAA"):
        return (-0.785, 0.611) if joint[0] == "L" else (-0.611, 0.785)
    return (-9.42, 9.42)


def mjcf() -> str:
    """The model as MJCF text: floor, robot, PD actuators in Isaac Lab's joint order, sensors of force.

    Friction cones are elliptic and stiff: with softer ones the feet creep apart and the soft joints
    fold under the robot.
    """
    legs = "".join(_leg(leg) for leg in _LEGS)
    return f"""<mujoco model="anymal_d_like">
  <compiler angle="radian" autolimits="true"/>
  <option timestep="{PHYSICS_STEP_S}" integrator="implicitfast" cone="elliptic" impratio="100">
    <flag autoreset="disable"/>
  </option>
  <default>
    <geom contype="1" conaffinity="0" friction="{FRICTION} 0.005 0.0001" mass="0"/>
    <general gainprm="{STIFFNESS}" biastype="affine" biasprm="0 -{STIFFNESS} -{DAMPING}"
             forcerange="-{EFFORT_LIMIT_NM} {EFFORT_LIMIT_NM}"/>
  </default>
  <worldbody>
    <geom name="floor" type="plane" size="0 0 1" contype="0" conaffinity="1"/>
    <body name="base" pos="0 0 {SPAWN_HEIGHT_M}">
      <freejoint name="root"/>
      <inertial pos="0 0 0" mass="26.58" diaginertia="0.203 1.916 1.828"/>
      <geom type="box" size="0.447 0.081 0.128"/>
{legs}    </body>
  </worldbody>
  <actuator>
{"".join(f'    <general name="{joint}" joint="{joint}"/>{chr(10)}' for joint in JOINT_NAMES)}  </actuator>
  <sensor>
{"".join(f'    <actuatorfrc actuator="{joint}"/>{chr(10)}' for joint in JOINT_NAMES)}\
{"".join(f'    <contact body1="{body}" data="force" reduce="netforce"/>{chr(10)}' for body in CONTACT_BODIES)}\
  </sensor>
</mujoco>
"""


def _leg(leg: Leg) -> str:
    front, side, name = leg.front, leg.side, leg.name
    return f"""      <body name="{name}_HIP" pos="{0.304 * front} {0.109 * side} 0">
        <joint name="{name}_HAA" axis="1 0 0" {_range(name, "HAA")}/>
        <inertial pos="0 0 0" mass="0.366" diaginertia="0.00056 0.00044 0.00024"/>
        <body name="{name}_THIGH" pos="{0.069 * front} {0.006 * side} 0">
          <joint name="{name}_HFE" axis="0 1 0" {_range(name, "HFE")}/>
          <inertial pos="0 {0.09 * side} -0.142" mass="5.132" diaginertia="0.109 0.108 0.0097"/>
          <geom type="box" size="0.0465 0.0315 0.1425" pos="0 {0.09 * side} -0.142"/>
          <body name="{name}_SHANK" pos="0 {0.1805 * side} -0.285">
            <joint name="{name}_KFE" axis="0 1 0" {_range(name, "KFE")}/>
            <inertial pos="{0.05 * front} {-0.007 * side} -0.181" mass="0.796" diaginertia="0.0189 0.0175 0.0017"/>
            <geom type="capsule" size="0.0175" fromto="{0.01 * front} 0 -0.04 {0.085 * front} {-0.012 * side} -0.31"/>
            <body name="{name}_FOOT" pos="{0.1 * front} {-0.014 * side} -0.362">
              <geom type="sphere" size="0.0315"/>
            </body>
          </body>
        </body>
      </body>
"""


def _range(leg: str, kind: str) -> str:
    low, high = joint_limits(f"{leg}_{kind}")
    return f'range="{low} {high}"'
