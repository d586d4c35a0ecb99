"""The next step of an article is the one that comes next, not the same for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from knowledge.content_check.content import Content, Subject
from knowledge.content_check.registry import Finding

NAME = "naechster-schritt"
TITLE = "Der nächste Schritt ist der wirklich nächste"
# More articles than that have no next step in common but a phrase.
MAX_SHARED = 4


def run(content: Content) -> Iterator[Finding]:
    by_target: dict[str, list[Subject]] = defaultdict(list)
    for subject in content.for_readers:
        if subject.kind != "article":
            continue
        target = (subject.meta.get("next_step") or {}).get("target", "")
        if target == subject.path:
            message = "Der nächste Schritt führt auf dieselbe Seite."
            yield subject.error(NAME, subject.line_of("next_step"), message)
        elif target:
            by_target[target].append(subject)
    for target, subjects in by_target.items():
        if len(subjects) > MAX_SHARED:
            for subject in subjects:
                message = (
                    f"{len(subjects)} Artikel führen als nächsten Schritt zu „{target}“, höchstens {MAX_SHARED} "
                    "sollen es sein. Führen Sie zu dem Artikel, der Checkliste, Vorlage oder Entscheidungshilfe, "
                    "die hier folgt."
                )
                yield subject.warning(NAME, subject.line_of("next_step"), message)
