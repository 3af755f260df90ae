"""Readers that account for every field of an entry.

A `Reading` belongs to one entry and gathers what could not be read. An `XmlFields` wraps one element: each child and
attribute is taken, ignored with a reason, or left over; what is left over when the entry is done goes verbatim to
`Record.other`, and the record becomes partial. Strictness finds what we do not read; it never costs a designation.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from lxml import etree

from syncd.core.model import Gender, Part, PartialDate
from syncd.errors import MissingField, Unreadable
from syncd.formats.elements import is_blank, local, verbatim
from syncd.normalise import dates
from syncd.normalise.texts import tidied
from syncd.normalise.words import GENDERS, NO_GENDER

Value = TypeVar("Value")

OTHER_VALUE_CHARACTERS_MAX = 20_000


class Accountable(Protocol):
    """Fields of an entry that report those that no reader took."""

    def leave_over(self) -> None:
        """Report every field that no reader took."""
        ...


class Reading:
    """The account of one entry: fields that were not understood.

    `unreadable` are paths of fields whose value stands as published; `unknown` are fields that nobody knows;
    `kept` are fields that are known, have no place in the model and stand under `other` by intent. A feed sets `key` as
    soon as it has read the id (`identify`), so that an entry without a name is still known by it.

    `published` is the document's own date, as far as it is known when the entry is read: no birth is after it. When it
    decided how a value was read, `dated` is set, and the entry is read anew in the next document.
    """

    def __init__(self, published: str | None = None) -> None:
        self.unreadable: list[str] = []
        self.unknown: list[Part] = []
        self.kept: list[Part] = []
        self.key: str | None = None
        self.published_id: str | None = None
        self.published = published
        self.dated = False
        self._wrapped: list[Accountable] = []

    def value(
        self, path: str, read: Callable[[str], Value], published: str, otherwise: Callable[[str], Value]
    ) -> Value:
        """`read(published)`; when that raises Unreadable, `otherwise(published)`, and `path` is remembered."""
        try:
            return read(published)
        except Unreadable:
            self.unreadable.append(path)
            return otherwise(published)

    def text(self, path: str, read: Callable[[str], str], published: str) -> str:
        """A text such as a country code or an ISO date; stands as published when it cannot be read."""
        return self.value(path, read, published, lambda value: value)

    def date(self, path: str, read: Callable[[str], PartialDate], published: str) -> PartialDate:
        """A partial date; `PartialDate(text=published)` when it cannot be read."""
        return self.value(path, read, published, lambda value: PartialDate(text=value))

    def day(self, path: str, published: str | None) -> str | None:
        """The day of an act as `YYYY-MM-DD`; None without one. A text that is none stands under `other` by `path`."""
        if published is None:
            return None
        found = self.value(path, dates.day, published, lambda _: "")
        if not found:
            self.keep(path, published)
        return found or None

    def identify(self, feed: str, published: str, canonical_id: Callable[[str], str]) -> str:
        """The record's key, `<feed>:<canonical id>`. Raises MissingField when `canonical_id` does.

        The id as published is remembered when it is another text than the canonical one.
        """
        source_id = canonical_id(published)
        self.published_id = published if published != source_id else None
        self.key = f"{feed}:{source_id}"
        return self.key

    def word(self, path: str, words: Mapping[str, Value], published: str | None, otherwise: Value) -> Value:
        """Return the meaning of a word of a closed list, by the table `words` (keys in lower case), or `otherwise`.

        A word that the table lacks means `otherwise` too; it stands under `other` by `path`: the record is partial.
        """
        if published is not None and published in words:
            return words[published]
        if published is None or not (word := tidied(published).casefold()):
            return otherwise
        if word not in words:
            self.unknown_field(path, published)
            return otherwise
        return words[word]

    def genders(self, path: str, published: Iterable[str]) -> tuple[Gender, ...]:
        """The genders that `published` names, each once; a word that nobody knows is kept and said, as by `word`."""
        known = (text for text in published if tidied(text).casefold() not in NO_GENDER)
        found = (self.word(path, GENDERS, text, None) for text in known)
        return unique(gender for gender in found if gender)

    def keep(self, name: str, value: str | None) -> None:
        """A known field without a place in the model: it stands under `other`, and the record stays complete."""
        if value and value.strip() and (part := Part(name=name, value=value)) not in self.kept:
            self.kept.append(part)

    def unknown_field(self, name: str, value: str) -> None:
        """A field that nobody knows: it stands under `other`, and the record is partial."""
        self.unknown.append(Part(name=name, value=value[:OTHER_VALUE_CHARACTERS_MAX]))

    def account_for(self, fields: Accountable) -> None:
        """Have `fields` report those that no reader took, when the entry is done."""
        self._wrapped.append(fields)

    def xml(self, element: etree._Element) -> "XmlFields":
        """Return the fields of `element`, which account to this reading."""
        return XmlFields(element, self)

    def finish(self) -> None:
        """Gather the fields that no reader took. Called once, after the feed's `record`."""
        for fields in self._wrapped:
            fields.leave_over()

    @property
    def partial(self) -> bool:
        """Whether a value was unreadable or a field unknown."""
        return bool(self.unreadable or self.unknown)


