"""Decision helps for tests."""

from __future__ import annotations

from typing import Any

from knowledge.models import DecisionHelpPage, DecisionIndexPage
from tests.factories.content import _children, _publish, _trusted, home

Nodes = list[tuple[str, dict[str, Any]]]


def step(key: str, *answers: tuple[str, str], **fields: Any) -> tuple[str, dict[str, Any]]:
    """A question; answers are pairs of words and the key they lead to."""
    rows = [{"label": label, "next": target} for label, target in answers]
    return "step", {"key": key, "question": f"Wie groß ist {key}?", "help": "", "answers": rows, **fields}


def result(key: str, **fields: Any) -> tuple[str, dict[str, Any]]:
    """A result with a provision."""
    value = {
        "key": key, "statement": f"Die Größe von {key} genügt.", "why": "", "legal_basis": "§ 9 OZG",
        "sources": [], "todo": "", "articles": [], "advice": "",
    }  # fmt: skip
    return "result", {**value, **fields}


def nodes(basis: str = "§ 9 OZG") -> Nodes:
    """Two questions and two results, of which one is reached by two ways; `basis` needs its act."""
    source = {"title": "Amtsblatt, 2026", "url": "https://example.org/"}
    ground = {"legal_basis": basis, "sources": [] if basis else [source]}
    return [
        step("recht", ("Bundesrecht", "form"), ("Landesrecht", "pruefen"), help="Sehen Sie im **Gesetz** nach."),
        step("form", ("Ja", "ersetzt"), ("Nein, gar nicht", "pruefen")),
        result(
            "ersetzt",
            why="Nach § 9 OZG.",
            todo="Feld streichen.\nVermerken.",
            advice="Größe der Unterschrift",
            **ground,
        ),
        result("pruefen", legal_basis="", sources=[source]),
    ]


def decision_index() -> DecisionIndexPage:
    """The one overview of decision helps, made when it is missing."""
    found = DecisionIndexPage.objects.first()
    return found or _publish(home(), DecisionIndexPage(title="Entscheidungshilfen"), live=True)


def decision(
    title: str = "Brauchen wir Übergröße?", *, live: bool = True, body: Nodes | None = None,
    tags: list[str] | None = None, topics: Any = (), **fields: Any,
) -> DecisionHelpPage:  # fmt: skip
    page = DecisionHelpPage(title=title, **_trusted({"body": nodes() if body is None else body, **fields}))
    _children(page, tags or [], [], sources=False)
    page = _publish(decision_index(), page, live=live)
    if topics:
        page.topics.set(topics)
        page.save()
    return page
