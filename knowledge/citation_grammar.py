"""The words and signs citations of law are made of, after the handbook of legal drafting and as people type them.

A citation is a unit (§, Art., Anlage, Anhang), its number, the paragraph, and what stands below it (sentence,
number, letter …). Every pattern reads forward only, so that no text, however hostile, costs more than its length.
"""

from __future__ import annotations

import re

SPACE = r"[ \t\n\r\f\v\u00a0\u2000-\u200a\u202f\u205f\u3000]"
S = rf"{SPACE}*+"
DASH = "[-‐‑‒–—−]"
ROMAN = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv")
NUMBER = r"[0-9]{1,4}(?:[a-z](?![a-zäöüß]))?"
# What a reader does not see within a word: soft hyphens and joiners.
HIDDEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")

_AND = r"und|oder|sowie|bzw\.|beziehungsweise|u\.|&|/"
_WITH = rf"i\.?{S}V\.?{S}m(?!\w)\.?|in{SPACE}++Verbindung{SPACE}++mit|i\.{S}V\.{S}mit"
_JOIN = rf"(?:,{S}(?:{_AND}|{_WITH})?|{_AND}|{_WITH})"
_ROMAN_NUMBER = r"(?-i:[IVX]{1,5})"
# "a", "aa", "aaa": the levels below a number.
_LETTERS = rf"(?:{'|'.join(letter * count for count in (3, 2) for letter in 'abcdefghijklmnop')}|[a-z])"


def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE)


SIGN = _pattern(
    rf"(?:(?P<par>§{{1,2}}|\bParagra(?:f|ph)(?:en|s)?\b)|(?P<art>\bArt(?:ikeln?|ikels)?\b\.?))(?={S}[0-9])"
)
ANNEX = _pattern(r"\b(?P<kind>Anlagen?|Anhang(?:e?s)?|Anhängen?)\b")
CANDIDATE = _pattern(rf"{SIGN.pattern}|{ANNEX.pattern}")
# What claims to cite, though it may name no number.
CLAIM = _pattern(rf"§++|{SIGN.pattern}|{ANNEX.pattern}|\bParagra(?:f|ph)(?:en|s)?\b")
ARTICLE = _pattern(rf"de[nmrs]{SPACE}++")
FIRST = _pattern(rf"{S}(?P<number>{NUMBER})")
# "Anlage D2a" and "Anlage 6 E"; "Anlage 6 E-Government-Gesetz" is Anlage 6.
ANNEX_NUMBER = _pattern(
    rf"{S}(?P<number>[A-H]?[0-9]{{1,2}}(?:[a-z](?!\w)|{SPACE}(?-i:[A-H])(?![\w-]))?|[IVX]{{1,5}}|[A-H])(?!\w)"
)
LETTER = re.compile(r"(?P<number>[b-z])(?!\w)")
PARAGRAPH = _pattern(rf"{S}(?:,{S})?(?:Abs(?:\.|atz|atzes|ätzen?)?|para)(?![a-zäöü]){S}(?P<number>{NUMBER})")
# "§ 9 (1)" and "§ 9 I" name a paragraph as "Abs. 1" does; "Buch I" stands behind an act, never behind a number.
BRACKETED = _pattern(rf"{S}\((?P<number>{NUMBER})\)")
ROMAN_PARAGRAPH = re.compile(rf"{SPACE}{{1,2}}(?P<number>[IVX]{{1,5}})(?P<letter>[a-z]?)(?![\w.])")
NEXT_ROMAN = re.compile(r"(?P<number>[IVX]{1,5})(?P<letter>[a-z]?)(?![\w.])")
# "§ 3 a OZG" is § 3a; "§ 3 a) OZG" would be a letter of a list.
APART = re.compile(rf"{SPACE}{{1,2}}(?P<letter>[a-z])(?![\w.)])")
# "§ 9 f." and "§ 9 ff.": the one or the ones that follow, how many the text does not say.
FOLLOWING = re.compile(rf"{S}(?P<mark>ff?)(?!\w)\.?")
SEPARATOR = _pattern(rf"{S}{_JOIN}{S}")
RANGE = _pattern(rf"{S}(?:bis(?:{SPACE}++zum?r?(?!\w))?|{DASH}){S}")
BELONGING = _pattern(rf"{S}(?P<bracket>\()?{S}zu(?:r|m|{SPACE}++den)?{SPACE}++(?=§|Art|Paragra)")

