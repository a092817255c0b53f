"""Every address of posts: the pages people look round in, and the pages they write, review and settle on."""

from django.urls import include, path

urlpatterns = [
    path("", include("posts.urls_looking")),  # chapter_home, plan, post_list, asking, ...
    path(
        "", include("posts.urls_accounts")
    ),  # account_list, account_connect, connection_link, connected, ...
    path("", include("posts.urls_writing")),  # post_new, post_detail, review_list, media, asked_post, ...
]
