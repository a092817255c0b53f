"""Every address of the hub."""

from django.contrib import admin
from django.urls import include, path

from hubsite import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("theme/", views.theme, name="theme"),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("chapters.urls")),
    path("", include("playbooks.urls")),
    path("", include("posts.urls")),
]
