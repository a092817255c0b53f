"""Every address of the hub."""

from allauth.mfa.totp.views import activate_totp
from csp.decorators import csp_update
from django.contrib import admin
from django.urls import include, path

from hubsite import views

# the one page whose picture, the QR code, is part of the page itself
totp_page = csp_update({"img-src": ["data:"]})(activate_totp)

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("robots.txt", views.robots, name="robots"),
    path("theme/", views.theme, name="theme"),
    path("account/2fa/totp/activate/", totp_page, name="mfa_activate_totp"),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("", include("chapters.urls")),
    path("", include("playbooks.urls")),
    path("", include("posts.urls")),
]
