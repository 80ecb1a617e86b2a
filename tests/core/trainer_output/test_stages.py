from rwm_tui.core.trainer_output.stages import STAGE_MARKERS, Stage


def test_stages_are_ordered_from_launching_to_training_complete() -> None:
    assert [stage.order for stage in Stage] == list(range(len(Stage)))
    assert Stage.LAUNCHING.order < Stage.TRAINING.order < Stage.TRAINING_COMPLETE.order


def test_every_stage_has_words_for_people() -> None:
    titles = [stage.title for stage in Stage]
    assert len(set(titles)) == len(Stage)
    assert Stage.TRAINING.title == "collecting + updating"


def test_every_stage_but_training_has_a_marker() -> None:
    assert set(Stage) - {stage for _, stage in STAGE_MARKERS} == {Stage.TRAINING}
