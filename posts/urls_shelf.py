"""Addresses of a chapter's shelf of suggestions, and of the posts it made from them."""

from django.urls import path

from posts.views import shelf, shelf_dates, suggestion_copy

urlpatterns = [
    path("c/<slug:slug>/suggestions/", shelf.shelf, name="shelf"),
    path("c/<slug:slug>/suggestions/use/", shelf.shelf_use, name="shelf_use"),
    path("c/<slug:slug>/suggestions/dates/", shelf_dates.shelf_dates, name="shelf_dates"),
    path("c/<slug:slug>/suggestions/made/", shelf_dates.shelf_made, name="shelf_made"),
    path("c/<slug:slug>/suggestions/<uuid:uid>/", shelf.shelf_one, name="shelf_one"),
    path("c/<slug:slug>/suggestions/<uuid:uid>/adapt/<int:item>/", shelf.shelf_adapt, name="shelf_adapt"),
    path("c/<slug:slug>/suggestions/<uuid:uid>/decline/", shelf.shelf_decline, name="shelf_decline"),
    path("c/<slug:slug>/suggestions/<uuid:uid>/take-back/", shelf.shelf_take_back, name="shelf_take_back"),
    path("c/<slug:slug>/suggestions/<uuid:uid>/unsend/", shelf.shelf_unsend, name="shelf_unsend"),
    path(
        "c/<slug:slug>/suggestions/<uuid:uid>/pictures/<uuid:media>/",
        shelf.shelf_picture,
        name="shelf_picture",
    ),
    path(
        "c/<slug:slug>/posts/<uuid:uid>/suggestion/", suggestion_copy.post_suggestion, name="post_suggestion"
    ),
    path("c/<slug:slug>/posts/<uuid:uid>/offer/", suggestion_copy.post_offer, name="post_offer"),
]
