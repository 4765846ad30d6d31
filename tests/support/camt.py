"""camt.052 and camt.054 as ZEDI gives them, written by hand; the password of the header stands for one that leaks."""

from collections.abc import Sequence
from datetime import date

from tests.support.bank_statements import ACCOUNT, Line

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
PASSWORD = "S3CRET-OF-ZEDI"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"
HEADER = f"""{DECLARATION}<AppHdr xmlns="{NAMESPACE}head.001.001.01">
<Fr><FIId><FinInstnId><ClrSysMmbId><MmbId>9999</MmbId></ClrSysMmbId><Othr><Id>{PASSWORD}</Id></Othr></FinInstnId>
</FIId></Fr><To><FIId><FinInstnId><ClrSysMmbId><MmbId>9999</MmbId></ClrSysMmbId></FinInstnId></FIId></To>
<BizMsgIdr>M1</BizMsgIdr><MsgDefIdr>camt.052.001.02</MsgDefIdr><CreDt>2026-07-01T08:00:00Z</CreDt></AppHdr>
"""
ROOTS = {"camt.052": ("BkToCstmrAcctRpt", "Rpt"), "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}


def balance(code: str, yen: int, day: date, sign: str = "CRDT") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="JPY">{yen}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>{day.isoformat()}</Dt></Dt></Bal>'
    )


def entry(line: Line, status: str = "BOOK") -> str:
    """One movement; a cancelled one reverses."""
    sign = "CRDT" if (line.yen > 0) is not line.cancelled else "DBIT"
    back = "<RvslInd>true</RvslInd>" if line.cancelled else ""
    number = f"<AcctSvcrRef>{line.number}</AcctSvcrRef>" if line.number else ""
    remitter = f"<RltdPties><Dbtr><Nm>{line.name}</Nm></Dbtr></RltdPties>" if line.name else ""
    told = f"<RmtInf><Ustrd>{line.edi}</Ustrd></RmtInf>" if line.edi else ""
    details = f"<NtryDtls><TxDtls>{remitter}{told}</TxDtls></NtryDtls>" if remitter or told else ""
    more = f"<AddtlNtryInf>{line.narrative}</AddtlNtryInf>" if line.narrative else ""
    return (
        f'<Ntry><Amt Ccy="JPY">{abs(line.yen)}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{back}<Sts>{status}</Sts>'
        f"<BookgDt><Dt>{line.day.isoformat()}</Dt></BookgDt><ValDt><Dt>{line.day.isoformat()}</Dt></ValDt>{number}"
        f"<BkTxCd><Prtry><Cd>{line.dealing}</Cd></Prtry></BkTxCd>{details}{more}</Ntry>"
    )


def account_of(account: str) -> str:
    return (
        f"<Acct><Id><Othr><Id>{account[8:]}</Id></Othr></Id><Tp><Prtry>{account[7]}</Prtry></Tp><Ccy>JPY</Ccy><Svcr>"
        f"<FinInstnId><ClrSysMmbId><ClrSysId><Cd>JPZGN</Cd></ClrSysId><MmbId>{account[:4]}</MmbId></ClrSysMmbId>"
        f"</FinInstnId><BrnchId><Id>{account[4:7]}</Id></BrnchId></Svcr></Acct>"
    )


def message(kind: str, told: str) -> str:
    """One document of a kind with what it tells of accounts."""
    root, _ = ROOTS[kind]
    return (
        f'{DECLARATION}<Document xmlns="{NAMESPACE}{kind}.001.02"><{root}>'
        f"<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-07-01T08:00:00</CreDtTm></GrpHdr>{told}</{root}></Document>\n"
    )


def report(
    opening: int, entries: Sequence[str], closing: int, *, since: date, until: date, account: str = ACCOUNT
) -> str:
    """What a camt.052 tells of an account."""
    return (
        "<Rpt><Id>R1</Id><CreDtTm>2026-07-01T08:00:00</CreDtTm>"
        f"<FrToDt><FrDtTm>{since}T00:00:00</FrDtTm><ToDtTm>{until}T23:59:59</ToDtTm></FrToDt>"
        f"{account_of(account)}{balance('OPBD', opening, since)}{balance('CLBD', closing, until)}"
        f"{''.join(entries)}</Rpt>"
    )


def camt_052(opening: int, lines: Sequence[Line], *, since: date, until: date, account: str = ACCOUNT) -> bytes:
    """Header and statement behind one another."""
    closing = opening + sum(line.yen for line in lines)
    told = report(opening, [entry(line) for line in lines], closing, since=since, until=until, account=account)
    return (HEADER + message("camt.052", told)).encode()


def camt_054(lines: Sequence[Line], *, account: str = ACCOUNT) -> bytes:
    """Header and notice behind one another."""
    told = f"<Ntfctn><Id>N1</Id><CreDtTm>2026-07-01T08:00:00</CreDtTm>{account_of(account)}"
    entries = "".join(entry(line) for line in lines)
    return (HEADER.replace("camt.052", "camt.054") + message("camt.054", f"{told}{entries}</Ntfctn>")).encode()
