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


def _name(spelling: str) -> Name:
    return tuple(analyse(spelling).stems)


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
        name = _name(spelling)
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
            if _name(spelling) in words:
                raise _error("words", f"„{spelling}“ steht schon in einer Regel: {row}.")


def _check_equal(rule: SteeringRule, words: dict[Name, str], others: list[SteeringRule]) -> None:
    if len(words) < 2:
        raise _error("words", "Gleiche Wörter brauchen mindestens zwei Zeilen.")
    _check_twice(words, [row for row in others if row.kind == Kind.EQUAL])
    for row in others:
        if row.kind != Kind.ONE_WAY:
            continue
        # What stands on one side of it may well be equal: it leads, or is led to, together.
        typed = [item for item in row.word_list if _name(item) in words]
        found = [item for item in row.other_list if _name(item) in words]
        if typed and found:
            raise _error(
                "words", f"„{typed[0]}“ führt schon zu „{found[0]}“. Löschen Sie erst diese Regel: {row}."
            )
    if way := _way(words, words, others):
        start, text, end = way
        circle = text if start == end else f"{text} = {words[start]}"
        raise _error("words", f"Das ergibt einen Kreis: {circle}.")


def _check_one_way(rule: SteeringRule, words: dict[Name, str], others: list[SteeringRule]) -> None:
    targets = _names(rule.other_list, "others")
    for name, spelling in words.items():
        if name in targets:
            raise _error("others", f"„{spelling}“ kann nicht zu sich selbst führen.")
    for row in others:
        if row.kind != Kind.EQUAL:
            continue
        equal = {_name(spelling) for spelling in row.word_list}
        if equal & set(words) and equal & set(targets):
            raise _error("others", f"Diese Wörter sind schon gleich: {row}.")
    if way := _way(targets, words, others):
        _, text, end = way
        raise _error("others", f"Das ergibt einen Kreis: {words[end]} → {text}.")
    same = [row for row in others if row.kind == Kind.ONE_WAY]
    _check_twice(words, [row for row in same if _leads_to_one_of(row, targets)])


def _leads_to_one_of(row: SteeringRule, targets: dict[Name, str]) -> bool:
    return any(_name(spelling) in targets for spelling in row.other_list)


def _way(
    starts: dict[Name, str], ends: dict[Name, str], others: list[SteeringRule]
) -> tuple[Name, str, Name] | None:
    """Return how rules lead from one of some words to another, with both; equal words lead to each other."""
    steps = _steps(others)
    ways = [(start, start, starts[start]) for start in starts]
    seen = set(starts)
    while ways:
        start, name, text = ways.pop(0)
        for following, step in steps.get(name, {}).items():
            if following in ends:
                return start, f"{text}{step}", following
            if following not in seen:
                seen.add(following)
                ways.append((start, following, f"{text}{step}"))
    return None


def _steps(rows: Iterable[SteeringRule]) -> dict[Name, dict[Name, str]]:
    """Return by word where rules lead from it, with the step in words: " → Kuh", " = Rind"."""
    steps: dict[Name, dict[Name, str]] = {}
    for row in rows:
        if row.kind not in (Kind.EQUAL, Kind.ONE_WAY):
            continue
        sign, reached = ("=", row.word_list) if row.kind == Kind.EQUAL else ("→", row.other_list)
        named = {_name(item): f" {sign} {item}" for item in reached}
        for word in row.word_list:
            steps.setdefault(_name(word), {}).update(named)
    for name, ends in steps.items():
        ends.pop(name, None)
    return steps


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
