import pytest

from services.settlement.domain.bank.characters import Alphabet, NotWritable, fitted, loose_mark, read, written


@pytest.mark.parametrize(
    ("text", "half"),
    [
        ("ガッコウ", "ｶﾞﾂｺｳ"),
        ("ぱーくどおり", "ﾊﾟ-ｸﾄﾞｵﾘ"),
        ("キャノン", "ｷﾔﾉﾝ"),
        ("ヨーコ", "ﾖ-ｺ"),
        ("ヴァイオレット", "ｳﾞｱｲｵﾚﾂﾄ"),
        ("ﾖｰｺ ｶﾞｯｺｳ", "ﾖ-ｺ ｶﾞﾂｺｳ"),
        ("Ａｂｃ（カ）．１２", "ABC(ｶ).12"),
    ],
)
def test_names_are_written_in_large_half_width_kana(text: str, half: str) -> None:
    assert written(text, Alphabet.NAME) == half.encode("cp932")


@pytest.mark.parametrize(
    ("text", "alphabet", "place"),
    [
        ("ビョウイン東", Alphabet.NAME, 5),
        ("ガ,ガ", Alphabet.NAME, 1),
        ("ヲノ", Alphabet.NAME, 0),
        ("(カ)", Alphabet.BANK, 0),
        ("アﾞ", Alphabet.NAME, 1),
        ("カ゚", Alphabet.NAME, 1),
        ("é", Alphabet.NAME, 0),
        ("タ\nタ", Alphabet.NAME, 1),
    ],
)
def test_what_has_no_form_is_refused_with_its_place_and_not_with_its_text(
    text: str, alphabet: Alphabet, place: int
) -> None:
    with pytest.raises(NotWritable) as caught:
        written(text, alphabet)

    assert caught.value.place == place
    assert text not in str(caught.value)


def test_edi_takes_what_names_do_not() -> None:
    assert written("ヲ/\\｢ｱ｣", Alphabet.EDI) == "ｦ/\\｢ｱ｣".encode("cp932")


def test_a_cut_never_parts_a_kana_from_its_mark() -> None:
    name = written("ガガガ", Alphabet.NAME)

    assert fitted(name, 8) == "ｶﾞｶﾞｶﾞ  ".encode("cp932")
    assert fitted(name, 5) == "ｶﾞｶﾞ ".encode("cp932")
    assert fitted(name, 4) == "ｶﾞｶﾞ".encode("cp932")


@pytest.mark.parametrize(("field", "place"), [("ｶﾞ", None), ("ｱﾞ", 1), ("ｶﾟ", 1), ("ﾞ", 0), ("ﾊﾟﾟ", 2), ("ｳﾞﾊﾟ", None)])
def test_a_mark_follows_a_kana_that_can_carry_it(field: str, place: int | None) -> None:
    assert loose_mark(field.encode("cp932")) == place


def test_every_byte_of_an_alphabet_reads_as_the_character_that_writes_it() -> None:
    plain = [bytes([code]) for code in range(256) if Alphabet.NAME.not_allowed.search(bytes([code])) is None]
    carried = [each for each in plain if each not in (b"\xde", b"\xdf", b" ")]

    assert [written(read(each), Alphabet.NAME) for each in carried] == carried
    assert len(plain) == 45 + 2 + 26 + 10 + 5
