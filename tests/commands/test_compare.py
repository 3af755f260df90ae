"""Documents in files, read without a ledger."""

import io

from syncd.commands.compare import read_document
from syncd.core.model import PartialDate, Record
from syncd.feeds import all_feeds

HEADER = "区分,番号,告示日付,告示番号,個人・団体,氏名（日本語）,氏名（英語）,生年月日\n"
ROW = "2,002-000002,2001.9.22,2,個人,アルド,ALDO,{}\n"


def test_nobody_is_born_later_than_today_in_a_document_without_a_date() -> None:
    found: list[Record] = []
    for born in ("2641年", "1961年"):
        body = f"{HEADER}{ROW.format(born)}".encode()
        read_document(all_feeds()["jp_mof"], lambda body=body: io.BytesIO(body), each=found.append)
    assert [record.birth_dates for record in found] == [(PartialDate(text="2641"),), (PartialDate(date="1961"),)]
    assert [record.completeness for record in found] == ["partial", "complete"]
