from portal.core.models.audit import AuditEntry
from portal.core.models.experts import ExpertComment, ExpertInvitation, ExpertVote
from portal.core.models.media import PortalDocument, PortalImage, PortalRendition
from portal.core.models.outbox import OutboxMessage
from portal.core.models.page import BasePage, PageTag, Tag
from portal.core.models.publication import Publication, Significance
from portal.core.models.review import (
    Approval,
    CorrectionNotice,
    Release,
    ReviewedMixin,
    ReviewTask,
    Submission,
)
from portal.core.models.schedule import ScheduledRun, Worker
from portal.core.models.site import Operator, SiteNotice
from portal.core.models.subscription import (
    Change,
    ConfirmationMail,
    Delivery,
    Frequency,
    SubjectKind,
    Subscriber,
    Subscription,
)
from portal.core.models.work import WorkEvent, WorkItem, WorkReport

__all__ = [
    "Approval",
    "AuditEntry",
    "BasePage",
    "Change",
    "ConfirmationMail",
    "CorrectionNotice",
    "Delivery",
    "ExpertComment",
    "ExpertInvitation",
    "ExpertVote",
    "Frequency",
    "Operator",
    "OutboxMessage",
    "PageTag",
    "PortalDocument",
    "PortalImage",
    "PortalRendition",
    "Publication",
    "Release",
    "ReviewTask",
    "ReviewedMixin",
    "ScheduledRun",
    "Significance",
    "SiteNotice",
    "SubjectKind",
    "Submission",
    "Subscriber",
    "Subscription",
    "Tag",
    "WorkEvent",
    "WorkItem",
    "WorkReport",
    "Worker",
]
