"""Every page of Levier, in what it may show: what the screenshots and the checks of every page go through."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from playwright.sync_api import Page

KEEPERS = ("gestionnaire", "administrateur")
EVERYONE = ("conseiller", *KEEPERS)
STRANGER = (None,)
TURNS = count()

NOT_PAGES = {
    "/",  # leads to the search
    "/recherche/export.{ending}",
    "/fiches/export.{ending}",
    "/recherche/trajets",
    "/recherche/carte",
    "/recherche/carte/fond/{code}",
    "/suggestions",
    "/lieux",
    "/lieux/adresses",
    "/imports/depots/{deposit_id}/carte",
}
"""Addresses that answer a file, data, or a piece of a page."""


@dataclass(frozen=True)
class View:
    """A page in one of its states. `base`: which server shows it. `act`: what is done there before looking.

    `address` may hold ``{names}`` that the base gives. Seen by the first of `roles` in every state, by the others on one screen.
    """

    name: str
    route: str
    address: str
    roles: tuple[str | None, ...] = EVERYONE
    base: str = "full"
    act: Callable[[Page], None] | None = None
    status: int = 200


def _refused(button: str, **typed: str) -> Callable[[Page], None]:
    """Fill fields by their name, send the form whatever the browser thinks of it."""

    def act(page: Page) -> None:
        for name, value in typed.items():
            page.locator(f'main [name="{name}"]').first.fill(value)
        page.locator("form[method=post]").evaluate_all("forms => forms.forEach(form => form.noValidate = true)")
        with page.expect_navigation():
            page.get_by_role("button", name=button, exact=True).first.click()

    return act


def _refused_sign_in(page: Page) -> None:
    """As somebody else each time: a person who tries again and again is made to wait."""
    _refused("Se connecter", courriel=f"inconnu-{next(TURNS)}@example.org", mot_de_passe="une phrase inventée")(page)


SEARCH, SHEET, EDIT = "/recherche", "/services/{listing_id:path}", "/services/{listing_id:path}/modifier"
STRUCTURE, EDIT_STRUCTURE = "/structures/{listing_id:path}", "/structures/{listing_id:path}/modifier"
CONTACT, EDIT_CONTACT, NEW_CONTACT = "/contacts/{listing_id}", "/contacts/{listing_id}/modifier", "/contacts/nouveau"
RUN, UNDO, DEPOSIT, DROP = "/imports/{run_id}", "/imports/{run_id}/annuler", "/imports/depots/{deposit_id}", "/imports/nouveau"
ROW = "/imports/{run_id}/lignes/{row_id}"
PAIR, NEW_PASSWORD, FORGOTTEN = "/doublons/{pair_id}", "/mot-de-passe/nouveau", "/mot-de-passe/oublie"

VIEWS = (
    View("besoins", SEARCH, "/recherche"),
    View("resultats", SEARCH, "/recherche?q=enfants&lieu=digne&rayon=100&besoins=famille&tri=distance"),
    View("resultats-corriges", SEARCH, "/recherche?q=gade+d%27enfants&lieu=digne"),
    View("resultats-mille", SEARCH, "/recherche?q=permanence&lieu=digne&rayon=100"),
    View("resultats-mille-dernieres", SEARCH, "/recherche?q=permanence&lieu=digne&rayon=100&page=40"),
    View("resultats-lieux", SEARCH, "/recherche?lieu=Aiglun+(04)&onglet=lieux"),
    View("resultats-mairies", SEARCH, "/recherche?q=mairie"),
    View("resultats-plusieurs-besoins", SEARCH, "/recherche?q=permis+et+garde+d%27enfants&lieu=digne"),
    View("resultats-nom-long", SEARCH, "/recherche?q=agirabcd&lieu=Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson"),
    View("resultats-nom-long-partout", SEARCH, "/recherche?q=agirabcd"),
    View("resultats-departement", SEARCH, "/recherche?q=enfants&lieu=04"),
    View("resultats-adresse", SEARCH, "/recherche?q=enfants&lieu=digne&code=04070&point=04070,44.095,6.241"),
    View("resultats-adresse-inconnue", SEARCH, "/recherche?q=enfants&lieu=digne&code=04070&point=04070"),
    View("aucun-resultat", SEARCH, "/recherche?q=ubaye&lieu=Digne-les-Bains&rayon=10"),
    View("aucun-resultat-mot-inconnu", SEARCH, "/recherche?q=xqzvwkj"),
    View("quel-lieu", SEARCH, "/recherche?q=enfants&lieu=saint-denis"),
    View("lieu-inconnu", SEARCH, "/recherche?lieu=Xqzvwkj"),
    View("service", SHEET, "/services/essai--s1"),
    View("service-nom-long", SHEET, "/services/essai--long"),
    View("structure", STRUCTURE, "/structures/essai--1"),
    View("structure-nom-long", STRUCTURE, "/structures/essai--agir"),
    View("structure-abri", STRUCTURE, "/structures/essai--abri"),
    View("structure-mairie", STRUCTURE, "/structures/essai--mairie"),
    View("modifier-service", EDIT, "/services/essai--s2/modifier", KEEPERS),
    View("modifier-service-nom-long", EDIT, "/services/essai--long/modifier", KEEPERS[1:]),
    View(
        "modifier-service-refuse",
        EDIT,
        "/services/essai--s2/modifier",
        KEEPERS,
        act=_refused("Enregistrer", courriel="accueil@", telephone="12"),
        status=422,
    ),
    View("modifier-structure", EDIT_STRUCTURE, "/structures/essai--abri/modifier", KEEPERS),
    View("contacts", "/contacts", "/contacts"),
    View("contacts-commune", "/contacts", "/contacts?lieu=Barcelonnette"),
    View("contacts-commune-sans-contact", "/contacts", "/contacts?lieu=Tours"),
    View("contacts-lieu-inconnu", "/contacts", "/contacts?lieu=Xqzvwkj"),
    View("contacts-quel-lieu", "/contacts", "/contacts?lieu=saint-denis"),
    View("contact", CONTACT, "/contacts/essai-c1"),
    View("modifier-contact", EDIT_CONTACT, "/contacts/essai-c1/modifier", KEEPERS),
    View("nouveau-contact", NEW_CONTACT, "/contacts/nouveau?collectivite=04D", KEEPERS),
    View(
        "nouveau-contact-refuse",
        NEW_CONTACT,
        "/contacts/nouveau?collectivite=04D",
        KEEPERS,
        act=_refused("Enregistrer", nom=""),
        status=422,
    ),
    View("fiches", "/fiches", "/fiches?statut=publiee", KEEPERS),
    View("fiches-mille", "/fiches", "/fiches?texte=permanence", KEEPERS),
    View("fiches-aucune", "/fiches", "/fiches?texte=xqzvwkj", KEEPERS),
    View("imports", "/imports", "/imports", KEEPERS),
    View("import", RUN, "/imports/1", KEEPERS),
    View("import-echoue", RUN, "/imports/{failed}", KEEPERS),
    View("import-applique", RUN, "/imports/{applied}", KEEPERS),
    View("import-retenu", RUN, "/imports/{held}", KEEPERS),
    View("import-lignes-rejetees", RUN, "/imports/{rejecting}", KEEPERS),
    View("corriger-ligne", ROW, "{row}", KEEPERS),
    View(
        "corriger-ligne-refusee",
        ROW,
        "{row}",
        KEEPERS[:1],
        act=_refused("Vérifier et enregistrer", c3="Nulle-Part-des-Essais"),
        status=422,
    ),
    View("corriger-ligne-d-un-autre", ROW, "/imports/1/lignes/1", KEEPERS[:1], status=403),
    View("annuler-import", UNDO, "/imports/{applied}/annuler", KEEPERS),
    View("deposer", DROP, "/imports/nouveau", KEEPERS),
    View("deposer-refuse", DROP, "/imports/nouveau", KEEPERS[:1], act=_refused("Lire le fichier"), status=422),
    View("depot-colonnes", DEPOSIT, "{mapped}", KEEPERS),
    View("depot-essai", DEPOSIT, "{tried}", KEEPERS),
    View("doublons", "/doublons", "/doublons", KEEPERS),
    View("doublons-aucun", "/doublons", "/doublons?etat=fusionne", KEEPERS),
    View("doublon", PAIR, "/doublons/1", KEEPERS),
    View("connexion", "/connexion", "/connexion", STRANGER),
    View(
        "connexion-refusee",
        "/connexion",
        "/connexion",
        STRANGER,
        act=_refused_sign_in,
        status=422,
    ),
    View("mot-de-passe-oublie", FORGOTTEN, "/mot-de-passe/oublie", STRANGER),
    View("mot-de-passe-nouveau", NEW_PASSWORD, "{link}", STRANGER),
    View(
        "mot-de-passe-nouveau-refuse",
        NEW_PASSWORD,
        "{link}",
        STRANGER,
        act=_refused("Changer le mot de passe", mot_de_passe="une phrase inventée", confirmation="une autre phrase"),
        status=422,
    ),
    View("mot-de-passe-lien-perime", NEW_PASSWORD, "/mot-de-passe/nouveau?lien=perime", STRANGER),
    View("mentions-legales", "/mentions-legales", "/mentions-legales"),
    View("accessibilite", "/accessibilite", "/accessibilite"),
    View("donnees-personnelles", "/donnees-personnelles", "/donnees-personnelles"),
    View("erreur-403", EDIT, "/services/essai--s2/modifier", ("conseiller",), status=403),
    View("erreur-404", SHEET, "/services/nulle-part", status=404),
    View("erreur-422", RUN, "/imports/abc", KEEPERS[:1], status=422),
    View("erreur-500", SEARCH, "/recherche?q=enfants", ("conseiller",), base="broken", status=500),
    View("erreur-503", SEARCH, "/recherche?q=enfants&lieu=digne", ("conseiller",), base="down", status=503),
    View("vide-besoins", SEARCH, "/recherche", base="empty"),
    View("vide-recherche", SEARCH, "/recherche?q=enfants&lieu=digne", base="empty"),
    View("vide-contacts", "/contacts", "/contacts?collectivite=04D", KEEPERS, base="empty"),
    View("vide-fiches", "/fiches", "/fiches", KEEPERS, base="empty"),
    View("vide-imports", "/imports", "/imports", KEEPERS, base="empty"),
    View("vide-doublons", "/doublons", "/doublons", KEEPERS, base="empty"),
)
