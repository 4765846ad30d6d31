"""Learns a ranking model from labelled mentions. The same mentions, master and seed give the same model.

First the order of candidates, then the judges of the ordered list, then how their judgement is told. All mentions
teach all of it: where one part needs what another says of a mention, it is told by what the other mentions taught.
"""

from collections.abc import Callable, Sequence
from typing import Final

from services.coding.domain.master import DiseaseMaster
from services.coding.domain.ranking import RankingModel
from services.coding.domain.retrieval import SpellingIndex
from services.coding.training.judging import judges_of
from services.coding.training.labelled import Labelled
from services.coding.training.lessons import Teaching, blinded, lesson_of
from services.coding.training.ordering import order_of
from services.coding.training.splits import SEED

HIDDEN_SHARE: Final = 0.1
"""Of the diseases whose synonyms are all hidden while their mentions are learned from: some of those that are asked."""
UNSEEN: Final = 1.0
"""The same for a model that is asked for diseases that nobody wrote about."""
PARTS: Final = 3


def learn(
    master: DiseaseMaster,
    mentions: Sequence[Labelled],
    seed: int = SEED,
    *,
    hidden_share: float = HIDDEN_SHARE,
    tell: Callable[[str], None] = lambda _: None,
) -> RankingModel:
    """The model. Minutes on two cores for twenty thousand mentions; `tell` hears what is done next."""
    coded = [mention for mention in mentions if mention.gold is not None]
    uncodable = [mention for mention in mentions if mention.gold is None]
    synonyms = {mention.text: mention.gold.code for mention in coded if mention.gold is not None}
    teaching = Teaching(seed=seed, hidden_share=hidden_share, parts=PARTS)
    tell(f"finding the candidates of {len(coded)} mentions of diseases and {len(uncodable)} others")
    index = SpellingIndex(master, synonyms)
    blind = blinded(coded, index, teaching)
    lesson, strangers = (lesson_of(each, index, teaching, blind) for each in (coded, uncodable))
    tell(f"learning to order {len(lesson.grades)} candidates")
    order = order_of(lesson, seed)
    tell("learning to judge what was ordered")
    judges = judges_of(lesson, strangers, order, index)
    return RankingModel(
        synonyms=synonyms,
        differences=order.whole.differences,
        grams=judges.signs.grams,
        gram_weights=judges.signs.gram_weights,
        signs=judges.signs.differences,
        order=order.whole.forest.model_to_string(),
        right=judges.right,
        codable=judges.codable,
        p=judges.p,
        sure=judges.sure,
        threshold=judges.threshold,
    )
