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
from consultations.models.incoming import IncomingMail, MailReturn, MessageMail
from consultations.models.keeping import CaseKeeping, PastCase, RetentionRun
from consultations.models.learning import CaseAlert, FaqDraft, Rating
from consultations.models.mailing import AdviserEntry, EntryChoice, MailText, NoReminders, Reminder
from consultations.models.own_calendar import BusySource, BusyTime, CalendarFeed
from consultations.models.request import Concern, GuidanceSuccess, Participant, RequestDraft, Urgency
from consultations.models.taking_part import Agenda, DraftFile, Invitation

__all__ = [
    "Absence",
    "Adviser",
    "AdviserEntry",
    "Agenda",
    "Allocation",
    "Appointment",
    "Assignment",
    "BusySource",
    "BusyTime",
    "CalendarFeed",
    "Case",
    "CaseAlert",
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
    "DraftFile",
    "EntryChoice",
    "FaqDraft",
    "Format",
    "FormatQuestion",
    "GroupSession",
    "GuidanceSuccess",
    "IncomingMail",
    "InternalNote",
    "Invitation",
    "MailReturn",
    "MailText",
    "Message",
    "MessageMail",
    "Minutes",
    "MinutesTemplate",
    "NoReminders",
    "Participant",
    "PastCase",
    "Place",
    "Rating",
    "Reminder",
    "RequestDraft",
    "RetentionRun",
    "Seat",
    "Urgency",
    "WaitingEntry",
    "WeeklyHours",
]
