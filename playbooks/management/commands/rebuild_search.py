"""Makes what can be found afresh from what there is; needed after a restored or imported database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from playbooks import asking, library, teaching
from playbooks.models import SearchText, SearchWord


class Command(BaseCommand):
    """`manage.py rebuild_search`"""

    help = __doc__

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        SearchText.objects.all().delete()
        SearchWord.objects.all().delete()
        for playbook in library.published():
            teaching.offer_to_search(playbook)
        asking.offer_all_to_search()
        self.stdout.write(f"{SearchText.objects.count()} can be found")
