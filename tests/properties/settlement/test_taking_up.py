"""Over any run of months of a hospital: what it is owed can be paid after the next close, and nothing is paid twice.

The oracle is a purse: it knows what the hospital is owed and has got, and no statement.
"""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from services.settlement.domain.netting import Side, UnpaidStatement, net, taken_up
from services.shared.kernel.money import Yen

adds = st.tuples(st.just("add"), st.integers(-500, 500))
steps = st.lists(
    adds
    | st.tuples(st.sampled_from(["propose", "settle", "give_back", "abandon"]), st.integers(0, 9))
    | st.tuples(st.just("close"), st.just(0)),
    max_size=60,
)
OPEN = ("unpaid", "proposed", "returned")


@dataclass(slots=True)
class Hospital:
    """Its statements by number with what became of them, beside the purse."""

    owed: int = 0
    got: int = 0
    fresh: int = 0
    carried: int = 0
    yen: list[int] = field(default_factory=list)
    state: list[str] = field(default_factory=list)
    paid_for: list[int] = field(default_factory=list)

    def among(self, *states: str) -> list[int]:
        return [number for number, state in enumerate(self.state) if state in states]

    def sum_of(self, *states: str) -> int:
        return sum(self.yen[number] for number in self.among(*states))

    @property
    def balance(self) -> int:
        return self.owed - self.got

    def add(self, yen: int) -> None:
        self.owed += yen
        self.fresh += yen

    def propose(self, one: int) -> None:
        """What the balance covers beside what is under way; whatever is asked for otherwise is refused."""
        payable = [each for each in self.among("unpaid") if self.yen[each] <= self.balance - self.sum_of("proposed")]
        self._become(payable, one, "proposed")

    def settle(self, one: int) -> None:
        made = [each for each in self.among("proposed") if self.yen[each] <= self.balance]
        if (number := self._become(made, one, "settled")) is not None:
            self.got += self.yen[number]
            self.paid_for.append(number)

    def give_back(self, one: int) -> None:
        if (number := self._become(self.among("settled"), one, "returned")) is not None:
            self.got -= self.yen[number]
            self.paid_for.remove(number)

    def abandon(self, one: int) -> None:
        self._become(self.among("proposed", "returned"), one, "unpaid")

    def close(self, _one: int = 0) -> None:
        unpaid = [UnpaidStatement(statement_id=str(n), period="", yen=Yen(self.yen[n])) for n in self.among("unpaid")]
        under_way = self.sum_of("proposed", "returned")
        taken = taken_up(balance_yen=self.balance, under_way_yen=under_way, unpaid=unpaid)
        for each in taken:
            self.state[int(each.statement_id)] = "taken up"
        netted = net(Side.HOSPITAL, brought_yen=self.carried + sum(each.yen for each in taken), new_yen=self.fresh)
        self.carried, self.fresh = netted.carried_yen, 0
        self.yen.append(netted.payable_yen)
        self.state.append("unpaid" if netted.payable_yen else "empty")

    def _become(self, numbers: list[int], one: int, state: str) -> int | None:
        if not numbers:
            return None
        number = numbers[one % len(numbers)]
        self.state[number] = state
        return number


def lived(plan: list[tuple[str, int]]) -> Hospital:
    hospital = Hospital()
    for what, which in plan:
        getattr(hospital, what)(which)
    return hospital


@given(plan=steps)
def test_after_a_close_unpaid_statements_ask_for_just_what_the_hospital_is_owed(plan: list[tuple[str, int]]) -> None:
    hospital = lived(plan)
    hospital.close()

    assert hospital.sum_of("unpaid") == max(hospital.balance - hospital.sum_of("proposed", "returned"), 0)


@given(plan=steps)
def test_no_yen_is_payable_twice_and_none_is_lost(plan: list[tuple[str, int]]) -> None:
    hospital = lived(plan)

    payable = hospital.sum_of(*OPEN, "settled")
    assert payable - hospital.got + hospital.carried + hospital.fresh == hospital.balance
    assert sorted(hospital.paid_for) == sorted(set(hospital.paid_for)) == hospital.among("settled")
    assert hospital.got == hospital.sum_of("settled")


@given(plan=steps)
def test_a_hospital_that_stopped_claiming_gets_all_that_it_is_owed(plan: list[tuple[str, int]]) -> None:
    hospital = lived(plan)
    while hospital.among("proposed", "returned"):
        hospital.abandon(0)
    hospital.close()
    while hospital.among("unpaid"):
        hospital.propose(0)
        hospital.settle(0)

    assert hospital.balance == min(hospital.balance, 0)
