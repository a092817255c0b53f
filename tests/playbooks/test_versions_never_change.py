from __future__ import annotations

import pytest

from playbooks.models import PlaybookVersion, TemplateVersion
from playbooks.models.unchanging import UnchangingRow
from tests.playbooks import shelf


@pytest.fixture
def rows(cast):
    playbook = shelf.published(cast.cato)
    return [playbook.current, shelf.template(playbook, cast.cato).current]


def test_saving_a_version_again_is_refused(rows):
    for row in rows:
        for options in ({}, {"update_fields": ["number"]}, {"force_update": True}):
            row.number = 9
            with pytest.raises(UnchangingRow):
                row.save(**options)
        row.refresh_from_db()
        assert row.number == 1


def test_a_version_read_anew_is_refused_too(rows):
    for row in rows:
        with pytest.raises(UnchangingRow):
            type(row).objects.get(pk=row.pk).save()


@pytest.mark.parametrize("model", [PlaybookVersion, TemplateVersion])
def test_updating_versions_in_bulk_is_refused(rows, model):
    with pytest.raises(UnchangingRow):
        model.objects.update(number=9)
    with pytest.raises(UnchangingRow):
        model.objects.filter(number=1).update(number=9)
    with pytest.raises(UnchangingRow):
        model.objects.bulk_update(list(model.objects.all()), ["number"])
    assert set(model.objects.values_list("number", flat=True)) == {1}


def test_updating_through_the_playbook_is_refused(rows):
    with pytest.raises(UnchangingRow):
        rows[0].playbook.versions.update(title="Other")
