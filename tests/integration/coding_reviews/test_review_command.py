"""`seikyu review` against the served queue: a reviewer's day at a terminal, and what programs read."""

from tests.integration.coding_reviews.conftest import Site, request, rows_of


async def test_a_reviewer_takes_what_is_due_first_decides_it_by_its_number_and_sees_it_told(site: Site) -> None:
    await site.take_in(request(1, "膝関節湿疹", "高血圧症"))
    taken = await site.typed("sato", "take")
    resolved = await site.typed("sato", "resolve", "--candidate", "1")
    shown = await site.typed(
        "sato", "show", rows_of(await site.typed("sato", "list", "--state", "resolved", "--json"))[0]["item_id"]
    )

    assert taken.exit_code == 0
    assert "膝関節湿疹   男 60-69, treated 202610, line 1, hospital 1310000003" in taken.output
    assert "the coder reads 6923002 湿疹" in taken.output
    assert "assigned sato until" in taken.output
    assert resolved.output.startswith("膝関節湿疹: 6923002 湿疹")
    assert resolved.output.endswith("1640 膝関節\n")
    assert "resolved" in shown.output
    assert "sato" in shown.output
    assert "高血圧症" in shown.output


async def test_a_code_of_ones_own_stands_with_its_modifiers_and_a_reason(site: Site) -> None:
    await site.take_in(request(1, "謎の病"))
    await site.typed("sato", "take")
    without = await site.typed("sato", "resolve", "--code", "3669004", "--modifier", "2049")
    resolved = await site.typed(
        "sato", "resolve", "--code", "3669004", "--modifier", "8002", "--modifier", "2049", "--why", "紹介状", "--json"
    )

    assert without.exit_code == 2
    assert "why: is asked of what is no candidate" in without.output
    [told] = rows_of(resolved)
    assert [each["code"] for each in told["decision"]["coded"]["modifiers"]] == ["2049", "8002"]
    assert told["decision"]["why"] == "紹介状"
    assert told["item"]["state"] == "REVIEW_STATE_RESOLVED"


async def test_what_has_no_code_and_what_is_no_diagnosis_are_decided_in_words(site: Site) -> None:
    await site.take_in(request(1, "謎の病"), request(2, "何かの話"))
    decided = []
    for option in ("--not-codable", "--no-diagnosis"):
        await site.typed("sato", "take")
        decided.append((await site.typed("sato", "resolve", option, "--why", "マスターになし")).output)

    assert sorted(line.partition(": ")[2] for line in decided) == ["cannot be coded\n", "no diagnosis\n"]


async def test_a_refused_code_is_named_by_field(site: Site) -> None:
    await site.take_in(request(1, "謎の病"))
    await site.typed("sato", "take")
    refused = await site.typed("sato", "resolve", "--code", "9999999", "--why", "x")

    assert refused.exit_code == 2
    assert "coded.disease_code: is no code of the disease master" in refused.output


async def test_items_are_passed_on(site: Site) -> None:
    await site.take_in(request(1, "謎の病"))
    [item] = rows_of(await site.typed("sato", "take", "--json"))
    released = await site.typed("sato", "release")
    await site.typed("sato", "take")
    skipped = await site.typed("sato", "skip")
    nothing = await site.typed("sato", "take")
    await site.typed("suzuki", "take")
    escalated = await site.typed("suzuki", "escalate", "--note", "分類が分かれる")
    refused = await site.typed("suzuki", "take", item["item_id"])

    assert released.output == f"{item['item_id']} is open\n"
    assert skipped.output == f"{item['item_id']} is open\n"
    assert (nothing.exit_code, "nothing waits for you" in nothing.output) == (5, True)
    assert escalated.output == f"{item['item_id']} is escalated\n"
    assert refused.exit_code == 1
    assert "second person" in refused.output


async def test_a_lost_item_is_refused_and_says_what_to_do(site: Site) -> None:
    await site.take_in(request(1, "謎の病"))
    [item] = rows_of(await site.typed("sato", "take", "--json"))
    refused = await site.typed("suzuki", "resolve", item["item_id"], "--not-codable", "--why", "x")
    none = await site.typed("suzuki", "skip")

    assert refused.exit_code == 1
    assert "another person holds this item" in refused.output
    assert none.exit_code == 2
    assert "you hold no item" in none.output


async def test_the_list_shows_a_table_and_programs_get_an_object_a_line(site: Site) -> None:
    await site.take_in(request(1, "膝関節湿疹"), request(2, "謎の病"))
    shown = await site.typed("sato", "list")
    rows = rows_of(await site.typed("sato", "list", "--limit", "1", "--json"))
    mine = await site.typed("sato", "list", "--mine")
    both = await site.typed("sato", "list", "--mine", "--state", "open")

    assert "6923002 湿疹" in shown.output
    assert "謎ノ病" in shown.output
    assert len(rows) == 1
    assert mine.output == "nothing waits\n"
    assert both.exit_code == 2


async def test_a_viewer_may_not_look_at_the_queue(site: Site) -> None:
    assert (await site.typed("kato", "list", role="viewer")).exit_code == 4


async def test_options_that_contradict_each_other_are_refused(site: Site) -> None:
    codes = [
        (await site.typed("sato", "resolve", *options)).exit_code
        for options in (
            [],
            ["--candidate", "1", "--code", "3669004"],
            ["--not-codable", "--modifier", "2049"],
            ["--candidate", "1", "--modifier", "2049", "--no-modifiers"],
        )
    ]

    assert codes == [2, 2, 2, 2]


async def test_a_reviewer_may_work_in_japanese(site: Site) -> None:
    await site.take_in(request(1, "膝関節湿疹"))
    listed = await site.typed("sato", "list", "--lang", "ja")
    taken = await site.typed("sato", "take", "--lang", "ja")
    skipped = await site.typed("sato", "skip", "--lang", "ja")
    nothing = await site.typed("sato", "list", "--state", "resolved", "--lang", "ja")

    assert "確認待ちの傷病名" in listed.output
    assert "未着手" in listed.output
    assert "担当中 sato" in taken.output
    assert "自動コード化の読み 6923002 湿疹" in taken.output
    assert skipped.output.endswith(" 未着手\n")
    assert nothing.output == "確認待ちの案件はありません\n"
