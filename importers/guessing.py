"""What a file's columns are, guessed from their names and from what they hold."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.hours import JOURS
from app.territory import gazetteer
from importers import cleaning
from importers.column_contents import SURE, Contents, contents_of
from importers.column_lists import chooses, needs_in, proposals, share_of_needs
from importers.column_words import EXACT, WITHIN, levelled, said
from importers.declaring import BY_NAME, FIELDS, Declaration, departements_of
from importers.everyday import proposed
from importers.guessing_address import address_among
from importers.guessing_groups import with_groups
from importers.readers import RawRow
from importers.sandbox import Opened

SAMPLE = 2000  # rows looked at, or nearly
OTHERS = 0.01  # share of rows from which another département is one of the file's, two rows at least
MOSTLY_NEEDS = 0.6  # share of cells that mean a need from which a column tells needs, whatever it is called
COUNTRY = 12  # départements from which a file is the country's
KIND_OF = {
    **{name: name for name in ("telephone", "courriel", "site_web", "code_postal", "code_insee", "commune", "siret")},
    **{"date_maj": "date", "lien_source": "site_web", "accessibilite_lieu": "site_web", "lien_mobilisation": "site_web"},
    "numero": "numero",
}
"""Fields whose cells have a look of their own: most cells must have it."""
LENIENT = frozenset({"siret", "date_maj", "commune", "code_postal"})  # often broken: where the name is plain, less than most will do
ALONE = (
    "courriel",
    "site_web",
    "telephone",
    "code_insee",
    "code_postal",
    "commune",
)  # told by what they hold, even in a column without a name
SEVERAL = frozenset({"telephone", "courriel", "site_web", "description", "thematiques", "publics", "frais", "date_maj"})


def guess(opened: Opened, sample: Sequence[RawRow], collectivite: str) -> Declaration:
    """How this file seems to say things; `sample` is its rows, or the first hundreds of them.

    Columns that fit nothing are left out. When no column looks like a name, the first of words is taken: the clerk corrects it.
    """
    every = [row.values for row in sample if row.problem is None]
    rows = every[:: max(1, len(every) // SAMPLE)]
    departements = departements_of(collectivite)
    columns = {column: contents_of((row.get(column) for row in rows), departements) for column in opened.columns}
    guessing = _Guessing({column: found for column, found in columns.items() if found.filled})
    guessing.all()
    champs = {champ.nom: tuple(guessing.champs[champ.nom]) for champ in FIELDS if guessing.champs.get(champ.nom)}
    champs.setdefault("nom", tuple(opened.columns[:1]) or ("nom",))
    territory = gazetteer.load().territory(collectivite)
    guessed = Declaration(
        nom=f"{territory.nom if territory else collectivite} : nouvelle source",
        collectivite=collectivite,
        departements=_departements(columns, champs, departements),
        sheet=opened.options.get("sheet"),
        champs=champs,
        cle=guessing.key(),
        valeurs=proposals(rows, champs),
    )
    return with_groups(guessed, sample, columns)


@dataclass
class _Guessing:
    """Fields given to columns, one after the other, the surest first; a column serves once."""

    columns: Mapping[str, Contents]
    champs: dict[str, list[str]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def all(self) -> None:
        self._places()
        self._days()
        for name in ("siret", "courriel", "telephone", "code_insee", "code_postal", "commune", "lien_mobilisation", "site_web"):
            self._look(name)
        for name in ("lien_source", "accessibilite_lieu", "date_maj"):
            self._look(name)
        self._told_by_contents()
        self._hours()
        self._address()
        self._name()
        self._town()
        for name in ("nom_service", "conditions_acces", "publics", "frais", "modes_accueil", "thematiques"):
            self._list(name)
        self._flags()
        self._told_by_words()
        self._texts()

    def take(self, name: str, columns: Iterable[str]) -> None:
        for column in columns:
            self.champs.setdefault(name, []).append(column)
            self.taken.add(column)

    def free(self) -> list[str]:
        return [column for column in self.columns if column not in self.taken]

    def _places(self) -> None:
        """Two columns of degrees, else one that holds both, else metres. What they hold decides which is which: names are often wrong."""
        if self._pair("latitude", "longitude"):
            return
        points = [column for column in self.free() if self.columns[column].is_mostly("point")]
        if points:
            self.take("latitude_longitude", [max(points, key=lambda c: (said("latitude_longitude", c), self.columns[c].filled))])
        else:
            self._pair("nord", "est")

    def _pair(self, south: str, west: str) -> bool:
        found = []
        for kind, name in ((south, "latitude"), (west, "longitude")):
            held = [column for column in self.columns if self.columns[column].is_mostly(kind)]
            named = [column for column in held if said("latitude", column) or said("longitude", column)]
            best = max(named or held, key=lambda column: self._believed(name, column), default=None)
            found.append(best)
        if found[0] is None or found[1] is None or found[0] == found[1]:
            return False
        if south == "nord" and not any(said(name, column) for name in ("latitude", "longitude") for column in found):
            return False  # whole numbers that nothing calls coordinates may be anything
        self.take("latitude", [found[0]])
        self.take("longitude", [found[1]])
        return True

    def _believed(self, name: str, column: str) -> tuple[float, float, float]:
        """Of two columns of degrees, that which is filled and precise: some say the same rough place everywhere."""
        held = self.columns[column]
        return round(held.filled / held.rows, 1), round(held.different / held.rows, 1), said(name, column)

    def _days(self) -> None:
        """A column a day, or two: none unless most days have one."""
        days = {jour: [c for c in self.free() if said(f"horaires_{jour}", c) and self._speaks_of_hours(c)] for jour in JOURS}
        if sum(map(bool, days.values())) >= 4:
            for jour, columns in days.items():
                self.take(f"horaires_{jour}", columns[:4])

    def _speaks_of_hours(self, column: str) -> bool:
        values = [str(value) for value in self.columns[column].values]
        closed = sum(value.strip().lower().startswith(("ferm", "clos")) for value in values)
        return self.columns[column].share("horaires") + closed / max(1, len(values)) >= SURE

    def _look(self, name: str) -> None:
        """Columns that are called so and hold such things; several of those that may be."""
        kind = KIND_OF[name]
        least = 0.3 if name in LENIENT else 0.5
        found = [
            (said(name, c), self.columns[c].share(kind), c) for c in self.free() if said(name, c) and self.columns[c].share(kind) >= least
        ]
        if name == "siret":  # those that a spreadsheet destroyed are said to be, one by one
            found = [
                (said(name, c), 1.0, c)
                for c in self.free()
                if said(name, c) and self.columns[c].share("nombre") + self.columns[c].share("siret") > 0
            ]
        best = sorted(found, key=lambda one: (said("ailleurs", one[2]) > 0, -one[0], -round(one[1], 1)))
        self.take(name, [column for *_, column in best][: 3 if name in SEVERAL else 1])

    def _told_by_contents(self) -> None:
        """What is still missing, and some column plainly holds."""
        for name in ALONE:
            if name not in self.champs and not (name == "code_postal" and "code_insee" in self.champs and "commune" in self.champs):
                kind, least = KIND_OF[name], 0.95 if name == "code_insee" else SURE  # postal codes too look like communes', here and there
                held = [c for c in self.free() if self.columns[c].share(kind) >= least and not self._is_named_otherwise(c, name)]
                best = sorted(
                    held, key=lambda c: (-round(self.columns[c].share(kind), 1), -self.columns[c].different, -self.columns[c].filled)
                )
                self.take(name, best[:1])

    def _is_named_otherwise(self, column: str, name: str) -> bool:
        """Does its header say plainly that it is something else?"""
        return any(said(other, column) == EXACT for other in (*BY_NAME, "cle") if other != name)

    def _hours(self) -> None:
        if any(name.startswith("horaires_") for name in self.champs):
            return
        words = [c for c in self.free() if self.columns[c].share("texte") > 0 and not self.columns[c].is_mostly("drapeau")]
        named = [(said("horaires_accueil", c), c) for c in words]
        found = [(how, c) for how, c in named if how and (self.columns[c].share("horaires") > 0.2 or self._variety(c) > 0.2)]
        self.take("horaires_accueil", [column for _, column in sorted(found, key=lambda one: -one[0])][:2])

    def _address(self) -> None:
        address, more = address_among(self.free(), self.columns)
        self.take("adresse", address)
        self.take("complement_adresse", more)

    def _name(self) -> None:
        """The column that is called so; else the first whose cells are words, short and mostly different."""
        short = [c for c in self.free() if self.columns[c].share("texte") >= 0.8 and self.columns[c].length < 120]
        words = [c for c in short if not self.columns[c].is_mostly("commune")] or short
        named = [(said("nom", c) + said("nom_service", c) * 0.5, self._variety(c), c) for c in words]
        best = sorted((one for one in named if one[0]), key=lambda one: -(one[0] + min(one[1], 0.9)))
        if best:
            self.take("nom", [best[0][2]])
            return
        like = [
            c
            for c in words
            if self._variety(c) > 0.6 and not self.columns[c].is_mostly("phrase") and not self._is_named_otherwise(c, "nom")
        ]
        self.take("nom", (like or words)[:1])

    def _town(self) -> None:
        """Nothing says where: a column of towns does, whatever it is called (« Lieu »)."""
        if not {"commune", "code_postal", "code_insee"} & self.champs.keys():
            towns = [c for c in self.free() if self.columns[c].is_mostly("commune")]
            self.take("commune", sorted(towns, key=lambda c: -self.columns[c].share("commune"))[:1])

    def _variety(self, column: str) -> float:
        return self.columns[column].different / max(1, self.columns[column].filled)

    def _list(self, name: str) -> None:
        """A service's columns. A list to choose from has few values; flags may stand under their own name."""
        found = []
        for column in self.free():
            held, how = self.columns[column], said(name, column)
            listed = held.is_mostly("drapeau") or held.share("texte") > 0.5
            if how and listed and (BY_NAME[name].referentiel is None or chooses(column, self.columns[column])):
                found.append((how, column))
        best = max((how for how, _ in found), default=WITHIN)
        kept = [column for how, column in found if how == best]
        flags = [column for column in kept if self.columns[column].is_mostly("drapeau")]
        self.take(name, self._family(kept) if name == "thematiques" else flags[:12] if BY_NAME[name].referentiel and flags else kept[:1])

    def _family(self, found: list[str]) -> list[str]:
        """Of the columns of needs, those that are one list, « QUALIF1 » to « QUALIF8 »; else that whose values tell most."""
        families: dict[str, list[str]] = {}
        for column in found:
            families.setdefault(re.sub(r"\d+", "", levelled(column)).strip(), []).append(column)

        def told(family: list[str]) -> tuple[int, int]:
            return len({need for column in family for need in needs_in(column, self.columns[column])}), len(family)

        return max(families.values(), key=told, default=[])[:12]

    def _flags(self) -> None:
        """A column a need, or a public, that says yes or nothing: its name tells which."""
        for name in ("thematiques", "publics"):
            if name in self.champs:
                continue
            flags = [c for c in self.free() if self.columns[c].is_mostly("drapeau") and not said("autre_liste", c)]
            found = {c: one for c in flags if (one := proposed(BY_NAME[name].referentiel or "", c))}
            if len(found) > 1 or any(one.sure and name == "thematiques" for one in found.values()):
                self.take(name, found)

    def _told_by_words(self) -> None:
        """A column of whatever name whose values mostly mean needs: « Type », « SS_CAT »."""
        if "thematiques" in self.champs:
            return
        lists = [
            c for c in self.free() if self.columns[c].share("texte") > 0.5 and chooses(c, self.columns[c]) and not said("autre_liste", c)
        ]
        shares = {c: share_of_needs(c, self.columns[c]) for c in lists if not self._is_named_otherwise(c, "thematiques")}
        best = max(shares, key=lambda c: shares[c], default=None)
        if best is not None and shares[best] >= MOSTLY_NEEDS:
            self.take("thematiques", [best])

    def _texts(self) -> None:
        """What presents the place; then long texts, whatever they are called."""
        found = [(said("description", c), self.columns[c].length, c) for c in self.free() if self.columns[c].share("texte") > 0.5]
        named = sorted((one for one in found if one[0] and one[1] > 8), key=lambda one: (-one[0], -one[1]))
        self.take("description", [column for *_, column in named][:3])
        if "description" not in self.champs:
            self.take("description", [column for *_, column in found if self.columns[column].share("phrase") > 0.5][:1])

    def key(self) -> tuple[str, ...]:
        """A column that is called an identifier, is filled everywhere and never says the same twice."""
        for column, held in self.columns.items():
            if said("cle", column) == EXACT and held.filled == held.rows == held.different and held.length < 60:
                return (column,)
        return ()


def _departements(columns: Mapping[str, Contents], champs: Mapping[str, Sequence[str]], own: tuple[str, ...]) -> tuple[str, ...]:
    """The collectivité's, and those of a good part of the rows."""
    told: Counter[str] = Counter()
    for column in [*champs.get("code_insee", ()), *champs.get("code_postal", ())][:1]:
        codes = filter(None, (cleaning.insee_code(value) for value in columns[column].values))
        told.update(code[:3] if code.startswith(("97", "98")) else code[:2] for code in codes)
    known = gazetteer.load()
    least = max(2, OTHERS * told.total())
    others = sorted(code for code, times in told.items() if times >= least and code not in own and known.territory(code))
    return own if len(others) > COUNTRY else (*own, *others)
