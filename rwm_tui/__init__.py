"""Launch, watch and judge pretraining of the Robotic World Model from a terminal."""

from rwm_tui.lean_imports import load_msgspec

load_msgspec()  # before any module of ours loads it
