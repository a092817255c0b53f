"""Addresses of what a reader keeps, follows and puts aside."""

from django.urls import path

from playbooks.views import finding

urlpatterns = [
    # below the list of playbooks, so that the navigation shows where one is
    path("c/<slug:slug>/playbooks/my/reading-list/", finding.reading, name="reading_list"),
    path("c/<slug:slug>/playbooks/my/topics/", finding.topics, name="topic_list"),
    path("c/<slug:slug>/playbooks/<slug:playbook>/keep/", finding.keep, name="playbook_keep"),
    path("c/<slug:slug>/playbooks/<slug:playbook>/aside/", finding.pick_aside, name="pick_aside"),
]
