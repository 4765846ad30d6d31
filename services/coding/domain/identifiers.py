"""The identifier screen of what may leave the platform: whether a mention looks as if it told who somebody is.

Claims has compared the text with its own patient before it came here; this screen knows no patient, so it looks for the
forms in which people are told apart. It errs on the side of yes: what it holds back is coded without a model. It cannot
find a bare name that nothing marks as one.
"""

import re
from collections.abc import Callable
from enum import Enum
from typing import Final

from services.shared.kernel.folding import has_long_run_of_digits, in_figures, letters, plain


class IdentifierRule(Enum):
    """What was found, in order of precedence. The value is what a metric may say."""

    LONG_NUMBER = "long_number"
    """Seven digits and more: 個人番号, telephone, payer's number."""
    TELEPHONE = "telephone"
    """A telephone number, however it is divided."""
    POSTAL_CODE = "postal_code"
    """〒 or three digits, a mark, four digits."""
    NUMBERED = "numbered"
    """記号, 番号, 保険者, ID and the like with digits behind them."""
    DATE = "date"
    """A day, by Christian or era year, in figures or 漢数字."""
    ADDRESS = "address"
    """A prefecture with a municipality, or a municipality with a block number."""
    LABELLED_NAME = "labelled_name"
    """氏名, 患者名 and the like."""
    HONORIFIC = "honorific"
    """さん, くん, ちゃん, or 様, 氏, 君 at the end after a family name."""
    FACILITY = "facility"
    """A hospital or clinic by name."""
    MAIL = "mail"
    """An e-mail address."""
    LINK = "link"
    """An address on the web."""


_TELEPHONE: Final = re.compile(r"(?<!\d)0\d{1,4}[\s\-()‐‑‒–—―−ー~.]{1,2}\d{1,4}[\s\-()‐‑‒–—―−ー~.]{1,2}\d{3,4}(?!\d)")
_POSTAL: Final = re.compile(r"〒|(?<![\d.])\d{3}[-‐‑‒–—―−ー]\d{4}(?!\d)")
_NUMBERED: Final = re.compile(
    r"(?:記号|番号|保険者|被保険者|証|NO\.?|#|カルテ|(?<![A-Z])ID)[\s:.・#ハノ-]{0,3}(?:NO\.?\s?)?\d{3,}"
    r"|(?:記号|保険者番号|被保険者|マイナンバー|個人番号|受給者番号|負担者番号)"
)
_ERA_DAY: Final = re.compile(
    r"(?:明治|大正|昭和|平成|令和|(?<![A-Z])[MTSHR])\s?\d{1,2}\s?(?:年|[./・-])\s?\d{1,2}(?:\s?(?:月|[./・-])\s?\d{1,2})?"
)
_DAY: Final = re.compile(
    r"(?<!\d)(?:19|20)\d{2}\s?[年./・-]\s?\d{1,2}\s?[月./・-]?(?:\s?\d{1,2})?|\d{1,2}月\s?\d{1,2}日|生年月日|(?:19|20)\d{2}年"
)
_PREFECTURE: Final = (
    "(?:北海道|東京都|京都府|大阪府|(?:青森|岩手|宮城|秋田|山形|福島|茨城|栃木|群馬|埼玉|千葉|神奈川|新潟|富山|石川|福井"
    "|山梨|長野|岐阜|静岡|愛知|三重|滋賀|兵庫|奈良|和歌山|鳥取|島根|岡山|広島|山口|徳島|香川|愛媛|高知|福岡|佐賀|長崎"
    "|熊本|大分|宮崎|鹿児島|沖縄)県)"
)
_ADDRESS: Final = re.compile(
    rf"{_PREFECTURE}|住所|\d+\s?丁目|\d+番地|[一-龥]{{1,6}}[市区町村郡][^\d]{{0,8}}\d{{1,3}}[-‐‑‒–—―−ー]\d"
)
_LABELLED: Final = re.compile(r"氏名|患者名|本人名|姓名|フリガナ|(?<![A-Z])NAME\s?[:=]|オ名前|担当医|主治医")
_HONORIFIC: Final = re.compile(
    r"[一-龥々ァ-ヺー]{1,6}\s?(?:サン|クン|チャン|サマ)(?=$|[^ァ-ヺー]|[ノハガニトヲヘモヨ])|[一-龥々ァ-ヺー]{2,6}\s(?:様|氏|君)|[ァ-ヺ]{2,8}\s?様(?=$|\s)"
)
_AT_THE_END: Final = re.compile(r"([一-龥々]{1,6})\s?(?:様|氏|君|殿|先生)$")
_FACILITY: Final = re.compile(r"病院|クリニック|診療所|医院|医療センター|HOSPITAL|CLINIC(?!AL)")
_MAIL: Final = re.compile(r"[A-Z0-9._%+-]+\s?@\s?[A-Z0-9-]+|@[A-Z0-9-]+\.[A-Z]{2,}")
_LINK: Final = re.compile(r"HTTPS?|FTP:|WWW\.|://|[A-Z0-9-]+\.(?:JP|COM|NET|ORG|IO|INFO|CO)(?![A-Z])")

