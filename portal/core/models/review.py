"""The review: its task, who submitted and who approved which revision, what was released, the note of a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from wagtail.models import Task, TaskState

from portal.core.models.experts import ExpertInvitation
from portal.core.models.publication import Significance
from portal.core.models.texts import PrintableTexts
from portal.core.review.lock import ReviewLock


class ReviewTask(Task):
    """The one step of "Fachliche Freigabe": no group decides, the rule of four eyes does (portal.core.review)."""

    lock_class = ReviewLock
    admin_form_fields = ["name"]

    class Meta:
        verbose_name = "Fachliche Freigabe (vier Augen)"
        verbose_name_plural = "Fachliche Freigaben (vier Augen)"

    def start(self, workflow_state: Any, user: Any = None) -> Any:
        """Begin a round; who submits is written down here alone, on whatever way it was done."""
        state = super().start(workflow_state, user=user)
        Submission.objects.create(task_state=state, user=user)
        return state

    @classmethod
    def get_description(cls) -> str:
        return "Eine zweite Person gibt frei; wer geschrieben hat, bestätigt nie die eigenen Änderungen."

    def locked_for_user(self, obj: Any, user: Any) -> bool:
        return True

    def user_can_access_editor(self, obj: Any, user: Any) -> bool:
        return False

    def user_can_lock(self, obj: Any, user: Any) -> bool:
        return False

    def user_can_unlock(self, obj: Any, user: Any) -> bool:
        return False

    def get_actions(self, obj: Any, user: Any) -> list[tuple[str, str, bool]]:
        """Return what a person may do with the review of an object; the menu items are ours (screens.review)."""
        from portal.core.review import queries

        state = obj.current_workflow_task_state
        if state is None or state.task_id != self.pk:
            return []
        actions = []
        if queries.may_reject(state, user):
            actions.append(("reject", "Zurückgeben", True))
        if queries.may_approve(state, user):
            actions += [("approve", "Freigeben", False), ("approve", "Freigeben mit Anmerkung", True)]
        return actions

    def get_form_for_action(self, action: str) -> Any:
        from portal.core.review.forms import CommentForm, ReasonForm

        return ReasonForm if action == "reject" else CommentForm

    def on_action(self, task_state: Any, user: Any, action_name: str, **kwargs: Any) -> None:
        """Approve or reject, whichever of Wagtail's views asked; everything is checked again inside."""
        from portal.core.review import services

        comment = str(kwargs.get("comment", ""))
        if action_name == "approve":
            services.approve(task_state=task_state, user=user, comment=comment)
        elif action_name == "reject":
            services.reject(task_state=task_state, user=user, comment=comment)

    def get_task_states_user_can_moderate(self, user: Any, **kwargs: Any) -> Any:
        from portal.core.review import queries

        found = [state.pk for state in queries.approvable(user) if state.task_id == self.pk]
        return TaskState.objects.filter(pk__in=found)


class Submission(models.Model):
    """Who submitted the revision of a round: what the rule goes by, and never changes hands.

    `WorkflowState.requested_by` is whoever looks after the review and is told of it; a hand-over changes that.
    """

    task_state = models.OneToOneField("wagtailcore.TaskState", on_delete=models.CASCADE, related_name="submission")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "Einreichung"
        verbose_name_plural = "Einreichungen"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.task_state_id}: {self.user_id}"


class Approval(models.Model):
    """One person's approval of exactly one revision in one round of its review; a new round starts without any."""

    revision = models.ForeignKey("wagtailcore.Revision", on_delete=models.CASCADE, related_name="approvals")
    task_state = models.ForeignKey("wagtailcore.TaskState", on_delete=models.CASCADE, related_name="approvals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    as_reviewer = models.BooleanField("In der Rolle Fachprüfung")
    revision_at = models.DateTimeField(help_text="created_at of the revision: an overwritten one is another one")
    at = models.DateTimeField("Bestätigt", auto_now_add=True)

    class Meta:
        verbose_name = "Bestätigung"
        verbose_name_plural = "Bestätigungen"
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["task_state", "user"], name="core_approval_once")]

    def __str__(self) -> str:
        return f"{self.revision_id}: {self.user_id}"


