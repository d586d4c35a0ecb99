from portal.core.models.media import PortalDocument, PortalImage, PortalRendition
from portal.core.models.outbox import OutboxMessage
from portal.core.models.page import BasePage, PageTag, Tag
from portal.core.models.schedule import ScheduledRun, Worker
from portal.core.models.site import Operator, SiteNotice
from portal.core.models.work import WorkItem

__all__ = [
    "BasePage",
    "Operator",
    "OutboxMessage",
    "PageTag",
    "PortalDocument",
    "PortalImage",
    "PortalRendition",
    "ScheduledRun",
    "SiteNotice",
    "Tag",
    "WorkItem",
    "Worker",
]
