"""Addresses of advisories, and of the switch of volunteer reviewers."""

from django.urls import path

from chapters.views import advisories, volunteering

urlpatterns = [
    path("c/<slug:slug>/advisories/<uuid:uid>/pause/", advisories.advisory_pause, name="advisory_pause"),
    path("c/<slug:slug>/advisories/<uuid:uid>/go-on/", advisories.advisory_go_on, name="advisory_go_on"),
    path("c/<slug:slug>/advisories/rule/", advisories.advisory_rule, name="advisory_rule"),
    path("c/<slug:slug>/volunteer/", volunteering.volunteer, name="volunteer"),
    path("central/advisories/", advisories.advisory_list, name="advisory_list"),
    path("central/advisories/new/", advisories.advisory_new, name="advisory_new"),
    path("central/advisories/<uuid:uid>/withdraw/", advisories.advisory_withdraw, name="advisory_withdraw"),
]
