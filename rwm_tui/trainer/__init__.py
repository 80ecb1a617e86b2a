"""The embedded trainer: world-model pretraining on MuJoCo, without Isaac Lab; ``python -m rwm_tui.trainer``."""
