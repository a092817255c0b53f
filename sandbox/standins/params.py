"""Parameters and fields of Graph calls: how each is read, and what an answer holds."""

import json
from datetime import UTC, datetime

import regex

from ..clock import parse_iso
from ..limits import UNPRINTABLE
from .graph import FIELDS, GraphRefusal, Upload, bad

LIST_MAX = 100
# what every call may carry
_ALWAYS = ("access_token", "appsecret_proof")


def take(request, **kinds) -> dict:
    """The call's parameters, checked: name -> how it is read. Raises GraphRefusal for any other parameter."""
    given = {name: value for name, value in request[FIELDS].items() if name not in _ALWAYS}
    if unknown := sorted(set(given) - set(kinds)):
        raise bad(f"Unexpected parameter: {unknown[0][:60]}.")
    return {name: kinds[name](name, value) for name, value in given.items()}


def text(name: str, value) -> str:
    if not isinstance(value, str) or UNPRINTABLE.search(value):
        raise bad(f"Param {name} must be a string of characters that can be shown.")
    return value


def one_of(*options: str):
    def read(name, value):
        if value not in options:
            raise bad(f"Param {name} must be one of {{{', '.join(options)}}}.")
        return value

    return read


def flag(name: str, value) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "1": True, "false": False, "0": False}
    if not isinstance(value, str) or value.lower() not in known:
        raise bad(f"Param {name} must be a boolean.")
    return known[value.lower()]


def whole(name: str, value) -> int:
    written = str(value) if type(value) is int else value
    if not isinstance(written, str) or not regex.fullmatch(r"\d{1,15}", written):
        raise bad(f"Param {name} must be a number greater than or equal to 0.")
    return int(written)


def limit(name: str, value) -> int:
    number = whole(name, value)
    if not 1 <= number <= LIST_MAX:
        raise bad(f"Param {name} must be a number from 1 to {LIST_MAX}.")
    return number


def address(name: str, value) -> str:
    """An http(s) address in ASCII."""
    written = text(name, value)
    if not regex.fullmatch(r"https?://[^\s/?#@]+(?:[/?#][!-~]*)?", written) or not written.isascii():
        raise bad(f"Param {name} is not a valid URI.")
    return written


def moment(name: str, value) -> datetime:
    """A Unix time, or an ISO time."""
    written = str(value) if type(value) is int else text(name, value)
    try:
        if regex.fullmatch(r"\d{1,11}", written):
            return datetime.fromtimestamp(int(written), UTC)
        return parse_iso(written)
    except (ValueError, OverflowError, OSError) as error:
        raise bad(f"Param {name} must be a Unix timestamp or an ISO 8601 time.") from error


def upload(name: str, value) -> Upload:
    if not isinstance(value, Upload):
        raise bad(f"Param {name} must be a file.")
    return value


def json_or(name: str, value):
    """A value that may come as JSON in a text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        raise bad(f"Param {name} must be valid JSON.") from error


def ids(name: str, value) -> list[str]:
    """Ids parted by commas, or a JSON list of them."""
    if isinstance(value, str) and not value.startswith("["):
        value = value.split(",")
    found = json_or(name, value)
    if not isinstance(found, list) or not all(isinstance(one, str) and one.strip() for one in found):
        raise bad(f"Param {name} must be a list of ids.")
    return [one.strip() for one in found]


# fields: what an answer is to hold

_NAME = regex.compile(r"\s*([a-z_]+)\s*")
_MODIFIER = regex.compile(r"\.([a-z_]+)\(([^(){}]*)\)\s*")


def field_tree(name: str, value) -> dict[str, dict]:
    """`a,b{c},d.limit(0)` as a tree of names; modifiers are left out. Raises GraphRefusal."""
    written = text(name, value)
    tree, end = _tree(written, 0)
    if end != len(written) or not tree:
        raise GraphRefusal(2500, f"Syntax error in the field {name}.")
    return tree


def _tree(written, place):
    tree = {}
    while found := _NAME.match(written, place):
        place = found.end()
        while modifier := _MODIFIER.match(written, place):
            place = modifier.end()
        tree[found[1]] = {}
        if written[place : place + 1] == "{":
            tree[found[1]], place = _tree(written, place + 1)
            if written[place : place + 1] != "}":
                raise GraphRefusal(2500, "Syntax error in the fields: “}” is missing.")
            place += 1
        if written[place : place + 1] != ",":
            break
        place += 1
    return tree, place


def choose(asked: dict | None, usual: tuple[str, ...], known: dict, node: str, always=("id",)) -> dict:
    """The answer with the fields that were asked for. `known` are values, or functions that give them.

    A value of None is left out, as Graph leaves out what is empty. Raises GraphRefusal for unknown fields.
    """
    names = list(asked) if asked else list(usual)
    for name in names:
        if name not in known:
            raise bad(f"Tried accessing nonexistent field ({name}) on node type ({node}).")
    names += [name for name in always if name not in names]
    values = {name: known[name]() if callable(known[name]) else known[name] for name in names}
    return {name: value for name, value in values.items() if value is not None}


def stamp(when: datetime) -> str:
    """A time as Graph writes it."""
    return when.strftime("%Y-%m-%dT%H:%M:%S+0000")
