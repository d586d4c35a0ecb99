from django.urls import URLPattern, URLResolver, path

from consultations import as_markdown, calendar_feed, views
from consultations.mailing import views as mailing
from consultations.privacy import notices as privacy
from consultations.requester import (
    choosing,
    invited,
    lost_links,
    overview,
    pdf_view,
    people,
    rating,
    sessions,
    writing,
)
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
    path("beratung/vorgaenge/", overview.page, name="consultation_cases"),
    path("beratung/vorgang/<str:ref>/", requester.case, name="consultation_case"),
    path("beratung/vorgang/<str:ref>/bestaetigung/", requester.confirmation, name="consultation_confirmation"),
    path("beratung/vorgang/<str:ref>/bestaetigung.pdf", pdf_view.download, name="consultation_confirmation_pdf"),
    path("beratung/vorgang/<str:ref>/termin-waehlen/", choosing.choose, name="consultation_choose"),
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
    path("beratung/vorgang/<str:ref>/nachricht/", writing.message, name="consultation_message"),
    path("beratung/vorgang/<str:ref>/datei/<int:pk>/", writing.file, name="consultation_case_file"),
    path("beratung/vorgang/<str:ref>/aufgabe/<int:pk>/", writing.task_done, name="consultation_task_done"),
    path("beratung/vorgang/<str:ref>/aufgabe/<int:pk>/offen/", writing.task_open, name="consultation_task_reopen"),
    path(
        "beratung/vorgang/<str:ref>/termin/<uuid:thread>/personen/",
        people.participants,
        name="consultation_participants",
    ),
    path("beratung/vorgang/<str:ref>/einladung/<int:pk>/", people.take_back, name="consultation_take_back"),
    path("beratung/vorgang/<str:ref>/sichtbar/", people.share, name="consultation_share"),
    path("beratung/vorgang/<str:ref>/uebernehmen/", people.claim, name="consultation_claim"),
    path("beratung/vorgang/<str:ref>/uebergeben/", people.hand_over, name="consultation_hand_over"),
    path("beratung/uebergeben/", requester.handed_over, name="consultation_handed_over"),
    path("beratung/einladung/<str:token>/", invited.page, name="consultation_invitation"),
    path("beratung/einladung/<str:token>/termin.ics", invited.calendar_entry, name="consultation_invitation_ics"),
    path("beratung/bewertung/<str:token>/", rating.rate, name="consultation_rating"),
    path("beratung/erinnerungen/", mailing.own, name="consultation_own_reminders"),
    path("beratung/erinnerungen/<str:token>/", mailing.by_link, name="consultation_reminders"),
    path("beratung/link/", lost_links.request_link, name="consultation_link"),
    path("beratung/termine/", sessions.page, name="consultation_sessions"),
    path("beratung/termine.md", sessions.markdown, name="consultation_sessions_markdown"),
    path("beratung/termine.atom", sessions.atom, name="consultation_sessions_feed"),
    path("beratung/termine.ics", sessions.calendar, name="consultation_sessions_ics"),
    path("beratung/termine/<uuid:uid>.ics", sessions.calendar, name="consultation_session_ics"),
    path("beratung/datenschutz/", privacy.page, name="consultation_privacy"),
    path("beratung/datenschutz.md", privacy.markdown, name="consultation_privacy_markdown"),
    path("beratung/kalender/<str:key>.ics", calendar_feed.show, name="consultations_own_feed"),
]
