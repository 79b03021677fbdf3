"""Suggestions under a field while it is typed in: groups of options, the same for every field (``static/combobox.js``)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """One suggestion. Choosing it opens `href` or, without one, writes `value` in the field."""

    label: str
    note: str = ""
    href: str = ""
    value: str = ""


@dataclass(frozen=True)
class Group:
    """Options of one kind, under their title."""

    title: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Listbox:
    """What ``_partials/listbox.html`` shows under the field whose id is `field`.

    `more`: address of slower options, to be asked for once these are shown; theirs are numbered from `first`.
    """

    field: str
    groups: tuple[Group, ...]
    more: str = ""
    first: int = 1