_HALF = r"Halbs(?:atz(?:es)?|ätzen?|\.)|Hs\.?|Teilsatz(?:es)?"
_CASE = r"Alt(?:ernativen?|\.)?|Var(?:ianten?|\.)?|Fall(?:es)?"
_STROKE = r"(?:Spiegel|Gedanken|An)?strich(?:es?|s)?"
_PART = r"U(?:nter)?Abs(?:atz(?:es)?|ätzen?|\.)?|Satz(?:es)?|Sätzen?|S\."
_LEVEL = (
    rf"{_PART}|{_HALF}|{_CASE}|{_STROKE}|Nrn?\.?|Nummern?|Ziff(?:ern?|\.)?|Zif\."
    r"|(?:Doppel|Dreifach)?buchst(?:aben?s?|\.)?|Bst\.?|litt?(?:era)?\.?|Punkte?|Teile?s?|Abschn(?:itte?s?|\.)|Kap(?:iteln?s?|\.)|Tab(?:ellen?|\.)|Spalten?|Sp\.|Zeilen?"
    r"|Pos(?:ition(?:en)?|\.)"
)
_VALUE = (
    rf"\(?(?:[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{0,4}}+(?![0-9])(?:(?!f)[a-z]{{1,2}}(?!\w))?|[IVX]{{1,5}}(?!\w)|{_LETTERS}(?!\w))\)?"
    rf"(?:{SPACE}{{0,2}}\(?(?-i:{_LETTERS})\))*+"
    rf"(?:{SPACE}{{1,2}}(?!ff?\b)(?-i:{_LETTERS})(?![\w.)]))?+"
    rf"(?:{SPACE}{{0,2}}ff?(?!\w)\.?)?+"
)
# In a list of values a number with its own paragraph begins the next provision.
_MORE = (
    rf"(?:{S}(?:{DASH}|bis|{_AND}|,{S}(?:{_AND})?){S}{_VALUE}"
    rf"(?![\w.]|{S}Abs|{S}\([0-9]|{SPACE}++{_ROMAN_NUMBER}(?!\w)))*+"
)
# Behind "§ 9 I" the II of "und II" is the next paragraph, not one more value.
_MORE_NOT_ROMAN = _MORE.replace(_VALUE, rf"(?!{_ROMAN_NUMBER}(?!\w)){_VALUE}")
_ORDINAL = (
    r"(?:[0-9]{1,2}\.|(?:erst|zweit|dritt|viert|fünft|sechst|siebt|letzt)e[nrs]?\b)"
    rf"{S}(?:{_PART}|{_HALF}|{_CASE}|{_STROKE})(?!\w)"
)


def _detail(more: str) -> re.Pattern[str]:
    level = rf"(?:{_LEVEL})(?![a-zäöüß]){S}{_VALUE}{more}"
    return _pattern(rf"(?:{S}(?:{_JOIN}|bis|{DASH}))?+{S}(?:{level}|{_ORDINAL})")


DETAIL, ROMAN_DETAIL = _detail(_MORE), _detail(_MORE_NOT_ROMAN)
# "§ 3 a) OZG" and "Art. 6(1)(e)"; behind a paragraph a letter may stand alone, behind "I" the sentence.
LISTED = re.compile(rf"{SPACE}{{0,2}}\(?{_LETTERS}\)(?!\w)")
LONE_LETTER = re.compile(rf"{SPACE}{{1,2}}(?!ff?\b){_LETTERS}(?![\w.)])")
LONE_SENTENCE = _pattern(rf"{SPACE}{{1,2}}(?P<sentences>[0-9]{{1,2}}(?![\w./]){_MORE_NOT_ROMAN})")

JOINT = _pattern(rf"{S}(?:(?:des|der|dem|den|im|aus|zum|zur|vom){SPACE}++)?")
LONG_NAME = _pattern(rf"{SPACE}++(?:des|der|dem)(?:{SPACE}++[\w-]++){{1,9}}?{S}[(,]{S}")
UNKNOWN_ACT = re.compile(
    rf"{S}(?:(?:des|der){SPACE}++)?"
    rf"(?P<name>[A-ZÄÖÜ][\w-]*(?:G|V|VO|O|B|gesetz|gesetzes|gesetzbuchs?|verordnung|satzung)\b(?:{SPACE}[IVX]+\b)?)"
)
# The words that seem to name an act behind a provision, whatever they are.
NAME = re.compile(rf"{S}(?:(?:des|der|dem|den|im|zum|zur){SPACE}++)?(?:[A-ZÄÖÜ][\w-]*+(?:{SPACE}[IVX]+\b)?)?")
