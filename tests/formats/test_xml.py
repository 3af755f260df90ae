"""XML documents are split into entries safely, or refused with a reason that a person can act on."""

import gc
import io
from collections.abc import Iterator

import pytest
from lxml import etree

from syncd.errors import AnotherDocument, DocumentRefused
from syncd.formats.xml import raw, split_elements

BOMB = """<?xml version="1.0"?>
<!DOCTYPE list [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>
<list><entry>&c;</entry></list>"""
REFUSED = {
    "an entity bomb": (BOMB, "DTD"),
    "a DTD": ("<!DOCTYPE list SYSTEM 'x.dtd'><list><entry/></list>", "DTD"),
    "an entity that names a file": (
        "<!DOCTYPE list [<!ENTITY f SYSTEM 'file:///etc/hostname'>]><list><entry>&f;</entry></list>",
        "DTD",
    ),
    "an unknown entity": ("<list><entry>&nbsp;</entry></list>", "cut off or damaged"),
    "nothing": ("", "not the XML document <list>"),
    "white space": (" \n", "not the XML document <list>"),
    "text": ("Service unavailable", "not the XML document <list>"),
    "half a document": ("<list><entry>1</entry>\n<entry>2</en", "cut off or damaged at line 2"),
    "a document without its end": ("<list><entry>1</entry><entry>2</entry>", "cut off or damaged"),
    "something after the end": ("<list><entry>1</entry></list><list/>", "cut off or damaged"),
    "a page": ("<html><body>Maintenance</body></html>", "root is <html>"),
    "the list inside something else": ("<wrap><list><entry>1</entry></list></wrap>", "root is <wrap>, not <list>"),
    "a prefix that nobody declared": ("<its:list><entry>1</entry></its:list>", "root is <its:list>, not <list>"),
    "entries of another root": ("<other><entry>1</entry></other>", "root is <other>, not <list>"),
}


def entries(document: str | bytes, **more: bool) -> Iterator[etree._Element]:
    body = document.encode() if isinstance(document, str) else document
    return split_elements(io.BytesIO(body), root="list", tags=["entry"], **more)


def texts(document: str | bytes) -> list[str | None]:
    return [one.text for one in entries(document) if etree.QName(one).localname == "entry"]


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_the_list_is_refused_and_the_reason_said(case: str) -> None:
    document, reason = REFUSED[case]
    with pytest.raises(DocumentRefused) as refusal:
        list(entries(document))
    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    "case", ["a page", "the list inside something else", "a prefix that nobody declared", "entries of another root"]
)
def test_another_root_is_another_document_which_another_vocabulary_may_know(case: str) -> None:
    with pytest.raises(AnotherDocument):
        list(entries(REFUSED[case][0]))


@pytest.mark.parametrize("case", ["half a document", "a DTD", "nothing"])
def test_a_damaged_list_is_not_another_document(case: str) -> None:
    with pytest.raises(DocumentRefused) as refusal:
        list(entries(REFUSED[case][0]))
    assert not isinstance(refusal.value, AnotherDocument)


def test_entries_before_the_cut_are_given_and_then_the_document_is_refused() -> None:
    found = []
    with pytest.raises(DocumentRefused):
        for one in entries("<list><entry>1</entry><entry>2</entry><ent"):
            found.append(one.tag)
    assert found[:1] == ["list"]


def test_the_root_comes_first_with_its_attributes() -> None:
    first = next(entries('<list date="2026-01-01"><entry/></list>'))
    assert (first.tag, first.get("date")) == ("list", "2026-01-01")


def test_entries_are_found_by_their_local_names() -> None:
    document = '<x:list xmlns:x="urn:a"><x:entry>1</x:entry><entry xmlns="urn:b">2</entry><entry>3</entry></x:list>'
    assert texts(document) == ["1", "2", "3"]


def test_a_comment_or_an_instruction_cuts_no_text_in_two() -> None:
    assert texts("<list><!-- a --><entry>Ka<!-- b -->to <?c d?>Mio</entry></list>") == ["Kato Mio"]


def test_cdata_and_character_references_are_text() -> None:
    assert texts("<list><entry><![CDATA[A & B]]> &#x416; &amp;</entry></list>") == ["A & B \u0416 &"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_a_document_is_read_in_the_encoding_that_it_states(encoding: str) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?><list><entry>José</entry></list>'
    assert texts(document.encode(encoding)) == ["José"]


def test_bytes_that_are_not_the_stated_encoding_are_refused() -> None:
    with pytest.raises(DocumentRefused):
        texts("<list><entry>José</entry></list>".encode("iso-8859-1"))


def test_memory_does_not_grow_with_the_document() -> None:
    def most(count: int) -> int:
        document = "<list>" + "".join(f"<entry>{number}</entry>" for number in range(count)) + "</list>"
        found = entries(document)
        root = next(found)
        return max(len(root) for _ in found)

    assert most(40_000) <= most(10_000) + 1


def test_quoting_and_character_references_leave_the_bytes_equal() -> None:
    """Quotes of attributes and ways to write a character do not show in the bytes."""

    def bytes_of(document: str, **more: bool) -> list[bytes]:
        return [raw(one) for one in entries(document, **more)][1:]

    assert bytes_of('<list><entry a="1">&#233;</entry></list>') == bytes_of("<list><entry  a='1' >é</entry></list>")
    laid_out, plain = "<list><entry>\n  <a>1</a>\n</entry></list>", "<list><entry><a>1</a></entry></list>"
    assert bytes_of(laid_out) != bytes_of(plain)
    assert bytes_of(laid_out, keep_indentation=False) == bytes_of(plain, keep_indentation=False)
    assert bytes_of("<list><entry>1</entry><entry>2</entry></list>") != bytes_of(plain)


@pytest.mark.parametrize("text", ["<a é='1' b='é'/>", "<a b='1' é='\"'>é</a>", "<a b='é'>é &amp; \"é\"<ü>x</ü></a>"])
def test_an_element_with_any_name_can_be_read_again(text: str) -> None:
    element = etree.fromstring(text)
    again = etree.fromstring(raw(element))
    assert etree.tostring(again, encoding="unicode") == etree.tostring(element, encoding="unicode")


def test_the_bytes_of_an_element_with_plain_names_are_ascii() -> None:
    assert raw(etree.fromstring("<a b='é' c='1'>\" é &amp; é</a>")).isascii()


def test_nothing_of_a_document_waits_until_circles_are_looked_for() -> None:
    """The parser process does not look for them: what is in one stays in memory until its end."""
    document = b"<LIST>" + b"<ENTRY><NAME>x</NAME></ENTRY>" * 2_000 + b"</LIST>"
    is_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        before = _elements()
        assert len([None for _ in split_elements(io.BytesIO(document), root="LIST", tags=["ENTRY"])]) == 2_001
        assert _elements() == before
    finally:
        if is_enabled:
            gc.enable()


def _elements() -> int:
    return sum(isinstance(one, etree._Element) for one in gc.get_objects())
