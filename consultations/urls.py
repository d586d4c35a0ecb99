from django.urls import URLPattern, URLResolver, path

from consultations import as_markdown, views
from consultations.mailing import views as mailing
from consultations.requester import lost_links, sessions
from consultations.requester import views as requester
from consultations.wizard import views as wizard

urlpatterns: list[URLPattern | URLResolver] = [
    path("kontakt.md", as_markdown.contact, name="contact_markdown"),
    path("barriere-melden.md", as_markdown.report_barrier, name="report_barrier_markdown"),
    path("kontakt/", views.contact, name="contact"),
    path("kontakt/gesendet/", views.contact_sent, name="contact_sent"),
    path("barriere-melden/", views.report_barrier, name="report_barrier"),
    path("barriere-melden/gesendet/", views.barrier_reported, name="barrier_reported"),
    path("beratung/anfragen/", wizard.start, name="consultation_start"),
    path("beratung/anfragen/beantwortet/", wizard.answered, name="consultation_answered"),
    path("beratung/anfragen/<str:token>/bestaetigen/", wizard.mail_sent, name="consultation_mail_sent"),
    path("beratung/anfragen/<str:token>/<slug:step>/", wizard.step, name="consultation_step"),
    path("beratung/bestaetigen/<str:token>/", wizard.confirm, name="consultation_confirm"),
    path("beratung/vorgang/<str:ref>/", requester.case, name="consultation_case"),
    path("beratung/vorgang/<str:ref>/bestaetigung/", requester.confirmation, name="consultation_confirmation"),
    path("beratung/vorgang/<str:ref>/zurueckziehen/", requester.withdraw, name="consultation_withdraw"),
    path(
        "beratung/vorgang/<str:ref>/termin/<uuid:thread>/", requester.appointment, name="consultation_appointment"
    ),
    path(
        "beratung/vorgang/<str:ref>/termin/<uuid:thread>.ics",
        requester.calendar_entry,
        name="consultation_case_ics",
    ),
    path("beratung/vorgang/<str:ref>/warteliste/<int:pk>/", requester.waiting, name="consultation_waiting"),
    path("beratung/erinnerungen/", mailing.own, name="consultation_own_reminders"),
    path("beratung/erinnerungen/<str:token>/", mailing.by_link, name="consultation_reminders"),
    path("beratung/link/", lost_links.request_link, name="consultation_link"),
    path("beratung/termine/", sessions.page, name="consultation_sessions"),
    path("beratung/termine.md", sessions.markdown, name="consultation_sessions_markdown"),
    path("beratung/termine.atom", sessions.atom, name="consultation_sessions_feed"),
    path("beratung/termine.ics", sessions.calendar, name="consultation_sessions_ics"),
    path("beratung/termine/<uuid:uid>.ics", sessions.calendar, name="consultation_session_ics"),
]
