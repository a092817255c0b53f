from chapters.permissions import Action, can


def test_outsider_has_no_membership_in_lisbon_or_the_central_team(cast):
    assert not cast.otto.memberships.filter(chapter__in=[cast.lisbon, cast.central]).exists()


def test_two_people_beside_the_lead_may_approve_in_lisbon(cast):
    assert can(cast.membership(cast.eduardo), Action.REVIEW)
    assert can(cast.membership(cast.rui), Action.REVIEW)
