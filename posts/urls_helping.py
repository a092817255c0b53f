"""Addresses of help with a post: of those who ask, of those who are asked, and of proposed wordings."""

from django.urls import path

from posts.views import asked, helped, media

ONE = "c/<slug:slug>/posts/<uuid:uid>"
ASKED = "c/<slug:slug>/asked/<uuid:uid>"
CENTRAL = "central/asking/<uuid:uid>"

urlpatterns = [
    # the chapter that asks
    path(f"{ONE}/help/", helped.post_ask_help, name="post_ask_help"),
    path(f"{ONE}/help/end/", helped.post_close_help, name="post_close_help"),
    path(f"{ONE}/help/<int:pk>/thank/", helped.post_thank, name="post_thank"),
    path(f"{ONE}/wording/", helped.post_wording, name="post_wording"),
    path(f"{ONE}/wordings/<uuid:proposal>/", helped.post_answer_wording, name="post_answer_wording"),
    path(
        f"{ONE}/wordings/<uuid:proposal>/withdraw/",
        helped.post_withdraw_wording,
        name="post_withdraw_wording",
    ),
    # somebody of another chapter looks at a post
    path("c/<slug:slug>/asked/", helped.asked_of_us, name="asked_of_us"),
    path("c/<slug:slug>/asked/calls/<int:pk>/take/", helped.call_take, name="call_take"),
    path(f"{ASKED}/", asked.chapter_asked_post, name="chapter_asked_post"),
    path(f"{ASKED}/comment/", asked.chapter_asked_comment, name="chapter_asked_comment"),
    path(f"{ASKED}/wording/", asked.chapter_asked_wording, name="chapter_asked_wording"),
    path(
        f"{ASKED}/wordings/<uuid:proposal>/withdraw/",
        asked.chapter_asked_withdraw_wording,
        name="chapter_asked_withdraw_wording",
    ),
    path(f"{ASKED}/approve/", asked.chapter_asked_approve, name="chapter_asked_approve"),
    path(f"{ASKED}/changes/", asked.chapter_asked_request_changes, name="chapter_asked_request_changes"),
    path(f"{ASKED}/back/", asked.chapter_asked_hand_back, name="chapter_asked_hand_back"),
    path(f"{ASKED}/media/<uuid:media>/", media.chapter_asked_media, name="chapter_asked_media"),
    path(
        f"{ASKED}/media/<uuid:media>/poster/",
        media.chapter_asked_media_poster,
        name="chapter_asked_media_poster",
    ),
    # the central team looks at a post
    path(f"{CENTRAL}/", asked.asked_post, name="asked_post"),
    path(f"{CENTRAL}/comment/", asked.asked_comment, name="asked_comment"),
    path(f"{CENTRAL}/wording/", asked.asked_wording, name="asked_wording"),
    path(
        f"{CENTRAL}/wordings/<uuid:proposal>/withdraw/",
        asked.asked_withdraw_wording,
        name="asked_withdraw_wording",
    ),
    path(f"{CENTRAL}/approve/", asked.asked_approve, name="asked_approve"),
    path(f"{CENTRAL}/changes/", asked.asked_request_changes, name="asked_request_changes"),
    path(f"{CENTRAL}/media/<uuid:media>/", media.asked_media, name="asked_media"),
    path(f"{CENTRAL}/media/<uuid:media>/poster/", media.asked_media_poster, name="asked_media_poster"),
]
