import pytest

from tests.contracts.eligibility.fakes import CoverageInMemory, DeterminationsInMemory
from tests.contracts.eligibility.suites import CoverageContract, DeterminationsContract


class TestCoverageInMemory(CoverageContract):
    @pytest.fixture
    def coverage(self) -> CoverageInMemory:
        return CoverageInMemory()


class TestDeterminationsInMemory(DeterminationsContract):
    @pytest.fixture
    def determinations(self) -> DeterminationsInMemory:
        return DeterminationsInMemory()
