"""What a rule must not be: empty, too short, there already, in a circle, about a page that is not there."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError

from search.analysis import analyse
from search.registry import registry
from search.steering.models import LONGEST_SPELLING, SteeringRule
from search.steering.rules import normal

Kind = SteeringRule.Kind
MOST_SPELLINGS = 20
MOST_PINS = 5
MOST_RULES = 2000
SHORTEST = 2
WITH_TARGET = (Kind.PIN, Kind.HIDE)

Name = tuple[str, ...]


def check(rule: SteeringRule) -> None:
    """Say what is wrong with a rule, in words for the person who saves it.

    Raises:
        ValidationError: by field of the form.
    """
    others = list(SteeringRule.objects.exclude(pk=rule.pk))
    if len(others) >= MOST_RULES:
        raise ValidationError(f"Es gibt schon {MOST_RULES} Regeln. Löschen Sie zuerst solche, die nichts ändern.")
    words = _names(rule.word_list, "words")
    if rule.kind == Kind.EQUAL:
        _check_equal(rule, words, others)
    elif rule.kind == Kind.ONE_WAY:
        _check_one_way(rule, words, others)
    elif rule.kind in WITH_TARGET:
        _check_target(rule, others)
    else:
        _check_twice(words, [row for row in others if row.kind == rule.kind])


def _error(field: str, text: str) -> ValidationError:
    return ValidationError({field: text})


def _names(spellings: list[str], field: str) -> dict[Name, str]:
    """Return spellings by their stems; each has a word, is long enough and stands there once."""
    if not spellings:
        raise _error(field, "Geben Sie mindestens ein Wort ein.")
    if len(spellings) > MOST_SPELLINGS:
        raise _error(field, f"Höchstens {MOST_SPELLINGS} Zeilen. Teilen Sie die Regel.")
    found: dict[Name, str] = {}
    for spelling in spellings:
        name = tuple(analyse(spelling).stems)
        if not name:
            raise _error(field, f"„{spelling}“ enthält kein Wort.")
        if len("".join(name)) < SHORTEST:
            raise _error(field, f"„{spelling}“ ist zu kurz. Mindestens {SHORTEST} Buchstaben oder Ziffern.")
        if len(spelling) > LONGEST_SPELLING:
            raise _error(field, f"„{spelling[:40]} …“ ist zu lang. Höchstens {LONGEST_SPELLING} Zeichen.")
        if name in found:
            raise _error(field, f"„{spelling}“ und „{found[name]}“ sind für die Suche dasselbe.")
        found[name] = spelling
    return found


def _check_twice(words: dict[Name, str], others: Iterable[SteeringRule]) -> None:
    for row in others:
        for spelling in row.word_list:
            if tuple(analyse(spelling).stems) in words:
                raise _error("words", f"„{spelling}“ steht schon in einer Regel: {row}.")


def _check_equal(rule: SteeringRule, words: dict[Name, str], others: list[SteeringRule]) -> None:
    if len(words) < 2:
        raise _error("words", "Gleiche Wörter brauchen mindestens zwei Zeilen.")
    _check_twice(words, [row for row in others if row.kind == Kind.EQUAL])
    for row in others:
        if row.kind == Kind.ONE_WAY:
            both = [item for item in (*row.word_list, *row.other_list) if tuple(analyse(item).stems) in words]
            if len(both) > 1:
                raise _error(
                    "words", f"„{both[0]}“ führt schon zu „{both[-1]}“. Löschen Sie erst diese Regel: {row}."
                )


def _check_one_way(rule: SteeringRule, words: dict[Name, str], others: list[SteeringRule]) -> None:
    targets = _names(rule.other_list, "others")
    for name, spelling in words.items():
        if name in targets:
            raise _error("others", f"„{spelling}“ kann nicht zu sich selbst führen.")
    for row in others:
        if row.kind != Kind.EQUAL:
            continue
        equal = {tuple(analyse(spelling).stems) for spelling in row.word_list}
        if equal & set(words) and equal & set(targets):
            raise _error("others", f"Diese Wörter sind schon gleich: {row}.")
    circle = _way_back(words, targets, others)
    if circle:
        raise _error("others", f"Das ergibt einen Kreis: {circle}.")
    same = [row for row in others if row.kind == Kind.ONE_WAY]
    _check_twice(words, [row for row in same if _leads_to_one_of(row, targets)])


def _leads_to_one_of(row: SteeringRule, targets: dict[Name, str]) -> bool:
    return any(tuple(analyse(spelling).stems) in targets for spelling in row.other_list)


def _way_back(words: dict[Name, str], targets: dict[Name, str], others: list[SteeringRule]) -> str:
    """Return the way from what a rule leads to back to its own words, or nothing."""
    leads: dict[Name, dict[Name, str]] = {}
    for row in others:
        if row.kind == Kind.ONE_WAY:
            for word in row.word_list:
                ends = {tuple(analyse(item).stems): item for item in row.other_list}
                leads.setdefault(tuple(analyse(word).stems), {}).update(ends)
    ways = [(name, [targets[name]]) for name in targets]
    seen = set(targets)
    while ways:
        name, way = ways.pop(0)
        for following, spelling in leads.get(name, {}).items():
            if following in words:
                return " → ".join([words[following], *way, spelling])
            if following not in seen:
                seen.add(following)
                ways.append((following, [*way, spelling]))
    return ""


def _check_target(rule: SteeringRule, others: list[SteeringRule]) -> None:
    if not exists(rule.target):
        raise _error("target", "Diesen Treffer gibt es nicht, oder er ist nicht veröffentlicht.")
    searches = {normal(word): word for word in rule.word_list}
    counts: dict[str, int] = {}
    for row in others:
        if row.kind not in WITH_TARGET:
            continue
        for word in row.word_list:
            search = normal(word)
            if search in searches and row.target == rule.target:
                raise _error("words", f"Für „{word}“ gibt es zu diesem Treffer schon eine Regel: {row}.")
            if row.kind == Kind.PIN:
                counts[search] = counts.get(search, 0) + 1
    for search, word in searches.items():
        if rule.kind == Kind.PIN and counts.get(search, 0) >= MOST_PINS:
            raise _error("words", f"Für „{word}“ stehen schon {MOST_PINS} Treffer oben.")


def exists(key: str) -> bool:
    """True for the key of something findable that is live now."""
    source, _, pk = key.rpartition(":")
    if registry.source(source) is None or not (pk.isascii() and pk.isdigit()) or len(pk) > 18:
        return False
    return registry.load_keys([key])[key] is not None
