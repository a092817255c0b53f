"""The stand-in of Instagram."""

from .common import Host, Platform, number_from

PLATFORM = Platform(
    name="instagram",
    label="Instagram",
    scopes={},
    make_id=lambda kind, handle: number_from(handle, 15),
)

HOSTS: tuple[Host, ...] = ()
