"""Office hours in the admin: everything to be read; changes are made on the pages of the two sides."""

from __future__ import annotations

from django.contrib import admin

from playbooks.admin_base import ReadOnlyAdmin
from playbooks.models import Agreed, Booking, OfficeHour


@admin.register(OfficeHour)
class OfficeHourAdmin(ReadOnlyAdmin):
    list_display = ["starts_at", "ends_at", "host", "place", "withdrawn_at"]
    list_filter = [("withdrawn_at", admin.EmptyFieldListFilter), "host"]
    list_select_related = ["host"]
    search_fields = ["place", "note", "host__name"]
    date_hierarchy = "starts_at"


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin):
    list_display = ["hour", "chapter", "booked_by", "booked_at", "cancelled_at"]
    list_filter = [("cancelled_at", admin.EmptyFieldListFilter), "booked_at"]
    list_select_related = ["hour", "chapter", "booked_by"]
    search_fields = ["chapter__name", "wishes"]


@admin.register(Agreed)
class AgreedAdmin(ReadOnlyAdmin):
    list_display = ["words", "whose", "booking", "by", "at", "done_at"]
    list_filter = ["whose", ("done_at", admin.EmptyFieldListFilter)]
    list_select_related = ["booking__chapter", "booking__hour", "by"]
    search_fields = ["words", "booking__chapter__name"]
