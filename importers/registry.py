"""Every source Levier knows, and what a target names."""

from collections.abc import Sequence
from importlib import import_module
from pkgutil import iter_modules

from app.territory import gazetteer
from importers import sources
from importers.problems import UnknownTarget
from importers.source import Source


def discover() -> tuple[Source, ...]:
    """The `SOURCE` of each file of ``importers/sources/``: the country’s first, optional ones and the demonstration last."""
    found: list[Source] = [import_module(f"{sources.__name__}.{file.name}").SOURCE for file in iter_modules(sources.__path__)]
    return tuple(sorted(found, key=lambda source: (source.demonstration, source.optional, bool(source.departements), source.id)))


SOURCES = discover()


def resolve(target: str, *, with_file: bool = False, declared: Sequence[Source] = ()) -> tuple[list[Source], str | None]:
    """The sources that `target` names, and the only département to take from them.

    A source's id: that source, all of it. A département's code: every source that covers it but the demonstration; `with_file`,
    the one source of that département that the file must be of. `declared`: those described on screen, which count as well
    (`importers.declared.sources`). Raises UnknownTarget.
    """
    every = (*SOURCES, *declared)
    for source in every:
        if source.id == target:
            return [source], None
    try:
        code = departement(target)
    except UnknownTarget as problem:
        known = ", ".join(source.id for source in every)
        raise UnknownTarget(f"« {target} » n’est ni une source ({known}) ni le code d’un département.") from problem
    covering = [source for source in every if source.covers(code) and not source.demonstration]
    if not with_file:
        return covering, code
    own = [source for source in covering if source.departements]
    if len(own) != 1:
        known = ", ".join(source.id for source in covering)
        raise UnknownTarget(f"De quelle source est ce fichier ? Nommez-la à la place de « {target} » : {known}.")
    return own, code


def departement(told: str) -> str:
    """The code of a département as the gazetteer writes it: 04 for « 4 ». Raises UnknownTarget."""
    code = told.strip().upper()
    code = f"0{code}" if len(code) == 1 and code.isdigit() else code
    territory = gazetteer.load().territory(code)
    if territory is None or territory.kind != "departement":
        raise UnknownTarget(f"« {told} » n’est pas le code d’un département.")
    return code
