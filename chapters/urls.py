"""Addresses of people and chapters."""

from django.urls import include, path

from chapters.views import accepting, central, emergencies, me, notices, people, settings, wishes

urlpatterns = [
    # who is in a chapter
    path("c/<slug:slug>/people/", people.member_list, name="member_list"),
    path("c/<slug:slug>/people/invite/", people.member_invite, name="member_invite"),
    path(
        "c/<slug:slug>/people/invitations/<int:pk>/resend/",
        people.invitation_resend,
        name="invitation_resend",
    ),
    path(
        "c/<slug:slug>/people/invitations/<int:pk>/revoke/",
        people.invitation_revoke,
        name="invitation_revoke",
    ),
    path("c/<slug:slug>/people/<uuid:uid>/role/", people.member_role, name="member_role"),
    path("c/<slug:slug>/people/<uuid:uid>/remove/", people.member_remove, name="member_remove"),
    path("c/<slug:slug>/leave/", people.member_leave, name="member_leave"),
    # what the chapter decides for itself
    path("c/<slug:slug>/about/", settings.chapter_about, name="chapter_about"),
    path("c/<slug:slug>/settings/", settings.chapter_settings, name="chapter_settings"),
    path("c/<slug:slug>/pause/", settings.chapter_pause, name="chapter_pause"),
    path("c/<slug:slug>/resume/", settings.chapter_resume, name="chapter_resume"),
    # the central team founds chapters
    path("central/chapters/", central.chapter_list, name="chapter_list"),
    path("central/chapters/new/", central.chapter_create, name="chapter_create"),
    path("central/chapters/<slug:chapter>/lead/", central.chapter_invite_lead, name="chapter_invite_lead"),
    path(
        "central/chapters/<slug:chapter>/lead/<int:pk>/resend/",
        central.chapter_lead_resend,
        name="chapter_lead_resend",
    ),
    path(
        "central/chapters/<slug:chapter>/lead/<int:pk>/revoke/",
        central.chapter_lead_revoke,
        name="chapter_lead_revoke",
    ),
    path("", include("chapters.urls_advisories")),  # advisory_list, advisory_pause, volunteer, ...
    # the person themselves
    path("invitations/", accepting.invitation_accept, name="invitation_accept"),
    path("invitations/<str:token>/", accepting.invitation, name="invitation"),
    path("notices/", notices.notice_list, name="notice_list"),
    path("notices/wishes/", wishes.notice_wishes, name="notice_wishes"),
    path("notices/stop/<str:token>/", wishes.notice_stop, name="notice_stop"),
    path("emergencies/", emergencies.emergency_list, name="emergency_list"),
    path("central/emergency/", emergencies.emergency_declare, name="emergency_declare"),
    path("central/emergency/end/", emergencies.emergency_end, name="emergency_end"),
    path("notices/read/", notices.notice_read_all, name="notice_read_all"),
    path("notices/<int:pk>/open/", notices.notice_open, name="notice_open"),
    path("me/", me.person_settings, name="person_settings"),
]
