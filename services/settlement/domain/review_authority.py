"""Which review authority (審査支払機関) a payer's receipts go through, read off the payer's number.

Owns the names of fee accounts. Refuses to know what the authorities charge: that is data (tariff).
"""

from typing import Final

SOCIAL: Final = "1"
"""社会保険診療報酬支払基金: employees' insurers and public programmes."""
NATIONAL: Final = "2"
"""国民健康保険団体連合会, followed by the two digits of its prefecture."""
FEE_ACCOUNT: Final = "fee:"
_NATIONAL_LAWS: Final = frozenset({"39", "67"})
"""法別番号 of eight-digit insurers that go through 国保連: 39 後期高齢者医療, 67 退職者医療."""
_SHORT: Final = 6


def review_authority(payer_number: str) -> str:
    """`1`, or `2` and the prefecture, of an insurer's or a public programme's number (6 or 8 digits).

    A six-digit number is a 国民健康保険 insurer's: prefecture, insurer, check digit. Of eight digits the first two are
    the law. A public programme (公費) is billed through either authority, as the receipt it stands on; its own number
    does not say which, so it counts as 支払基金's.

    Source: 保険者番号等の設定について (法別番号, 都道府県番号); 記録条件仕様 HO and KO records.
    """
    if len(payer_number) == _SHORT:
        return NATIONAL + payer_number[:2]
    if payer_number[:2] in _NATIONAL_LAWS:
        return NATIONAL + payer_number[2:4]
    return SOCIAL


def fee_account(authority: str) -> str:
    """The account that holds what an authority is owed in fees."""
    return FEE_ACCOUNT + authority