class Release(models.Model):
    """A revision that may go live, now or at its time: who decided, and who reviewed it as an expert."""

    revision = models.OneToOneField("wagtailcore.Revision", on_delete=models.CASCADE, related_name="release")
    released_at = models.DateTimeField("Freigegeben")
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = "Freigabe"
        verbose_name_plural = "Freigaben"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.revision_id)


class CorrectionNotice(models.Model):
    """A correction readers see above a live page at once, until it is withdrawn."""

    page = models.ForeignKey("wagtailcore.Page", on_delete=models.CASCADE, related_name="correction_notices")
    text = models.TextField("Hinweis", max_length=600)
    published_at = models.DateTimeField("Veröffentlicht", auto_now_add=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    withdrawn_at = models.DateTimeField("Zurückgenommen", null=True, blank=True)

    class Meta:
        verbose_name = "Korrekturhinweis"
        verbose_name_plural = "Korrekturhinweise"
        default_permissions = ()
        ordering = ["-published_at", "-pk"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="core_correction_has_text")]
        indexes = [models.Index(fields=["page", "withdrawn_at"], name="core_correction_page")]

    def __str__(self) -> str:
        return self.text[:60]


class ReviewedMixin(PrintableTexts):
    """Content that goes live by review alone: what a change means for readers, and the lock of the review."""

    if TYPE_CHECKING:  # what Wagtail's untyped classes bring along
        objects: ClassVar[Any]
        _default_manager: ClassVar[Any]
        live: Any
        live_revision_id: Any
        last_published_at: Any
        approved_schedule: Any
        current_workflow_task: Any

    change_significance = models.CharField(
        "Bedeutung dieser Änderung", max_length=5, choices=Significance.choices, blank=True,
        help_text="Wesentlich: Leserinnen und Leser müssen neu hinsehen; wer abonniert hat, wird benachrichtigt.",
    )  # fmt: skip
    change_summary = models.TextField(
        "Was sich ändert", max_length=1000, blank=True,
        help_text="Ein bis drei Sätze für die Leserinnen und Leser. Bei wesentlichen Änderungen nötig.",
    )  # fmt: skip

    class Meta:
        abstract = True

    def get_lock(self) -> Any:
        """Put the lock of the review before a person's own lock, whose owner could go on editing."""
        own = super().get_lock()  # type: ignore[misc]
        if own is None or isinstance(own, ReviewLock) or self.approved_schedule:
            return own
        task = self.current_workflow_task
        return task.lock_class(self, task) if isinstance(task, ReviewTask) else own

    def save_revision(self, *args: Any, **kwargs: Any) -> Any:
        """Never write over a revision that was published, submitted, approved or shown to an outside expert.

        Autosave would: it asks for the latest revision of its session to be written over.
        """
        overwritten = kwargs.get("overwrite_revision")
        if overwritten is not None and _is_fixed(self, overwritten):
            kwargs["overwrite_revision"] = None
        return super().save_revision(*args, **kwargs)  # type: ignore[misc]


def _is_fixed(subject: Any, revision: Any) -> bool:
    """True for a revision somebody has relied on: live, scheduled, published before, reviewed, read by experts."""
    return bool(
        revision.pk == subject.live_revision_id
        or revision.approved_go_live_at
        or revision.task_states.exists()
        or revision.publications.exists()
        or _is_with_experts(subject, revision)
    )


def _is_with_experts(subject: Any, revision: Any) -> bool:
    """True where an invitation, a remark or a vote names the revision: it must go on saying what was read."""
    named = Q(revision=revision) | Q(comments__revision=revision) | Q(votes__revision=revision)
    return ExpertInvitation.objects.filter(named, page_id=subject.pk).exists()
