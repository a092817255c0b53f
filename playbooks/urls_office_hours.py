"""Addresses of office hours: chapters book them, the central team offers them."""

from django.urls import path

from playbooks.views import office_hours, office_hours_team

# below the questions, whose entry of the frame they are reached from
HOURS = "c/<slug:slug>/questions/office-hours/"
BOOKED = f"{HOURS}booked/<uuid:booking>/"
TEAM = "central/questions/office-hours/"
OF_TEAM = f"{TEAM}booked/<uuid:booking>/"

urlpatterns = [
    path(HOURS, office_hours.office_hour_list, name="office_hour_list"),
    path(f"{HOURS}<uuid:hour>/", office_hours.office_hour_book, name="office_hour_book"),
    path(BOOKED, office_hours.office_hour_booking, name="office_hour_booking"),
    path(f"{BOOKED}agenda/", office_hours.office_hour_agenda, name="office_hour_agenda"),
    path(f"{BOOKED}cancel/", office_hours.office_hour_cancel, name="office_hour_cancel"),
    path(f"{BOOKED}done/<int:agreed>/", office_hours.office_hour_done, name="office_hour_done"),
    path(f"{BOOKED}calendar/", office_hours.office_hour_calendar, name="office_hour_calendar"),
    path(TEAM, office_hours_team.office_hours_offered, name="office_hours_offered"),
    path(f"{TEAM}<uuid:hour>/withdraw/", office_hours_team.office_hour_withdraw, name="office_hour_withdraw"),
    path(OF_TEAM, office_hours_team.office_hour_of_team, name="office_hour_of_team"),
    path(f"{OF_TEAM}note/", office_hours_team.office_hour_note, name="office_hour_note"),
    path(
        f"{OF_TEAM}done/<int:agreed>/", office_hours_team.office_hour_team_done, name="office_hour_team_done"
    ),
    path(f"{OF_TEAM}cancel/", office_hours_team.office_hour_call_off, name="office_hour_call_off"),
    path(
        f"{OF_TEAM}calendar/", office_hours_team.office_hour_team_calendar, name="office_hour_team_calendar"
    ),
]
