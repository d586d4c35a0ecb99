"""The screens on which minutes become a question: written without names, read and confirmed by a second person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from wagtail.admin import messages
from wagtail.admin.widgets.button import Button

from consultations import anonymity
from consultations.desk import rights
from consultations.desk.board import topics
from consultations.desk.case_forms import CaseForm, long_text
from consultations.desk.case_page import header
from consultations.models import FaqDraft, Minutes
from consultations.models.correspondence import MINUTES_LENGTH
from consultations.refusals import BookingRefused
from consultations.services import faq_drafts
from faq.models import QuestionPage
from knowledge.models import TopicPage

TITLE = "FAQ-Entwurf"
guard = rights.guarded(rights.VIEW, rights.WORK)


class ProposeForm(CaseForm):
    """What others will read."""

    question = forms.CharField(
        label="Frage", max_length=255,
        help_text="So, dass andere Kommunen sie wiedererkennen, und ohne Namen.",
    )  # fmt: skip
    answer = long_text("Antwort", MINUTES_LENGTH, rows=12)
    topic = forms.ModelChoiceField(label="Thema", queryset=TopicPage.objects.none(), empty_label="Bitte wählen")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["topic"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = topics(None)


class ConfirmForm(CaseForm):
    """What the second person stands for."""

    nobody = forms.BooleanField(
        label="Ich habe Frage und Antwort gelesen. Nichts darin lässt eine Person oder Kommune erkennen.",
        error_messages={"required": "Bitte bestätigen Sie das, oder geben Sie den Text zurück."},
    )
    hints = forms.BooleanField(
        label="Ich habe die Hinweise angesehen. Die genannten Stellen lassen niemanden erkennen.",
        error_messages={"required": "Bitte sehen Sie die Hinweise an und bestätigen Sie es."},
    )
    seen = forms.CharField(widget=forms.HiddenInput)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guard
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Write question and answer of minutes so that they name nobody."""
    minutes = get_object_or_404(Minutes, pk=pk)
    case = rights.case_for(request.user, minutes.case_id)
    minutes.case = case
    draft = FaqDraft.objects.filter(minutes=minutes).first()
    if draft is not None and draft.state == FaqDraft.State.PASSED_ON:
        return redirect("consultations_faq", draft.pk)
    bound = request.method == "POST"
    form = ProposeForm(
        request.POST if bound else None, case=case, user=request.user, initial=_begun(minutes, draft)
    )
    if bound and form.is_valid():
        said = form.cleaned_data
        try:
            draft = faq_drafts.propose(
                minutes=minutes, question=said["question"], answer=said["answer"], topic=said["topic"],
                by=request.user,
            )  # fmt: skip
        except (BookingRefused, ValidationError) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        else:
            messages.success(request, "Der Entwurf ist gespeichert. Jetzt liest ihn eine zweite Person gegen.")
            return redirect("consultations_faq", draft.pk)
    shown = [str(form[name].value() or "") for name in ("question", "answer")]
    context = {
        **header(case, TITLE), "case": case, "form": form, "hints": anonymity.hints(case, *shown),
        "possible": faq_drafts.is_possible(case),
    }  # fmt: skip
    return render(request, "consultations/desk/faq_propose.html", context, status=422 if bound else 200)


def _begun(minutes: Minutes, draft: FaqDraft | None) -> dict[str, Any]:
    if draft is not None:
        return {"question": draft.question, "answer": draft.answer, "topic": draft.topic_id}
    return {**faq_drafts.begin(minutes), "topic": minutes.case.topic_id}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guard
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a draft to whoever wrote it, and let somebody else confirm or give it up."""
    draft = get_object_or_404(FaqDraft.objects.select_related("page", "topic", "written_by", "checked_by"), pk=pk)
    case = rights.case_for(request.user, draft.case_id)
    bound = request.method == "POST"
    found = anonymity.hints(case, draft.question, draft.answer)
    form = ConfirmForm(
        request.POST if bound else None, case=case, user=request.user,
        initial={"seen": faq_drafts.fingerprint(draft)},
    )  # fmt: skip
    if not found:
        del form.fields["hints"]
    if bound and (answer := _decide(request, draft, form)) is not None:
        return answer
    context = {
        **header(case, TITLE), "case": case, "draft": draft, "hints": found, "form": form,
        "waits": draft.state == FaqDraft.State.WAITING, "own": draft.written_by_id == request.user.pk,
        "edits": draft.page is not None and draft.page.permissions_for_user(request.user).can_edit(),
    }  # fmt: skip
    return render(request, "consultations/desk/faq_check.html", context, status=422 if bound else 200)


def _decide(request: HttpRequest, draft: FaqDraft, form: ConfirmForm) -> HttpResponse | None:
    """Carry out what was decided; None: the form says what stands against it."""
    try:
        if request.POST.get("action") == "drop":
            faq_drafts.drop(draft=draft, by=request.user)
            messages.success(request, "Der Entwurf ist verworfen.")
            return redirect("consultations_case", draft.case_id)
        if not form.is_valid():
            return None
        said = form.cleaned_data
        faq_drafts.confirm(
            draft=draft, by=request.user, text_seen=said["seen"], hints_seen=said.get("hints", False)
        )
    except (BookingRefused, ValidationError) as error:
        form.is_valid()
        form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        return None
    messages.success(request, "Der Entwurf liegt jetzt bei der Redaktion.")
    return redirect("consultations_faq", draft.pk)


def page_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """Lead from a question in the editor to the case it came from, for who may see that."""
    if not isinstance(page, QuestionPage) or not user.has_perm(rights.VIEW) or rights.is_from_outside(user):
        return
    draft = FaqDraft.objects.filter(page=page).first()
    if draft is not None:
        url = reverse("consultations_case", args=[draft.case_id])
        yield Button("Vorgang der Beratung", url, icon_name="group", priority=17)
