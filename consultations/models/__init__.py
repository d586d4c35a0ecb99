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
from consultations.models.mailing import MailText, NoReminders, Reminder
from consultations.models.request import Concern, GuidanceSuccess, Participant, RequestDraft, Urgency

__all__ = [
    "Absence",
    "Adviser",
    "Allocation",
    "Appointment",
    "Assignment",
    "Case",
    "CaseContact",
    "CaseEvent",
    "CaseFile",
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
    "MailText",
    "Message",
    "Minutes",
    "MinutesTemplate",
    "NoReminders",
    "Participant",
    "Place",
    "Reminder",
    "RequestDraft",
    "Seat",
    "Urgency",
    "WaitingEntry",
    "WeeklyHours",
]
