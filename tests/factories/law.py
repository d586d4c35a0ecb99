from __future__ import annotations

from datetime import date
from typing import Any

from knowledge.models import Act, LawSection, LawText, Provision
from portal.core.text import german_slug


def act(abbreviation: str = "OZG", title: str = "Onlinezugangsgesetz", **fields: Any) -> Act:
    provisions = fields.pop("provisions", [])
    values = {"slug": german_slug(abbreviation), "level": Act.Level.BUND, "binds": Act.Binds.YES, **fields}
    made = Act(abbreviation=abbreviation, title=title, **values)
    for number, (ref, key) in enumerate(provisions):
        made.provisions.add(Provision(ref=ref, key=key, sort_order=number))
    made.save()
    return made


def law_text(of: Act, sections: dict[str, str], state: date = date(2026, 8, 19)) -> LawText:
    """An imported text: number of the § and its words."""
    text = LawText.objects.create(act=of, title=of.title, state_date=state, content_hash="0" * 64)
    for position, (number, words) in enumerate(sections.items()):
        LawSection.objects.create(
            law_text=text, position=position, number=f"§ {number}", heading="Prüfung", anchor=f"p-{number}",
            key=number, html=f"<p>{words}</p>", text=words, text_hash=str(hash(words)),
        )  # fmt: skip
    return text
