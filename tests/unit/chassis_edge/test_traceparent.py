from services.shared.chassis.traceparent import (
    is_raised,
    is_traceparent,
    new_traceparent,
    raise_flag,
    span_id_of,
    trace_id_of,
)

# The example of the W3C recommendation, section 3.2.
SAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
UNSAMPLED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"


def test_the_ids_are_where_w3c_puts_them() -> None:
    assert trace_id_of(SAMPLED) == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert span_id_of(SAMPLED) == "00f067aa0ba902b7"


def test_raising_the_flag_keeps_both_ids() -> None:
    assert raise_flag(UNSAMPLED) == SAMPLED


def test_a_raised_flag_stays_as_it_is_with_its_other_bits() -> None:
    random_and_sampled = SAMPLED[:-2] + "03"

    assert raise_flag(random_and_sampled) == random_and_sampled
    assert is_raised(random_and_sampled)


def test_an_empty_header_is_neither_raised_nor_a_traceparent() -> None:
    assert not is_raised("")
    assert not is_traceparent("")


def test_ids_of_zeros_capitals_and_other_versions_are_no_traceparent() -> None:
    assert is_traceparent(SAMPLED)
    assert not is_traceparent(SAMPLED.upper())
    assert not is_traceparent("00-" + "0" * 32 + "-00f067aa0ba902b7-01")
    assert not is_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01")
    assert not is_traceparent(SAMPLED + "-extra")


def test_a_new_traceparent_continues_the_trace_it_is_given() -> None:
    made = new_traceparent(raised=True, trace_id=int(trace_id_of(SAMPLED), 16))

    assert is_traceparent(made)
    assert trace_id_of(made) == trace_id_of(SAMPLED)
    assert span_id_of(made) != span_id_of(SAMPLED)
