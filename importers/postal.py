"""The address in a cell that says more: a phone or a mail stand in it too."""

import re
from collections.abc import Sequence

from importers.mapping import Row, Rule

_WORD = r"(?:t[ée]l(?:[ée]phone)?s?|port(?:able)?|mobile|fax|e-?mail|m[ée]l|courriel|contact)"
_PHONE = re.compile(
    rf"[\s,;/|·–-]*(?:\b{_WORD}\s*[.:]*\s*)?((?:\+33\s?(?:\(0\)\s?)?|(?<!\d)0)[1-9](?:[ .-]?\d\d){{4}})(?!\d)", re.IGNORECASE
)
_MAIL = re.compile(rf"[\s,;/|·–-]*(?:\b{_WORD}\s*[.:]*\s*)?([^\s@,;:<>()]+@[^\s@,;<>()]+\.\w+)", re.IGNORECASE)


def address_in(columns: Sequence[str]) -> Rule:
    """The cells of these columns, without phones and mails."""
    return lambda row: _MAIL.sub("", _PHONE.sub("", _joined(row, columns))).strip(" ,;-–") or None


def phone_in(columns: Sequence[str]) -> Rule:
    return lambda row: (found := _PHONE.search(_joined(row, columns))) and found[1]


def mail_in(columns: Sequence[str]) -> Rule:
    return lambda row: (found := _MAIL.search(_joined(row, columns))) and found[1]


def _joined(row: Row, columns: Sequence[str]) -> str:
    return " ".join(filter(None, (row[column] for column in columns)))
