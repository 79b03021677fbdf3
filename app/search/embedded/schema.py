"""The embedded index's fields, and a document as they hold it."""

from typing import Any

import tantivy

from app.search.analysis import FOLDED, STEMMED, Analysis, indexable
from app.search.embedded import columns
from app.search.facts import FACET_FIELDS, days_of, filter_values, has_point, packed, pk_of
from app.search.port import Document
from app.search.settings import TEXT_FIELDS

VERSION = 5
"""Raise it whenever a field or the analysis changes: every index is then made again."""

FILTERS = ("etat", "collectivite", "zones", "publics_admis", "lieu")
DEGREE = 10_000_000  # fixed point: about a centimetre


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
    for name in ("faits", "point", "fraicheur", *columns.COLUMNS):
        builder.add_unsigned_field(name, fast=True)
    for name in ("lat", "lon"):
        builder.add_float_field(name, fast=True)
    return builder.build()


def fields_of(document: Document, analysis: Analysis) -> dict[str, Any]:
    """`document` as the schema's fields, ready for JSON."""
    texts = {name: indexable(text) for name, text in document.texts.items()}
    everything = " ".join(texts.values())
    values = filter_values(document)
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
        **values,
        **columns.columns_of(values),
        "etat": state_of(document.genre, document.statut),
        **_numbers(document, pk),
    }


def state_of(genre: str, statut: str) -> str:
    """Both in one value: every search asks for both, and each query that nearly all documents match is dear."""
    return f"{genre}:{statut}"


def _numbers(document: Document, pk: int) -> dict[str, Any]:
    numbers: dict[str, Any] = {"faits": packed(document), "point": 0, "fraicheur": days_of(document) << 44 | pk >> 20}
    if has_point(document):
        latitude, longitude = float(document.latitude or 0), float(document.longitude or 0)
        numbers["point"] = round((latitude + 90) * DEGREE) << 32 | round((longitude + 180) * DEGREE)
        numbers |= {"lat": latitude, "lon": longitude}
    return numbers
