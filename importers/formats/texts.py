"""Files of text: which encoding, told by their bytes."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from importers.problems import UnreadableFile

SAMPLE = 1 << 20
MAX_LINE = 1_000_000  # characters
ACCENTED = frozenset("éèêëàâäçôöîïûüùœÉÈÊÀÂÇÔÎÛŒ’«»°€\u00a0")
NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 (avec marque d’ordre)",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
    "mac_roman": "Mac OS Roman",
    "cp850": "DOS (page 850)",
}


class Encoding(NamedTuple):
    """A codec, and what to do of bytes that it can't read."""

    codec: str
    errors: str = "strict"

    @property
    def said(self) -> str:
        lost = ", octets illisibles remplacés" if self.errors == "replace" and self.codec.startswith("utf-8") else ""
        return f"Encodage : {NAMES[self.codec]}{lost}."

    def open(self, path: Path) -> IO[str]:
        return path.open(encoding=self.codec, errors=self.errors, newline="")

    def text(self, path: Path) -> str:
        return path.read_bytes().decode(self.codec, self.errors)


def encoding_of(path: Path) -> Encoding:
    """Told by its mark, else UTF-8 if it is valid, else the page in which its accents look French. Raises UnreadableFile."""
    sample = _sample(path)
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding("utf-16", "replace")
    if sample.startswith(codecs.BOM_UTF8):
        return Encoding("utf-8-sig") if _is_utf8(path) else Encoding("utf-8-sig", "replace")
    if b"\x00" in sample:
        return _wide(sample, path)
    if _is_utf8(path):
        return Encoding("utf-8")
    if _nearly_utf8(sample):
        return Encoding("utf-8", "replace")
    return max((Encoding(codec, "replace") for codec in ("cp1252", "mac_roman", "cp850")), key=lambda known: _likeness(sample, known))


def lines(path: Path, encoding: Encoding) -> Iterator[str]:
    """The lines, as they end in the file. Raises UnreadableFile for one that no file of rows has."""
    with encoding.open(path) as text:
        for number, line in enumerate(iter(lambda: text.readline(MAX_LINE + 1), ""), 1):
            if len(line) > MAX_LINE:
                raise UnreadableFile(
                    f"La ligne {number} de « {path.name} » est démesurée (plus de {MAX_LINE:_} caractères).".replace("_", " ")
                )
            yield line


def _sample(path: Path) -> bytes:
    if not path.is_file():
        raise UnreadableFile(f"« {path.name} » n’est pas un fichier.")
    with path.open("rb") as stream:
        sample = stream.read(SAMPLE)
    if not sample.strip():
        raise UnreadableFile(f"« {path.name} » est vide.")
    return sample


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as stream:
            while block := stream.read(SAMPLE):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _nearly_utf8(sample: bytes) -> bool:
    """A few broken letters among many whole ones: cut or pasted by machine, not written in another encoding."""
    text = sample.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    return sum(letter in ACCENTED for letter in text) > 4 * lost


def _wide(sample: bytes, path: Path) -> Encoding:
    """UTF-16 without its mark: one byte of two is zero, or nearly."""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 5 > len(sample) * 2 and min(even, odd) * 50 <= len(sample):
        return Encoding("utf-16-le" if odd > even else "utf-16-be", "replace")
    raise UnreadableFile(f"« {path.name} » n’est pas un fichier de texte en UTF-8 ou Windows-1252.")


def _likeness(sample: bytes, encoding: Encoding) -> int:
    """French letters less other strange ones."""
    strange = [letter for letter in sample.decode(encoding.codec, "replace") if letter > "\x7f"]
    return sum(1 if letter in ACCENTED else -1 for letter in strange)
