"""Small masters with official names, codes and days of validity: facts of the masters of 2022 and 2024."""

from datetime import date

from services.coding.domain.naming.listed import Listed, NameKind, NameMaster
from services.shared.kernel.months import Month

APRIL = Month(2024, 4)
JUNE = Month(2024, 6)


def drug(code: str, name: str, product: str = "", *, generic: str = "", valid_to: date = date.max) -> Listed:
    return Listed(
        code=code,
        names=(name, product or name),
        valid_from=date(2024, 4, 1),
        valid_to=valid_to,
        generic_name=generic,
        generic_code="2171022F6ZZZ" if generic else "",
    )


def act(code: str, short: str, full: str = "", former: tuple[str, ...] = ()) -> Listed:
    return Listed(
        code=code, names=(short, full or short), valid_from=date(2024, 6, 1), valid_to=date.max, former=former
    )


GENERIC = "【般】アムロジピン口腔内崩壊錠１０ｍｇ"
DRUGS = NameMaster(
    kind=NameKind.DRUG,
    version="drugs-test",
    rows=(
        drug("622269701", "アムロジピンＯＤ錠１０ｍｇ「ＹＤ」", generic=GENERIC),
        drug("622415901", "アムロジピンＯＤ錠１０ｍｇ「トーワ」", generic=GENERIC),
        drug("610432025", "カルタン錠５００　５００ｍｇ", "カルタン錠５００"),
        drug("622315400", "シンバスタチン５ｍｇ錠"),
        drug("622124601", "ロラタジンＯＤ錠１０ｍｇ「ＮＰ」"),
        drug("621233201", "プロカイン塩酸塩注射液　１％１ｍＬ", "プロカイン塩酸塩注射液"),
        drug("641210032", "プロカイン塩酸塩注射液　１％１０ｍＬ", "プロカイン塩酸塩注射液"),
        drug("662640418", "リンデロン－ＶＧ軟膏０．１２％"),
        drug("620594801", "消毒用アルコール配合液「ＮＰ」"),
        drug("610412126", "トリアゾラム錠０．１２５ｍｇ「ＥＭＥＣ」", valid_to=date(2024, 9, 30)),
    ),
)
ACTS = NameMaster(
    kind=NameKind.PROCEDURE,
    version="acts-test",
    rows=(
        act("140002610", "脳室穿刺（処置）", "脳室穿刺"),
        act("160096010", "脳室穿刺（検査）", "脳室穿刺"),
        act("150181210", "小腸切除術（その他）", "小腸切除術（その他のもの）"),
        act("160064010", "肺拡散能力検査"),
        act("111703270", "医療情報取得加算（初診）", former=("医療情報取得加算２（初診）",)),
        act("170013450", "造影剤注入手技（気管内）", "造影剤注入手技（気管内注入）"),
    ),
)
