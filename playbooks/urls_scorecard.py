"""The address of the central team's scorecard."""

from django.urls import path

from playbooks.views import scorecard

urlpatterns = [path("c/<slug:slug>/how-we-help/", scorecard.scorecard, name="scorecard")]
