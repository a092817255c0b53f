"""Addresses of writing a post, of its page, of reviewing it and of its pictures and videos."""

from django.urls import path

from posts.views import actions, compose, media, post, review

urlpatterns = [
    # writing
    path("c/<slug:slug>/posts/new/", compose.post_new, name="post_new"),
    path("c/<slug:slug>/posts/check/", compose.post_check, name="post_check"),
    path("c/<slug:slug>/posts/<uuid:uid>/edit/", compose.post_edit, name="post_edit"),
    # one post
    path("c/<slug:slug>/posts/<uuid:uid>/", post.post_detail, name="post_detail"),
    path("c/<slug:slug>/posts/<uuid:uid>/now/", post.post_now, name="post_now"),
    path("c/<slug:slug>/posts/<uuid:uid>/submit/", actions.post_submit, name="post_submit"),
    path("c/<slug:slug>/posts/<uuid:uid>/withdraw/", actions.post_withdraw, name="post_withdraw"),
    path("c/<slug:slug>/posts/<uuid:uid>/schedule/", actions.post_schedule, name="post_schedule"),
    path("c/<slug:slug>/posts/<uuid:uid>/publish/", actions.post_publish_now, name="post_publish_now"),
    path("c/<slug:slug>/posts/<uuid:uid>/unschedule/", actions.post_unschedule, name="post_unschedule"),
    path("c/<slug:slug>/posts/<uuid:uid>/reopen/", actions.post_reopen, name="post_reopen"),
    path("c/<slug:slug>/posts/<uuid:uid>/duplicate/", actions.post_duplicate, name="post_duplicate"),
    path("c/<slug:slug>/posts/<uuid:uid>/reuse/", actions.post_reuse, name="post_reuse"),
    path("c/<slug:slug>/posts/<uuid:uid>/delete/", actions.post_delete, name="post_delete"),
    path("c/<slug:slug>/posts/<uuid:uid>/comment/", actions.post_comment, name="post_comment"),
    # one delivery of it
    path(
        "c/<slug:slug>/posts/<uuid:uid>/deliveries/<uuid:delivery>/retry/",
        actions.delivery_retry,
        name="delivery_retry",
    ),
    path(
        "c/<slug:slug>/posts/<uuid:uid>/deliveries/<uuid:delivery>/confirm/",
        actions.delivery_confirm,
        name="delivery_confirm",
    ),
    path(
        "c/<slug:slug>/posts/<uuid:uid>/deliveries/<uuid:delivery>/deny/",
        actions.delivery_deny,
        name="delivery_deny",
    ),
    path(
        "c/<slug:slug>/posts/<uuid:uid>/deliveries/<uuid:delivery>/skip/",
        actions.delivery_skip,
        name="delivery_skip",
    ),
    path(
        "c/<slug:slug>/posts/<uuid:uid>/deliveries/<uuid:delivery>/take-down/",
        actions.delivery_take_down,
        name="delivery_take_down",
    ),
    # reviewing
    path("c/<slug:slug>/review/", review.review_list, name="review_list"),
    path("c/<slug:slug>/review/<uuid:uid>/", review.post_review, name="post_review"),
    path("c/<slug:slug>/review/<uuid:uid>/approve/", review.post_approve, name="post_approve"),
    path(
        "c/<slug:slug>/review/<uuid:uid>/changes/", review.post_request_changes, name="post_request_changes"
    ),
    # pictures and videos
    path("c/<slug:slug>/media/add/", media.media_add, name="media_add"),
    path("c/<slug:slug>/media/<uuid:uid>/", media.media, name="media"),
    path("c/<slug:slug>/media/<uuid:uid>/poster/", media.media_poster, name="media_poster"),
    # what a platform fetches for a delivery
    path("m/<slug:token>.<slug:ending>", media.granted_media, name="granted_media"),
]
