from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.coding.domain.gram_counts import KnownGrams
from services.coding.domain.letters import letters_of
from services.coding.domain.retrieval import grams

TEXTS = st.lists(st.text(alphabet="右左肺癌炎A𠮷", max_size=7), min_size=1, max_size=5)


@given(TEXTS, TEXTS)
def test_known_grams_are_counted_and_all_different_ones_are(known: list[str], asked: list[str]) -> None:
    counts, different = KnownGrams(letters_of(known)).counted(letters_of(asked))

    vocabulary = {gram for text in known for gram in grams(text)}
    for row, text in enumerate(asked):
        expected = Counter(gram for gram in grams(text) if gram in vocabulary)
        assert sorted(counts[[row]].data.tolist()) == sorted(expected.values())
    assert different.tolist() == [len(set(grams(text))) for text in asked]


@given(TEXTS)
def test_the_texts_themselves_are_counted_as_when_they_are_asked_for(texts: list[str]) -> None:
    known = KnownGrams(letters_of(texts))

    counts, _ = known.counted(letters_of(texts))

    assert (counts != known.counts).nnz == 0
    assert counts.sum() == sum(1 for text in texts for _ in grams(text))


def test_the_same_gram_has_one_column_in_all_texts() -> None:
    counts, _ = KnownGrams(letters_of(["肺癌", "肺炎"])).counted(letters_of(["右肺", "肺肺"]))

    assert counts[[0]].indices.tolist() == counts[[1]].indices.tolist()
    assert counts[[1]].data.tolist() == [2.0]
