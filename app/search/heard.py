"""How a French word sounds, roughly: who spells as they hear writes « dantiste », « fransai », « lojman »."""

import re
from functools import lru_cache

_RULES = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"[^a-z0-9]", ""),
        (r"ph", "f"),
        (r"sch|sh|ch", "S"),
        (r"h", ""),
        (r"eaux|eau|aux|au", "o"),
        (r"oeu|eu", "e"),
        (r"ou|oo|w", "U"),
        (r"gn", "N"),
        (r"qu|ck|cq|q", "k"),
        (r"sc(?=[eiy])|c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"ge(?=[ao])|g(?=[eiy])", "j"),
        (r"gu(?=[eiy])", "g"),
        (r"t(?=ion|iel|ieu)", "s"),
        (r"oin", "WI"),
        (r"oi|oy", "Wa"),
        (r"(?:ain|ein|aim|eim|im|in|ym|yn|un|um)(?![aeiouymnWU])", "I"),
        (r"(?:an|en|am|em)(?![aeiouymnWU])", "A"),
        (r"(?:on|om)(?![aeiouymnWU])", "O"),
        (r"ill", "y"),
        (r"ay|ey|ai|ei|er$|ez$|et$|es$", "e"),
        (r"y", "i"),
        (r"x", "ks"),
        (r"z", "s"),
        (r"(.)\1+", r"\1"),
        (r"[tdspe]+$", ""),
        (r"(.)\1+", r"\1"),
    )
]


@lru_cache(maxsize=50_000)
def sound(folded: str) -> str:
    """Key of a folded word, or of several joined without spaces: words that sound alike have the same, near enough.

    Capitals stand for sounds written with two letters. A word that nothing is heard of stays itself.
    """
    key = folded
    for pattern, heard in _RULES:
        key = pattern.sub(heard, key)
    return key or folded
