from consultations.models.adviser import Absence, Adviser, Closure, DateOverride, WeeklyHours
from consultations.models.appointment import Allocation, Appointment
from consultations.models.case import Case, CaseEvent
from consultations.models.format import Format, FormatQuestion, Place
from consultations.models.group import GroupSession, Seat, WaitingEntry

__all__ = [
    "Absence",
    "Adviser",
    "Allocation",
    "Appointment",
    "Case",
    "CaseEvent",
    "Closure",
    "DateOverride",
    "Format",
    "FormatQuestion",
    "GroupSession",
    "Place",
    "Seat",
    "WaitingEntry",
    "WeeklyHours",
]