_FAMILY_NAMES: Final = """
佐藤 鈴木 高橋 田中 伊藤 渡辺 渡邊 渡邉 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本
井上 木村 林 斎藤 斉藤 齋藤 清水 山崎 森 池田 橋本 阿部 石川 山下 中島 石井 小川 前田
岡田 長谷川 藤田 後藤 近藤 村上 遠藤 青木 坂本 福田 太田 西村 藤井 金子 岡本 藤原 中野
三浦 原田 中川 松田 竹内 小野 田村 中山 和田 石田 森田 上田 原 内田 柴田 酒井 宮崎 横山
高木 安藤 宮本 大野 小島 工藤 谷口 今井 高田 増田 丸山 杉山 村田 大塚 新井 小山 平野 藤本
河野 上野 野口 武田 松井 千葉 菅原 岩崎 久保 木下 佐野 野村 松尾 市川 菊地 杉本 古川 大西
島田 水野 桜井 高野 渡部 吉川 山内 西田 飯田 菊池 西川 小松 北村 安田 五十嵐 川口 平田 関
中田 久保田 服部 東 岩田 土屋 川崎 福島 本田 辻 樋口 秋山 田口 永井 中西 吉村 川上 石原
大橋 松岡 馬場 浅野 荒木 大久保 野田 小沢 田辺 川村 星野 黒田 堀 尾崎 望月 永田 松村 荒井
見本
"""
FAMILY_NAMES: Final = frozenset(_FAMILY_NAMES.split())
"""Frequent family names, which 様, 氏 and 君 at the end of a text must follow: 腺様 and 皮様 end diagnoses."""


def identifier_in(text: str) -> IdentifierRule | None:
    """The first rule that finds somebody in the text, in the order of IdentifierRule; None where none does."""
    written = plain(text)
    return next((rule for rule, finds in RULES if finds(written)), None)


def _is_numbered(written: str) -> bool:
    return bool(_NUMBERED.search(written))


def _has_telephone(written: str) -> bool:
    return bool(_TELEPHONE.search(written)) or "電話" in written or "TEL" in written.split()


def _has_postal_code(written: str) -> bool:
    return bool(_POSTAL.search(written))


def _has_day(written: str) -> bool:
    """A day in figures; 漢数字 are read as figures only where an era or 年 stands beside them."""
    figures = in_figures(written)
    return any(form.search(each) for each in (written, figures) for form in (_ERA_DAY, _DAY))


def _has_address(written: str) -> bool:
    return bool(_ADDRESS.search(written))


def _has_labelled_name(written: str) -> bool:
    return bool(_LABELLED.search(written))


def _has_honorific(written: str) -> bool:
    if _HONORIFIC.search(written):
        return True
    end = _AT_THE_END.search(written)
    return end is not None and any(end.group(1).startswith(name) for name in FAMILY_NAMES)


def _has_facility(written: str) -> bool:
    return bool(_FACILITY.search(written))


def _has_mail(written: str) -> bool:
    return bool(_MAIL.search(written))


def _has_link(written: str) -> bool:
    return bool(_LINK.search(written))


def _has_long_number(written: str) -> bool:
    return has_long_run_of_digits(in_figures(written)) or sum(map(str.isdigit, letters(written))) >= _MANY_DIGITS


_MANY_DIGITS: Final = 10
RULES: Final[tuple[tuple[IdentifierRule, Callable[[str], bool]], ...]] = (
    (IdentifierRule.LONG_NUMBER, _has_long_number),
    (IdentifierRule.TELEPHONE, _has_telephone),
    (IdentifierRule.POSTAL_CODE, _has_postal_code),
    (IdentifierRule.NUMBERED, _is_numbered),
    (IdentifierRule.DATE, _has_day),
    (IdentifierRule.ADDRESS, _has_address),
    (IdentifierRule.LABELLED_NAME, _has_labelled_name),
    (IdentifierRule.HONORIFIC, _has_honorific),
    (IdentifierRule.FACILITY, _has_facility),
    (IdentifierRule.MAIL, _has_mail),
    (IdentifierRule.LINK, _has_link),
)
