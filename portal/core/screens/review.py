"""The screens of the review: decide, withdraw; they work without JavaScript."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.generic import FormView
from wagtail.admin import messages
from wagtail.admin.views.generic import WagtailAdminTemplateMixin
from wagtail.models import WorkflowState

from portal.core import publications
from portal.core.models import BasePage, ReviewTask
from portal.core.review import changes, links, people, queries, rule, services, validation
from portal.core.review.errors import ReviewInvalid, ReviewRefused
from portal.core.review.forms import CommentForm, ReasonForm
from portal.core.screens import given_back

SEEN = "fassung"
APPROVE, REJECT, WITHDRAW = "freigeben", "zurueckgeben", "zurueckziehen"
TITLES = {APPROVE: "Freigeben", REJECT: "Zurückgeben", WITHDRAW: "Zurückziehen und bearbeiten"}
FORMS: dict[str, type[forms.Form]] = {APPROVE: CommentForm, REJECT: ReasonForm, WITHDRAW: forms.Form}


class DecideView(WagtailAdminTemplateMixin, FormView[forms.Form]):
    """One decision about one review; says who wrote, who has confirmed, and what is still missing."""

    template_name = "core/screens/decide.html"
    header_icon = "check"

    @cached_property
    def flow(self) -> Any:
        rows = WorkflowState.objects.select_related("current_task_state")
        return rows.filter(pk=self.kwargs["pk"]).first()

    @cached_property
    def subject(self) -> Any:
        return queries.subject_of(self.flow) if self.flow is not None else None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if self.subject is None:
            return given_back.answer(request, services.GONE, field="comment")
        state = self.flow.current_task_state
        if state is None or not isinstance(state.task.specific, ReviewTask):
            raise Http404
        if not queries.has_access(self.subject, request.user):
            return given_back.answer(request, services.NO_ACCESS, field="comment")
        return super().dispatch(request, *args, **kwargs)

    def get_page_title(self) -> str:
        return TITLES[self.kwargs["action"]]

    @cached_property
    def name(self) -> str:
        """The title of the submitted version, which may differ from the one readers know."""
        return str(self.flow.current_task_state.revision.object_str)

    def get_page_subtitle(self) -> str:
        return self.name

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        here = {"url": "", "label": self.get_page_title(), "sublabel": self.name}
        return [*self.breadcrumbs_items, {"url": links.edit_url(self.subject), "label": self.name}, here]

    def get_form_class(self) -> type[forms.Form]:
        return FORMS[self.kwargs["action"]]

    def form_valid(self, form: forms.Form) -> HttpResponse:
        comment = form.cleaned_data.get("comment", "")
        try:
            text = self._act(comment)
        except ReviewInvalid as error:
            for problem in error.problems:
                form.add_error(None, str(problem))
            return self.render_to_response(self.get_context_data(form=form, problems=error.problems))
        except ReviewRefused as error:
            form.add_error(None, str(error))
            return self.render_to_response(self.get_context_data(form=form))
        messages.success(self.request, text)
        if self.kwargs["action"] == APPROVE:
            return redirect("wagtailadmin_home")
        return redirect(links.edit_url(self.subject))

    def _act(self, comment: str) -> str:
        state, user, seen = self.flow.current_task_state, self.request.user, self._seen()
        if self.kwargs["action"] == REJECT:
            services.reject(task_state=state, user=user, comment=comment, seen=seen)
            return f"„{self.name}“ ging zurück an die Redaktion."
        if self.kwargs["action"] == WITHDRAW:
            services.withdraw(workflow_state=self.flow, user=user, seen=seen)
            return f"„{self.name}“ ist zurückgezogen und kann bearbeitet werden."
        if not services.approve(task_state=state, user=user, comment=comment, seen=seen):
            return f"„{self.name}“: Ihre Bestätigung ist gespeichert. Es fehlt noch eine weitere Person."
        state.revision.refresh_from_db()
        if state.revision.approved_go_live_at:
            return f"„{self.name}“ ist freigegeben und geht zur geplanten Zeit online."
        return f"„{self.name}“ ist freigegeben und veröffentlicht."

    def _seen(self) -> int | None:
        """Return the version the form was about; None for a request without one: its address is one version."""
        value = self.request.POST.get(SEEN, "")
        return int(value) if value.isdecimal() and len(value) < 20 else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        state, user = self.flow.current_task_state, self.request.user
        standing = queries.standing_of(state)
        version = state.revision.as_object()
        significance, note = validation.change_of(version, first=validation.is_first(self.subject))
        return {
            **super().get_context_data(**kwargs),
            "action": self.kwargs["action"],
            "label": TITLES[self.kwargs["action"]],
            "subject": self.subject,
            "name": self.name,
            "flow": self.flow,
            "submission": self._submission(),
            "seen_name": SEEN,
            "seen": state.revision_id,
            "people": _rows(standing, silent=self._silent()),
            "second_is_missing": bool(standing.approvals) and not standing.by_two,
            "refusal": self._refusal(standing, user),
            "next_url": self._next_url(),
            "significance": significance.label,
            "note": note,
            "go_live_at": None if self._was_kept(version.go_live_at) else version.go_live_at,
            "is_past": version.go_live_at is not None and version.go_live_at <= timezone.now(),
            "expire_at": version.expire_at,
            "is_over": version.expire_at is not None and version.expire_at <= timezone.now(),
            "edit_url": links.edit_url(self.subject),
            "preview_url": links.preview_url(self.subject, state.revision),
            "opinions": self._opinions(),
            "compare_url": links.compare_url(self.subject, state.revision) if self._is_live() else "",
        }

    def _was_kept(self, at: datetime | None) -> bool:
        """True for the time of a version that has gone live; later ones carry it along and mean nothing by it."""
        if at is None or at != self.subject.go_live_at:
            return False
        return publications.of(self.subject).filter(published_at__gte=at).exists()

    def _submission(self) -> str:
        """Say who submitted, and who has looked after it since a hand-over."""
        submitter = getattr(getattr(self.flow.current_task_state, "submission", None), "user", None)
        keeper = self.flow.requested_by
        if keeper is None or keeper == submitter:
            return str(submitter or "vom System")
        return f"{submitter or 'vom System'}, jetzt in den Händen von {keeper}"

    def _silent(self) -> frozenset[int]:
        """Return who counts as author for having submitted alone, since nobody of today has written."""
        state = self.flow.current_task_state
        wrote = changes.authors([(state.revision, None)])[state.revision_id].people
        return frozenset({queries.submitter_of(state) or rule.SYSTEM}) - wrote

    def _next_url(self) -> str:
        """Return where the review goes on that has begun since this one ended."""
        current = self.subject.current_workflow_state
        if current is None or current.pk == self.flow.pk or current.status != WorkflowState.STATUS_IN_PROGRESS:
            return ""
        return reverse("review_decide", args=[current.pk, APPROVE])

    def _is_live(self) -> bool:
        return bool(self.subject.live)

    def _opinions(self) -> list[Any]:
        """Return what outside experts have said; only pages have any."""
        from portal.core.experts import queries as experts

        return experts.opinions(self.subject, only_said=True) if isinstance(self.subject, BasePage) else []

    def _refusal(self, standing: Any, user: Any) -> str:
        if self.flow.status != WorkflowState.STATUS_IN_PROGRESS and self.kwargs["action"] != WITHDRAW:
            return services.ENDED
        if self.kwargs["action"] == APPROVE:
            return str(standing.refusal(user.pk, reviewer=people.is_reviewer(user)))
        return ""


def _rows(standing: Any, *, silent: frozenset[int]) -> list[dict[str, Any]]:
    """Return each author with those who have confirmed what they wrote; who can no longer confirm is marked.

    `silent`: who is an author for having submitted, without having written.
    """
    from django.contrib.auth import get_user_model

    ids = standing.authors | {approval.person for approval in standing.approvals}
    names = {user.pk: str(user) for user in get_user_model()._default_manager.filter(pk__in=ids)}
    gone = {pk: f"{names[pk]} (nicht mehr in der Redaktion)" for pk in standing.absent if pk in names}
    return [
        {
            "author": gone.get(author) or names.get(author, "System"),
            "part": "Eingereicht" if author in silent else "Geschrieben",
            "confirmed": [names[row.person] for row in standing.approvals if row.person != author],
        }
        for author in sorted(standing.authors)
    ]
