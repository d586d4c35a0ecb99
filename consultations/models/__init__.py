from consultations.models.adviser import Absence, Adviser, Closure, DateOverride, WeeklyHours
from consultations.models.appointment import Allocation, Appointment
from consultations.models.case import Case, CaseEvent
from consultations.models.correspondence import (
    Assignment,
    CaseContact,
    CaseFile,
    CasePage,
    CaseTask,
    CaseWord,
    Channel,
    ContactNote,
    InternalNote,
    Message,
    Minutes,
    MinutesTemplate,
)
from consultations.models.format import Format, FormatQuestion, Place
from consultations.models.group import GroupSession, Seat, WaitingEntry
from consultations.models.keeping import CaseKeeping, PastCase, RetentionRun
from consultations.models.own_calendar import BusySource, BusyTime, CalendarFeed
from consultations.models.request import Concern, GuidanceSuccess, Participant, RequestDraft, Urgency

__all__ = [
    "Absence",
    "Adviser",
    "Allocation",
    "Appointment",
    "Assignment",
    "BusySource",
    "BusyTime",
    "CalendarFeed",
    "Case",
    "CaseContact",
    "CaseEvent",
    "CaseFile",
    "CaseKeeping",
    "CasePage",
    "CaseTask",
    "CaseWord",
    "Channel",
    "Closure",
    "Concern",
    "ContactNote",
    "DateOverride",
    "Format",
    "FormatQuestion",
    "GroupSession",
    "GuidanceSuccess",
    "InternalNote",
    "Message",
    "Minutes",
    "MinutesTemplate",
    "Participant",
    "PastCase",
    "Place",
    "RequestDraft",
    "RetentionRun",
    "Seat",
    "Urgency",
    "WaitingEntry",
    "WeeklyHours",
]