class XmlFields:
    """One element whose children (by local name) and attributes are taken one by one.

    Texts are unescaped and tidied once, here (`normalise.texts`), so that no pattern sees them as published.
    A child that was taken as text must hold only text; one taken by `children` becomes an XmlFields that accounts for
    itself. Empty elements and attributes count as absent, and are never left over.
    """

    __slots__ = ("_attributes", "_children", "_own_text_taken", "_reading", "element", "name")

    def __init__(self, element: etree._Element, reading: Reading) -> None:
        self.element = element
        self.name = local(element.tag)
        self._reading = reading
        self._attributes: dict[str, str] = {local(name): value for name, value in element.items()}
        self._children: dict[str, list[etree._Element]] = {}
        for child in element:
            if isinstance(child.tag, str):
                self._children.setdefault(local(child.tag), []).append(child)
        self._own_text_taken = False
        reading.account_for(self)

    def attribute(self, name: str) -> str:
        """The value of an attribute; raises MissingField when absent or blank."""
        value = self.attribute_optional(name)
        if value is None:
            raise MissingField(f"<{self.name}> has no attribute {name}")
        return value

    def attribute_optional(self, name: str) -> str | None:
        """The tidied value of an attribute, None when absent or blank."""
        return _tidied(self._attributes.pop(name, None))

    def text(self, name: str) -> str:
        """The text of the only child `name`; raises MissingField when absent or blank."""
        value = self.text_optional(name)
        if value is None:
            raise MissingField(f"<{self.name}> has no <{name}>")
        return value

    def published(self, name: str) -> str:
        """The text of the only child `name` as published: an id, whose spelling is kept. Raises like `text`."""
        found = self._children.get(name, [])
        published = next((child.text for child in found if child.text and child.text.strip()), "")
        self.text(name)
        return published.strip()

    def text_optional(self, name: str) -> str | None:
        """The text of child `name`, None when absent or blank. A second one with text is left over."""
        found = self._children.pop(name, None)
        if not found:
            return None
        for child in found:
            self._account_for_leaf(child)
        filled = [text for child in found if (text := _tidied(child.text))]
        for extra in filled[1:]:
            self._reading.unknown_field(f"{self.name}/{name}", extra)
        return filled[0] if filled else None

    def texts(self, name: str) -> list[str]:
        """The texts of all children `name`, in order, blank ones left out."""
        found = self._children.pop(name, [])
        for child in found:
            self._account_for_leaf(child)
        return [text for child in found if (text := _tidied(child.text))]

    def children(self, name: str) -> list["XmlFields"]:
        """All children `name`, each of which then accounts for its own fields."""
        return [XmlFields(child, self._reading) for child in self._children.pop(name, [])]

    def child_optional(self, name: str) -> "XmlFields | None":
        """The only child `name`. A second one is left over."""
        found = self._children.pop(name, [])
        if len(found) > 1:
            self._children[name] = found[1:]
        return XmlFields(found[0], self._reading) if found else None

    def own_text(self) -> str | None:
        """The element's own text, None when blank."""
        self._own_text_taken = True
        return _tidied(self.element.text)

    def ignore(self, *names: str, why: str) -> None:
        """Fields (children or attributes) that say nothing about the target. `why` is for the reader of the feed."""
        assert why
        for name in names:
            self._attributes.pop(name, None)
            self._children.pop(name, None)

    def keep(self, *names: str) -> None:
        """Known fields without a place in the model: their text goes to `other` under their own name."""
        for name in names:
            self._reading.keep(name, self.attribute_optional(name))
            for value in self.texts(name):
                self._reading.keep(name, value)

    def leave_over(self) -> None:
        """Report everything that nobody took. Called by `Reading.finish`."""
        for name, value in self._attributes.items():
            if value.strip():
                self._reading.unknown_field(f"{self.name}/@{name}", value)
        for name, children in self._children.items():
            for child in children:
                if not is_blank(child):
                    self._reading.unknown_field(f"{self.name}/{name}", verbatim(child))
        own = self.element.text
        if not self._own_text_taken and own and own.strip():
            self._reading.unknown_field(self.name, own)
        for between in _texts_between(self.element):
            self._reading.unknown_field(self.name, between)

    def _account_for_leaf(self, child: etree._Element) -> None:
        """A child that is taken as text may not hide children or attributes of its own."""
        path = f"{self.name}/{local(child.tag)}"
        for grandchild in child:
            if isinstance(grandchild.tag, str) and not is_blank(grandchild):
                self._reading.unknown_field(f"{path}/{local(grandchild.tag)}", verbatim(grandchild))
        for between in _texts_between(child):
            self._reading.unknown_field(path, between)
        for name, value in child.items():
            if value.strip() and not name.startswith("{http://www.w3.org/"):
                self._reading.unknown_field(f"{path}/@{local(name)}", value)


def _tidied(published: str | None) -> str | None:
    """The text as patterns may see it, None when it is blank."""
    return tidied(published) or None if published else None


def _texts_between(element: etree._Element) -> Iterable[str]:
    """Texts that follow a child, which no reader of single fields takes."""
    return [child.tail for child in element if child.tail and child.tail.strip()]


def unique(values: Iterable[Value]) -> tuple[Value, ...]:
    """The values in order, each once."""
    found = tuple(values)
    # Most have one value or none, and hashing a name with its parts takes longer than reading it.
    return found if len(found) < 2 else tuple(dict.fromkeys(found))
