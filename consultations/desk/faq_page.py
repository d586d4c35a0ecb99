"""The screens on which minutes become a question: written without names, read by a second person.

Who reads confirms it, gives it back with a reason, or gives it up; what came back can be written anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from consultations.desk.topic_choice import TopicField
from consultations.models import FaqDraft, Minutes
from consultations.models.correspondence import MINUTES_LENGTH
from consultations.models.learning import RETURN_LENGTH
from consultations.refusals import BookingRefused
from consultations.services import faq_drafts
from faq.models import QuestionPage
from knowledge.models import TopicPage
from portal.core.text import printable

TITLE = "FAQ-Entwurf"
TO_WRITE = (FaqDraft.State.WAITING, FaqDraft.State.RETURNED, FaqDraft.State.DROPPED)
"""States in which the text can be written anew, for a second person to read again."""
guard = rights.guarded(rights.VIEW, rights.WORK)


class ProposeForm(CaseForm):
    """What others will read."""

    question = forms.CharField(
        label="Frage", max_length=255,
        help_text="So, dass andere Kommunen sie wiedererkennen, und ohne Namen.",
    )  # fmt: skip
    answer = long_text("Antwort", MINUTES_LENGTH, rows=12)
    topic = TopicField(label="Thema", queryset=TopicPage.objects.none(), empty_label="Bitte wählen")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["topic"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = topics(None)


class ConfirmForm(CaseForm):
    """What the second person stands for."""

    nobody = forms.BooleanField(
        label="Ich habe Frage und Antwort gelesen. Nichts darin lässt eine Person oder Kommune erkennen.",
        error_messages={"required": "Bitte bestätigen Sie das, oder geben Sie den Text mit einem Grund zurück."},
    )
    hints = forms.BooleanField(
        label="Ich habe die Hinweise angesehen. Die genannten Stellen lassen niemanden erkennen.",
        error_messages={"required": "Bitte sehen Sie die Hinweise an und bestätigen Sie es."},
    )
    seen = forms.CharField(widget=forms.HiddenInput)
    reason = long_text(
        "Oder: Was ist zu ändern?", RETURN_LENGTH, rows=3, required=False,
        help_text="Nur zum Zurückgeben. Wer den Text geschrieben hat, bekommt damit eine Aufgabe.",
    )  # fmt: skip

    def only_reason(self) -> None:
        """Ask for the reason alone: nothing is confirmed."""
        for name in ("nobody", "hints", "seen"):
            if name in self.fields:
                self.fields[name].required = False
        self.fields["reason"].required = True
        self.fields["reason"].error_messages["required"] = "Bitte schreiben Sie, was am Text zu ändern ist."


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guard
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Write question and answer of minutes so that they name nobody."""
    minutes = get_object_or_404(Minutes, pk=pk)
    case = rights.case_for(request.user, minutes.case_id)
    minutes.case = case
    draft = FaqDraft.objects.filter(minutes=minutes).first()
    bound = request.method == "POST"
    if draft is not None and draft.state == FaqDraft.State.PASSED_ON and not (draft.is_lost or bound):
        return redirect("consultations_faq", draft.pk)
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


def _can_be_written(draft: FaqDraft) -> bool:
    return bool(draft.minutes_id) and (draft.state in TO_WRITE or draft.is_lost)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@guard
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a draft to whoever wrote it, and let somebody else confirm it, give it back or give it up."""
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
        "waits": draft.state == FaqDraft.State.WAITING, "back": draft.state == FaqDraft.State.RETURNED,
        "anew": _can_be_written(draft) and faq_drafts.is_possible(case),
        "own": draft.written_by_id == request.user.pk,
        "edits": draft.page is not None and draft.page.permissions_for_user(request.user).can_edit(),
    }  # fmt: skip
    return render(request, "consultations/desk/faq_check.html", context, status=422 if bound else 200)


def _decide(request: HttpRequest, draft: FaqDraft, form: ConfirmForm) -> HttpResponse | None:
    """Carry out what was decided; None: the form says what stands against it. A second click is told the same."""
    action = request.POST.get("action", "")
    act, sentence = _DECISIONS.get(action, _DECISIONS[""])
    if not _is_done(draft, action, request):
        if action == "return":
            form.only_reason()
        if not form.is_valid() and action != "drop":
            return None
        try:
            act(draft, request.user, form.cleaned_data)
        except (BookingRefused, ValidationError) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
            return None
    messages.success(request, sentence)
    return redirect("consultations_case", draft.case_id) if action else redirect("consultations_faq", draft.pk)


def _is_done(draft: FaqDraft, action: str, request: HttpRequest) -> bool:
    """True for what a first click has decided just so."""
    if action == "drop":
        return draft.state == FaqDraft.State.DROPPED
    if action == "return":
        reason = printable(request.POST.get("reason", "")).replace("\r\n", "\n").strip()
        return draft.state == FaqDraft.State.RETURNED and draft.returned_for.replace("\r\n", "\n") == reason
    passed_on = draft.state == FaqDraft.State.PASSED_ON and not draft.is_lost
    return passed_on and draft.checked_by_id == request.user.pk


# By action: what is done with a draft by somebody with what they said, and the sentence about it.
_DECISIONS: dict[str, tuple[Callable[[FaqDraft, Any, dict[str, Any]], Any], str]] = {
    "": (
        lambda draft, user, said: faq_drafts.confirm(
            draft=draft, by=user, text_seen=said["seen"], hints_seen=said.get("hints", False)
        ),
        "Der Entwurf liegt jetzt bei der Redaktion.",
    ),
    "return": (
        lambda draft, user, said: faq_drafts.give_back(draft=draft, by=user, reason=said["reason"]),
        "Der Entwurf ist zurückgegeben. Wer ihn geschrieben hat, bekommt den Grund als Aufgabe.",
    ),
    "drop": (
        lambda draft, user, said: faq_drafts.drop(draft=draft, by=user),
        "Der Entwurf ist verworfen. Am Protokoll lässt er sich wieder aufnehmen.",
    ),
}


def page_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Iterator[Button]:
    """Lead from a question in the editor to the case it came from, for who may see that."""
    if not isinstance(page, QuestionPage) or not user.has_perm(rights.VIEW) or rights.is_from_outside(user):
        return
    draft = FaqDraft.objects.filter(page=page).first()
    if draft is not None:
        url = reverse("consultations_case", args=[draft.case_id])
        yield Button("Vorgang der Beratung", url, icon_name="group", priority=17)
