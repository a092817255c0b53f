"""The stand-in of Facebook Pages."""

from .common import Host, Platform, number_from

PLATFORM = Platform(
    name="facebook",
    label="Facebook",
    scopes={},
    make_id=lambda kind, handle: number_from(handle, 15),
    kinds=("person", "page"),
)

HOSTS: tuple[Host, ...] = ()
