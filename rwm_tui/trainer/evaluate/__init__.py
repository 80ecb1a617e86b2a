"""`python -m rwm_tui.trainer.evaluate`: how well a checkpoint's world model predicts what it was not trained on."""
