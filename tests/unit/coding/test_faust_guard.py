from services.shared.chassis.faust_guard import Progress, Standing

P = ("coding.requested", 0)


def test_a_partition_that_keeps_its_offset_with_events_ahead_stands_still() -> None:
    progress = Progress()

    assert progress.observe(0.0, {P: Standing(committed=5, end=9)}) == 0.0
    assert progress.observe(4.0, {P: Standing(committed=5, end=12)}) == 4.0


def test_an_offset_that_moves_starts_the_count_anew_however_far_behind() -> None:
    progress = Progress()
    progress.observe(0.0, {P: Standing(committed=5, end=900)})

    assert progress.observe(50.0, {P: Standing(committed=6, end=990)}) == 0.0


def test_a_partition_without_events_may_rest_for_ever() -> None:
    progress = Progress()
    progress.observe(0.0, {P: Standing(committed=9, end=9)})

    assert progress.observe(1_000.0, {P: Standing(committed=9, end=9)}) == 0.0
    assert progress.observe(1_001.0, {P: Standing(committed=9, end=10)}) == 0.0


def test_time_without_an_answer_of_the_broker_does_not_count() -> None:
    progress = Progress()
    progress.observe(0.0, {P: Standing(committed=5, end=9)})
    progress.forget()

    assert progress.observe(100.0, {P: Standing(committed=5, end=9)}) == 0.0


def test_one_stalled_partition_is_enough() -> None:
    progress, other = Progress(), ("coding.requested", 1)
    progress.observe(0.0, {P: Standing(committed=5, end=9), other: Standing(committed=1, end=3)})

    assert progress.observe(3.0, {P: Standing(committed=5, end=9), other: Standing(committed=3, end=3)}) == 3.0
