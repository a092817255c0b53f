"""Addresses of a chapter's home, plan, lists and accounts, and of what chapters ask the central team."""

urlpatterns = []
