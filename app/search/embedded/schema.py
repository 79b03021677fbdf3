"""The embedded index's fields, and a document as they hold it."""

from datetime import date
from hashlib import blake2b
from typing import Any

import tantivy

from app.search.analysis import FOLDED, STEMMED, Analysis, indexable
from app.search.port import Document
from app.search.settings import TEXT_FIELDS
from app.vocabulary import REFERENTIELS

VERSION = 2
"""Raise it whenever a field or the analysis changes: every index is then made again."""

ANY = "*"
"""Stands for "none given" in a field to filter by, so that absence can be asked for."""

FILTERS = ("genre", "statut", "collectivite", "zones", "publics_admis", "lieu")
FACET_FIELDS = {
    "categories": "categories",
    "thematiques": "thematiques",
    "publics": "publics_admis",
    "frais": "frais",
    "modes_accueil": "modes_accueil",
    "types": "type",
    "departements": "departement",
    "sources": "source",
}
ALL_PUBLICS = tuple(item.value for item in REFERENTIELS["publics"])
TOUS_PUBLICS = "tous-publics"

REMOTE, ONLY_REMOTE = 1, 2
DEGREE = 10_000_000  # fixed point: about a centimetre
EPOCH = date(1970, 1, 1)


def build() -> tantivy.Schema:
    """Text fields exist folded and stemmed (`_r`), with positions; `tout` holds every word, for spelling."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    for name in TEXT_FIELDS:
        builder.add_text_field(name, tokenizer_name=FOLDED)
        builder.add_text_field(f"{name}_r", tokenizer_name=STEMMED)
    builder.add_text_field("tout", tokenizer_name=FOLDED, index_option="basic")
    builder.add_text_field("tout_r", tokenizer_name=STEMMED, index_option="basic")
    for name in ("nom_exact", "structure_exacte", "code_insee", *FILTERS):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=name == "publics_admis")
    for name in sorted(set(FACET_FIELDS.values()) - {"publics_admis"}):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_unsigned_field("pk", indexed=True, fast=True)
    for name in ("faits", "point", "fraicheur"):
        builder.add_unsigned_field(name, fast=True)
    for name in ("lat", "lon"):
        builder.add_float_field(name, fast=True)
    return builder.build()


def pk_of(key: str) -> int:
    """64 bits that stand for a document's key in numeric columns; also the last tie-breaker of every order."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest())


def fields_of(document: Document, analysis: Analysis) -> dict[str, Any]:
    """`document` as the schema's fields, ready for JSON."""
    texts = {
        "nom": document.nom,
        "structure_nom": document.structure_nom,
        "mots": ". ".join(document.thematique_labels),  # the lexicon knows the everyday words
        "description": document.description,
        "commune": document.commune,
    }
    texts = {name: indexable(text) for name, text in texts.items()}
    everything = " ".join(texts.values())
    pk = pk_of(document.key)
    return {
        "key": document.key,
        "pk": pk,
        **texts,
        **{f"{name}_r": text for name, text in texts.items()},
        "tout": everything,
        "tout_r": everything,
        "nom_exact": analysis.name(document.nom),
        "structure_exacte": analysis.name(document.structure_nom),
        **_filters(document),
        **_numbers(document, pk),
    }


def _filters(document: Document) -> dict[str, Any]:
    open_to_all = not document.publics or TOUS_PUBLICS in document.publics
    values: dict[str, Any] = {
        "genre": document.genre,
        "statut": document.statut,
        "collectivite": document.collectivite,
        "zones": document.zones or (ANY,),
        "thematiques": document.thematiques,
        "categories": document.categories,
        # Whoever is asked for, what is open to all answers: its count per public says so too.
        "publics_admis": tuple(dict.fromkeys((*ALL_PUBLICS, *document.publics))) if open_to_all else document.publics,
        "frais": document.frais,
        "modes_accueil": document.modes_accueil,
        "type": document.type,
        "departement": document.departement,
        "source": document.source,
        "code_insee": document.code_insee,
        "lieu": "connu" if _has_point(document) else ANY,
    }
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value}


def _numbers(document: Document, pk: int) -> dict[str, Any]:
    """`faits` packs days since 1970, quality and remoteness into one column: reading a column is what costs."""
    days = max(1, (document.date_maj - EPOCH).days) if document.date_maj else 0
    quality = round(max(0.0, min(1.0, document.score_qualite)) * 255)
    remote = "a-distance" in document.modes_accueil
    flags = REMOTE * remote + ONLY_REMOTE * (remote and set(document.modes_accueil) == {"a-distance"})
    numbers: dict[str, Any] = {
        "faits": days << 16 | quality << 8 | flags,
        "point": 0,
        "fraicheur": days << 44 | pk >> 20,
    }
    if _has_point(document):
        latitude, longitude = float(document.latitude or 0), float(document.longitude or 0)
        numbers["point"] = round((latitude + 90) * DEGREE) << 32 | round((longitude + 180) * DEGREE)
        numbers |= {"lat": latitude, "lon": longitude}
    return numbers


def _has_point(document: Document) -> bool:
    return document.latitude is not None and document.longitude is not None
