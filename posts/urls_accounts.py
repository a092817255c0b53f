"""Addresses of a chapter's accounts, of connecting them, and of connection links."""

from django.urls import path

from posts.views import accounts, connecting, connection_links

urlpatterns = [
    path("c/<slug:slug>/accounts/", accounts.account_list, name="account_list"),
    # connecting
    path("c/<slug:slug>/accounts/connect/", connecting.account_connect, name="account_connect"),
    path(
        "c/<slug:slug>/accounts/connect/<slug:platform>/",
        connecting.account_connect_to,
        name="account_connect_to",
    ),
    path("c/<slug:slug>/accounts/begun/<uuid:begun>/", connecting.account_choose, name="account_choose"),
    path("c/<slug:slug>/accounts/begun/<uuid:begun>/drop/", connecting.account_drop, name="account_drop"),
    path("connected/", connecting.connected, name="connected"),
    # links for whoever owns an account
    path(
        "c/<slug:slug>/accounts/links/new/", connection_links.connection_link_new, name="connection_link_new"
    ),
    path(
        "c/<slug:slug>/accounts/links/<uuid:link>/revoke/",
        connection_links.connection_link_revoke,
        name="connection_link_revoke",
    ),
    path("connect/", connection_links.connection_offer, name="connection_offer"),
    path("connect/to/<slug:platform>/", connection_links.connection_begin, name="connection_begin"),
    path("connect/which/<uuid:begun>/", connection_links.connection_choose, name="connection_choose"),
    path("connect/<str:token>/", connection_links.connection_link, name="connection_link"),
    # one account
    path("c/<slug:slug>/accounts/<uuid:uid>/", accounts.account_detail, name="account_detail"),
    path(
        "c/<slug:slug>/accounts/<uuid:uid>/reconnect/",
        connecting.account_reconnect,
        name="account_reconnect",
    ),
    path("c/<slug:slug>/accounts/<uuid:uid>/waiting/", accounts.account_waiting, name="account_waiting"),
    path("c/<slug:slug>/accounts/<uuid:uid>/pause/", accounts.account_pause, name="account_pause"),
    path("c/<slug:slug>/accounts/<uuid:uid>/resume/", accounts.account_resume, name="account_resume"),
    path("c/<slug:slug>/accounts/<uuid:uid>/doubt/", accounts.account_doubt, name="account_doubt"),
    path(
        "c/<slug:slug>/accounts/<uuid:uid>/disconnect/",
        accounts.account_disconnect,
        name="account_disconnect",
    ),
]
