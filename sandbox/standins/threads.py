"""The stand-in of Threads."""

from .common import Host, Platform, number_from

PLATFORM = Platform(
    name="threads",
    label="Threads",
    scopes={},
    make_id=lambda kind, handle: number_from(handle, 15),
)

HOSTS: tuple[Host, ...] = ()
