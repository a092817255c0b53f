"""What becomes of each pointer to a person in this app's tables when the person is erased."""

from chapters.erasure import Policy

ON_ERASE = {
    "posts.ConnectionAttempt.person": Policy.DELETE,
    "posts.ConnectionLink.made_by": Policy.KEEP,
    "posts.HelpRequest.answered_by": Policy.KEEP,
    "posts.HelpRequest.asked_by": Policy.KEEP,
    "posts.HelpRequest.taken_by": Policy.KEEP,
    "posts.Media.created_by": Policy.KEEP,
    "posts.Post.author": Policy.KEEP,
    "posts.Post.submitted_by": Policy.KEEP,
    "posts.PostRevision.by": Policy.KEEP,
    "posts.Review.reviewer": Policy.KEEP,
    "posts.SocialAccount.connected_by": Policy.KEEP,
    "posts.Thanks.by": Policy.KEEP,
    "posts.Thanks.to": Policy.KEEP,
}
