"""Spellings that people teach the coder, over TLS on a real database, and what the coder makes of them."""

from typing import Any

import pytest

from services.cli.failures import ExitCode
from services.coding.adapters.postgres_synonyms import SynonymReader
from services.coding.domain.coding import Route
from services.coding.entrypoints.learned import SynonymWatch
from tests.integration.coding_reviews.conftest import Site, request, rows_of

CATARACT = "3669004"


async def synonyms(site: Site, name: str, *arguments: str) -> list[dict[str, Any]]:
    return rows_of(await site.typed(name, *arguments, "--json", group="synonyms"))


async def decided_once(site: Site) -> str:
    """A person decides that しろそこひ is a cataract; the item."""
    await site.take_in(request(1, "しろそこひ"))
    [item] = rows_of(await site.typed("sato", "list", "--json"))
    await site.typed("sato", "take", item["item_id"])
    resolved = await site.typed("sato", "resolve", item["item_id"], "--code", CATARACT, "--why", "古い呼び名")
    assert resolved.exit_code == 0, resolved.output
    return str(item["item_id"])


async def routes(site: Site, number: int, text: str) -> list[Route]:
    decided = await site.coder.decide([request(number, text)])
    return [line.route for line in decided[0].codings]


async def test_a_spelling_is_learned_after_two_approvals_and_forgotten_when_it_is_withdrawn(site: Site) -> None:
    watch = SynonymWatch(reader=SynonymReader(site.database), coder=site.coder)
    await watch.take_in()
    item = await decided_once(site)
    [proposed] = await synonyms(
        site, "sato", "propose", "しろそこひ", "--code", CATARACT, "--why", "古い呼び名", "--item", item
    )
    await synonyms(site, "suzuki", "approve", proposed["synonym_id"])
    await watch.take_in()
    before = await routes(site, 2, "左しろそこひ")
    [approved] = await synonyms(site, "tanaka", "approve", proposed["synonym_id"])
    await watch.take_in()
    learned = await routes(site, 2, "左しろそこひ")
    [withdrawn] = await synonyms(site, "sato", "withdraw", proposed["synonym_id"], "--why", "別の病気にも使う")
    await watch.take_in()

    assert [each["state"] for each in (proposed, approved, withdrawn)] == [
        "SYNONYM_STATE_PROPOSED",
        "SYNONYM_STATE_IN_FORCE",
        "SYNONYM_STATE_WITHDRAWN",
    ]
    assert approved["trial"] == {"asked": 1, "support": 1, "better": 1, "worse": 0}
    assert (before, learned) == ([Route.UNRESOLVED], [Route.DECOMPOSED])
    assert await routes(site, 2, "左しろそこひ") == [Route.UNRESOLVED]
    assert [each["state"] for each in await synonyms(site, "sato", "list")] == ["SYNONYM_STATE_WITHDRAWN"]
    assert await synonyms(site, "sato", "list", "--state", "in-force") == []


async def test_what_nobody_decided_so_fails_its_trial(site: Site) -> None:
    [proposed] = await synonyms(site, "sato", "propose", "しろそこひ", "--code", CATARACT, "--why", "古い呼び名")
    await synonyms(site, "suzuki", "approve", proposed["synonym_id"])
    [failed] = await synonyms(site, "tanaka", "approve", proposed["synonym_id"])

    assert failed["state"] == "SYNONYM_STATE_FAILED"
    assert await SynonymReader(site.database).learned() == {}


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (
            ("propose", "高血圧症", "--code", CATARACT, "--why", "x"),
            ExitCode.USAGE,
            "is a name of the disease master",
        ),
        (("propose", "しろそこひ", "--code", "9999999", "--why", "x"), ExitCode.USAGE, "is no code of the disease"),
        (("approve", f"syn_{0:032x}"), ExitCode.NOT_FOUND, ""),
    ],
)
async def test_what_may_not_be_is_refused_with_its_reason(
    site: Site, arguments: tuple[str, ...], exit_code: ExitCode, said: str
) -> None:
    refused = await site.typed("sato", *arguments, group="synonyms")

    assert (refused.exit_code, said in refused.output) == (exit_code, True)


async def test_nobody_approves_his_own_proposal(site: Site) -> None:
    [proposed] = await synonyms(site, "sato", "propose", "しろそこひ", "--code", CATARACT, "--why", "古い呼び名")
    refused = await site.typed("sato", "approve", proposed["synonym_id"], group="synonyms")

    assert refused.exit_code == ExitCode.REFUSED
    assert "nobody approves what he proposed" in refused.output
