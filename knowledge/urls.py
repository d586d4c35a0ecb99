from django.urls import URLPattern, URLResolver, path, re_path

from knowledge import changes, feeds
from knowledge.deadlines import feeds as deadline_feeds
from knowledge.deadlines import views as deadlines
from knowledge.feedback import views as feedback
from knowledge.reports import views as reports
from knowledge.versions import views as versions
from knowledge.views import as_markdown, documents, glossary, indexes, law

PAGE = r"(?:(?!dokumente/|media/|static/|cms/)(?P<path>[\w/-]+)/)?"  # none: the start page
PAIR = r"(?P<first>[1-9]\d{0,8})-(?P<second>[1-9]\d{0,8})"

urlpatterns: list[URLPattern | URLResolver] = [
    path("glossar.md", as_markdown.glossary, name="glossary_markdown"),
    path("recht.md", as_markdown.acts, name="acts_markdown"),
    path("recht/<slug:slug>/wortlaut.md", as_markdown.law_text, name="law_text_markdown"),
    path("a-z.md", as_markdown.az, name="az_markdown"),
    path("schlagwort/<slug:slug>.md", as_markdown.tag, name="tag_markdown"),
    path("uebersicht.md", as_markdown.site_map, name="site_map_markdown"),
    path("fristen.md", deadlines.timeline_markdown, name="deadlines_markdown"),
    path("fristen.atom", deadline_feeds.atom, name="deadlines_feed"),
    path("fristen.ics", deadline_feeds.calendar, name="deadlines_calendar"),
    path("fristen/feld/<slug:slug>.atom", deadline_feeds.atom, name="deadlines_feed_of"),
    path("fristen/feld/<slug:slug>.ics", deadline_feeds.calendar, name="deadlines_calendar_of"),
    path("fristen/<slug:slug>.md", deadlines.one_markdown, name="deadline_markdown"),
    path("fristen/", deadlines.timeline, name="deadlines"),
    path("fristen/<slug:slug>/", deadlines.one, name="deadline"),
    path("praxisberichte.md", reports.listing_markdown, name="reports_markdown"),
    path("praxisberichte/", reports.listing, name="reports"),
    path("praxisberichte/einreichen/", reports.submit, name="submit_report"),
    path("praxisberichte/meine/", reports.mine, name="my_reports"),
    path("praxisberichte/meine/<int:page_id>/widerrufen/", reports.withdraw, name="withdraw_report_contact"),
    path("glossar/", glossary.glossary, name="glossary"),
    path("glossar/<slug:slug>/", glossary.glossary_term, name="glossary_term"),
    path("recht/", law.acts, name="acts"),
    path("recht/<slug:slug>/", law.act, name="act"),
    path("recht/<slug:slug>/wortlaut/", law.law_text, name="law_text"),
    path("a-z/", indexes.az, name="az"),
    path("schlagwort/<slug:slug>/", indexes.tag, name="tag"),
    path("uebersicht/", indexes.site_map, name="site_map"),
    path("aenderungen/", changes.recent_changes, name="recent_changes"),
    path("aenderungen.md", changes.recent_changes_markdown, name="recent_changes_markdown"),
    path("aenderungen.atom", changes.changes_feed, name="changes_feed"),
    re_path(r"^(?P<path>[\w/-]+)/aenderungen\.atom$", changes.changes_feed_of, name="changes_feed_of"),
    path("rueckmeldung/", feedback.vote, name="feedback_vote"),
    path("rueckmeldung/<int:page_id>/", feedback.reason, name="feedback_reason"),
    path("rueckmeldung/<int:page_id>/danke/", feedback.thanks, name="feedback_thanks"),
    path("feed.atom", feeds.feed_all, name="feed_all"),
    re_path(r"^(?P<path>[\w/-]+)/feed\.atom$", feeds.feed_topic, name="feed_topic"),
    re_path(rf"^{PAGE}versionen/$", versions.page_versions, name="page_versions"),
    re_path(rf"^{PAGE}versionen\.md$", versions.page_versions_markdown, name="page_versions_markdown"),
    re_path(rf"^{PAGE}versionen/{PAIR}/$", versions.page_comparison, name="page_comparison"),
    re_path(rf"^{PAGE}versionen/{PAIR}\.md$", versions.page_comparison_markdown, name="page_comparison_markdown"),
    re_path(r"^(?!dokumente/|media/|static/|cms/)(?P<path>[\w/-]+)\.pdf$", documents.page_pdf, name="page_pdf"),
]
