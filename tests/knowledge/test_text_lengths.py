"""A paste far too long gets a message at its field, loses nothing, and no file brings one in either."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.forms import Textarea

from consultations.forms import BarrierForm, ContactForm
from knowledge.feedback.forms import ReasonForm
from knowledge.models import Act, ArticlePage, Deadline, GlossaryTerm, Provision
from knowledge.reports.forms import ReportForm
from knowledge.wagtail_hooks import GlossaryViewSet
from portal.core.content_io import KINDS
from portal.core.experts.forms import CommentForm, InvitationForm
from portal.core.review.forms import CorrectionForm
from portal.core.screens.work_forms import NoteForm
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


@pytest.mark.parametrize(
    "form_class",
    [ContactForm, BarrierForm, ReasonForm, ReportForm, InvitationForm, NoteForm, CommentForm, CorrectionForm],
)
def test_no_browser_cuts_what_is_pasted(form_class: Any) -> None:
    """Django tells browsers the longest length; they cut a paste and say nothing."""
    for name, field in form_class.base_fields.items():
        if isinstance(field.widget, Textarea):
            assert "maxlength" not in field.widget.render(name, "", field.widget.build_attrs(field.widget.attrs))


def test_the_short_answer_is_counted_not_cut(admin_user: Any) -> None:
    form_class = ArticlePage.get_edit_handler().get_form_class()
    form = form_class(instance=ArticlePage(), for_user=admin_user, parent_page=factories.topic())
    assert "maxlength" not in str(form["short_answer"])
    assert form.fields["short_answer"].max_length == 1200
