"""A paste far too long gets a message at its field, loses nothing, and no file brings one in either."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from knowledge.models import Act, Deadline, GlossaryTerm, Provision
from knowledge.wagtail_hooks import GlossaryViewSet
from portal.core.content_io import KINDS
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("model", "field"),
    [
        (GlossaryTerm, "meaning"), (GlossaryTerm, "synonyms"), (GlossaryTerm, "related"), (Act, "summary"),
        (Act, "aliases"), (Provision, "summary"), (Deadline, "text"), (Deadline, "legal_basis"),
    ],
)  # fmt: skip
def test_each_long_text_has_an_end(model: Any, field: str) -> None:
    column = model._meta.get_field(field)
    column.run_validators("ä" * 3_000)
    with pytest.raises(ValidationError, match="aus höchstens"):
        column.run_validators("ä" * 5_000_000)


def test_the_form_says_so_and_keeps_what_was_pasted() -> None:
    term = factories.term("Postfach")
    form_class = GlossaryViewSet.edit_handler.bind_to_model(GlossaryTerm).get_form_class()
    pasted = "ä" * 5_000_000
    form = form_class({"term": term.term, "slug": term.slug, "meaning": pasted}, instance=term)
    assert "höchstens 3000 Zeichen" in str(form.errors["meaning"])
    assert form["meaning"].value() == pasted
    assert "maxlength" not in str(form["synonyms"])  # a browser would cut the paste without a word


@pytest.mark.parametrize("field", ["summary", "provisions"])
def test_no_file_brings_one_in(field: str, tmp_path: Any, capsys: Any) -> None:
    factories.act(provisions=[("§ 9", "9")])
    call_command("export_content", str(tmp_path), verbosity=0)
    path = tmp_path / KINDS["act"].folder / "ozg.md"
    text = path.read_text()
    if field == "summary":
        path.write_text(f"{text.rstrip()}\n{'ä' * 3_001}\n")
    else:
        path.write_text(text.replace("ref: § 9", f"ref: § 9\n    summary: {'ä' * 3_001}"))
    with pytest.raises(CommandError):
        call_command("import_content", str(tmp_path), verbosity=0)
    assert "höchstens 3000 Zeichen" in "".join(capsys.readouterr())
