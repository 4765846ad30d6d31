"""The identifier screen of what may leave: each rule finds its form, and diagnoses pass."""

import pytest

from services.coding.domain.identifiers import RULES, IdentifierRule, identifier_in
from services.shared.kernel.folding import plain

FOUND = {
    IdentifierRule.LONG_NUMBER: [
        "湿疹 1234 5678 9012",
        "湿疹１２３４５６７",
        "123-456-7",
        "一二三四五六七八九〇一二",
        "湿疹12ab34cd56ef78gh90",
    ],
    IdentifierRule.TELEPHONE: ["03-123-456", "０３（１２）３４５", "連絡先電話", "TEL 110"],
    IdentifierRule.POSTAL_CODE: ["〒150", "〒"],
    IdentifierRule.NUMBERED: [
        "記号１２３",
        "番号:456",
        "ID 12345",
        "ＩＤ：９９９",
        "被保険者証",
        "カルテNo.4567",
        "証 # 123",
    ],
    IdentifierRule.DATE: [
        "昭和55年1月5日",
        "S55.1.5",
        "Ｈ１２／３／４生",
        "令和元年五月八日",
        "2024年5月7日",
        "1980/1/5",
        "一九八〇年一月五日",
        "5月7日受傷",
        "生年月日",
    ],
    IdentifierRule.ADDRESS: ["東京都港区在住", "神奈川県の湿疹", "芝3丁目", "港区芝1-2", "住所不定"],
    IdentifierRule.LABELLED_NAME: ["氏名:山田", "患者名 林", "主治医", "name: Taro", "お名前"],
    IdentifierRule.HONORIFIC: [
        "山田さん湿疹",
        "ヤマダ様",
        "田中様",
        "湿疹の佐藤君",
        "太郎くん",
        "花子ちゃん 発熱",
        "鈴木先生",
    ],
    IdentifierRule.FACILITY: ["山田病院より", "○○クリニック", "港医院"],
    IdentifierRule.MAIL: ["taro@example", "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ"],
    IdentifierRule.LINK: ["http://x", "www.evil", "example.jp"],
}


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in FOUND.items() for text in texts])
def test_each_rule_finds_its_form(rule: IdentifierRule, text: str) -> None:
    assert dict(RULES)[rule](plain(text))
    assert identifier_in(text) is not None


def test_every_rule_is_asked_in_the_order_of_precedence() -> None:
    assert [rule for rule, _ in RULES] == list(IdentifierRule)
    assert set(FOUND) == set(IdentifierRule)


@pytest.mark.parametrize(
    "text",
    [
        "湿疹",
        "腺様のう胞癌",
        "皮様のう腫",
        "COVID-19",
        "１型糖尿病",
        "第5腰椎圧迫骨折",
        "左第3趾骨骨折",
        "高血圧症（180/110）",
        "T1N2M0 胃癌",
        "S状結腸癌",
        "H1N1インフルエンザ",
        "てんかん様発作",
        "Clinically Amyopathic Dermatomyositis",
        "一過性脳虚血発作",
        "二次性高血圧",
    ],
)
def test_a_diagnosis_passes(text: str) -> None:
    assert identifier_in(text) is None
