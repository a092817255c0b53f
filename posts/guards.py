"""What the database itself enforces for this app's tables: no row points into another chapter."""

from hubsite.lib.db_guards import SameChapter

GUARDS = [
    SameChapter("posts_target", "post_id", "posts_post"),
    SameChapter("posts_target", "account_id", "posts_socialaccount"),
    SameChapter("posts_delivery", "post_id", "posts_post"),
    SameChapter("posts_delivery", "account_id", "posts_socialaccount"),
    SameChapter("posts_mediause", "post_id", "posts_post"),
    SameChapter("posts_mediause", "media_id", "posts_media"),
    SameChapter("posts_rendition", "media_id", "posts_media"),
    SameChapter("posts_mediagrant", "delivery_id", "posts_delivery"),
    SameChapter("posts_mediagrant", "media_id", "posts_media"),
    SameChapter("posts_mediagrant", "rendition_id", "posts_rendition"),
    SameChapter("posts_postpractice", "post_id", "posts_post"),
    SameChapter("posts_post", "reused_from_id", "posts_post"),
    SameChapter("posts_connectionattempt", "account_id", "posts_socialaccount"),
    SameChapter("posts_connectionattempt", "link_id", "posts_connectionlink"),
    SameChapter("posts_connectionlink", "account_id", "posts_socialaccount"),
]
