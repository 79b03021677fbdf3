"""Kinds of place that a name says. Two kinds are two places, whatever they share: a mairie is not the France services inside it."""

import re

_NAMES: tuple[tuple[str, str], ...] = (
    ("mairie", r"\bmairies?\b|\bhotel de ville\b"),
    ("ccas", r"\bc[ci]as\b"),
    ("france-services", r"\bfrance services?\b|\bmsap\b"),
    ("mission-locale", r"\bmission locale\b"),
    ("mds", r"\bmds\b|\bmaison(?: du departement)? des solidarites\b"),
    ("pmi", r"\bpmi\b"),
    ("centre-social", r"\bcentre social\b|\bespace de vie sociale\b"),
    ("france-travail", r"\bfrance travail\b|\bpole emploi\b"),
    ("cap-emploi", r"\bcap emploi\b"),
    ("caf", r"\bcaf\b"),
    ("cpam", r"\bcpam\b"),
    ("msa", r"\bmsa\b"),
    ("la-poste", r"\bla poste\b|\bagence postale\b|\bbureau de poste\b"),
    ("information-jeunesse", r"\binformation jeunesse\b|\binfo jeunes\b|\b[pb]ij\b"),
    ("lecture", r"\bmediatheque\b|\bbibliotheque\b|\bludotheque\b"),
    ("ecole", r"\becole\b|\bcollege\b|\blycee\b"),
    ("creche", r"\bcreche\b|\bmulti accueil\b|\bhalte garderie\b"),
    ("rpe", r"\brpe\b"),
    ("loisirs", r"\balsh\b"),
    ("mjc", r"\bmjc\b"),
    ("epn", r"\bepn\b|\bcyber ?base\b"),
    ("adil", r"\badil\b"),
    ("udaf", r"\budaf\b"),
    ("cidff", r"\bcidff\b"),
    ("point-budget", r"\bpcb\b"),
    ("fjt", r"\bfjt\b"),
    ("ehpad", r"\behpad\b"),
    ("clinique", r"\bhopital\b|\bcentre hospitalier\b|\bclinique\b"),
    ("prefecture", r"\b(?:sous )?prefecture\b"),
    ("epicerie", r"\bepicerie\b"),
    ("restos-du-coeur", r"\brestos? du coeur\b|\brestaurants du coeur\b"),
    ("secours-populaire", r"\bsecours populaire\b"),
    ("secours-catholique", r"\bsecours catholique\b"),
    ("croix-rouge", r"\bcroix rouge\b"),
    ("emmaus", r"\bemmaus\b"),
)
_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _NAMES)


def of_name(plain: str) -> frozenset[str]:
    """The kinds said by a levelled name (``naming.level``). « Mairie » beside another kind only tells where it is."""
    found = {kind for kind, pattern in _PATTERNS if pattern.search(plain)}
    return frozenset(found - {"mairie"} if len(found) > 1 else found)
