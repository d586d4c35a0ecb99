"""German text as machines need it: slugs and folded sort keys."""

import re
import unicodedata

_TRANSLITERATION = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ẞ": "SS", "§": "p"}
)


def german_slug(value: str, *, max_length: int = 80) -> str:
    """Return an ASCII slug with German transliteration, cut at a word; empty only for text without letters."""
    ascii_text = (
        unicodedata.normalize("NFKD", value.translate(_TRANSLITERATION)).encode("ascii", "ignore").decode()
    )
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")
    if len(slug) <= max_length:
        return slug
    return slug[: max_length + 1].rsplit("-", 1)[0][:max_length].strip("-")


def sort_key(value: str) -> str:
    """Return the key of DIN 5007-1: ä sorts like a, ß like ss, case does not count."""
    folded = unicodedata.normalize("NFKD", value.replace("ß", "ss"))
    return "".join(char for char in folded if not unicodedata.combining(char)).casefold()


def escape_markdown(value: str) -> str:
    r"""Return text that Markdown shows as it is: "A_b <1>" becomes "A\_b &lt;1>".

    Not every reader of Markdown takes a backslash before "<", but all of them know entities.
    """
    escaped = re.sub(r"([\\`*_\[\]])", r"\\\1", value)
    return re.sub(r"&(?=#?\w+;)", "&amp;", escaped).replace("<", "&lt;")


# What XML 1.0 (section 2.2) forbids; U+0000 and halves of characters no database takes either.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def printable(value: str) -> str:
    """Return text with a blank for each character no feed may hold; office programs leave them when pasted."""
    return _UNPRINTABLE.sub(" ", value)


ONLY_A_NAME = "Geben Sie hier nur den Namen an, ohne Links und Adressen. Nach einem Punkt steht eine Leerstelle."
_TITLES = {
    "agr", "ang", "arb", "biol", "dent", "dipl", "dr", "habil", "hum", "ing", "jur", "mag", "math", "med", "mult",
    "nat", "oec", "paed", "pharm", "phil", "pol", "prof", "publ", "päd", "rer", "sc", "soc", "soz", "techn",
    "theol", "troph", "verw", "vet",
}  # fmt: skip
# Endings mail programs make links of however they are written.
_ENDINGS = {
    "ai", "app", "at", "be", "biz", "cc", "ch", "click", "cloud", "club", "cn", "co", "com", "cz", "de", "dev",
    "dk", "es", "eu", "fr", "gg", "info", "io", "it", "li", "link", "live", "ly", "me", "net", "nl", "online",
    "org", "page", "pl", "ru", "shop", "site", "store", "to", "top", "tv", "uk", "us", "xyz",
}  # fmt: skip
_SIGNS = re.compile(r"[@\\<>]|//|\b[wW]{3}\.")
_DOTTED = re.compile(r"(?P<before>(?:[\w-]+\.)+)(?P<last>[^\W\d_]{2,})(?![\w-])(?P<path>\.?[/:])?")
_NUMERAL = re.compile("[IVX]+")


def reads_like_a_link(name: str) -> bool:
    """True for a name mail programs would show as a link or an address: "Dr.Müller" is none, "x.example" is.

    In doubt it is one: `ONLY_A_NAME` says how the name is written instead.
    """
    return bool(_SIGNS.search(name)) or any(map(_is_address, _DOTTED.finditer(name)))


def _is_address(found: re.Match[str]) -> bool:
    last, before = found["last"], found["before"].rstrip(".").casefold().split(".")
    if found["path"] or last.casefold() in _ENDINGS:
        return True
    if _NUMERAL.fullmatch(last) or not (last.islower() or last.isupper()):
        return False  # "Abt.II", "Gem.Verw."
    titles = [label.strip("-") in _TITLES for label in before]
    known = any(titles) and all(title or len(label) == 1 for title, label in zip(titles, before, strict=True))
    return not (known and last.casefold() in _TITLES)  # "rer.nat", "h.c.mult"
