"""Addresses around a playbook: a second look, keeping it good, pictures, practices, the public page."""

from django.urls import path

from playbooks.views import keeping, looking, pictures, practices, public

ONE = "central/playbooks/<slug:playbook>"

urlpatterns = [
    path("p/<str:token>/", public.public_playbook, name="public_playbook"),
    path("playbooks/pictures/<uuid:uid>/", pictures.playbook_picture, name="playbook_picture"),
    path("c/<slug:slug>/practices/", practices.practice_list, name="practice_list"),
    path("c/<slug:slug>/practices/<slug:practice>/", practices.practice_detail, name="practice_detail"),
    path("central/practices/", practices.practices_teach, name="practices_teach"),
    path("central/practices/new/", practices.practice_new, name="practice_new"),
    path("central/practices/<slug:practice>/", practices.practice_edit, name="practice_edit"),
    path(
        "central/practices/<slug:practice>/withdraw/", practices.practice_withdraw, name="practice_withdraw"
    ),
    path("central/practices/<slug:practice>/offer/", practices.practice_offer, name="practice_offer"),
    path("central/playbooks/autosave/", looking.playbook_autosave, name="playbook_autosave_new"),
    path(f"{ONE}/autosave/", looking.playbook_autosave, name="playbook_autosave"),
    path(f"{ONE}/ask/", looking.playbook_ask, name="playbook_ask"),
    path(f"{ONE}/review/", looking.playbook_review, name="playbook_review"),
    path(f"{ONE}/unplan/", looking.playbook_unplan, name="playbook_unplan"),
    path(f"{ONE}/keep/", keeping.playbook_keep, name="playbook_keeping"),
    path(f"{ONE}/still-good/", keeping.playbook_still_good, name="playbook_still_good"),
    path(f"{ONE}/translate/", keeping.playbook_translate, name="playbook_translate"),
    path(f"{ONE}/caught-up/", keeping.playbook_caught_up, name="playbook_caught_up"),
    path(f"{ONE}/open/", keeping.playbook_open, name="playbook_open"),
    path(f"{ONE}/close/", keeping.playbook_close, name="playbook_close"),
    path(f"{ONE}/pictures/", pictures.playbook_pictures, name="playbook_pictures"),
    path(f"{ONE}/pictures/<uuid:uid>/words/", pictures.playbook_picture_words, name="playbook_picture_words"),
    path(
        f"{ONE}/pictures/<uuid:uid>/remove/", pictures.playbook_picture_remove, name="playbook_picture_remove"
    ),
]
