"""Reads docker-compose.yml as Compose would, as far as this project's file goes, and runs what it says."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


class Unset(Exception):
    """A variable that has to be set is not; the message is the file's own."""


def load(variables: Mapping[str, str]) -> dict[str, Any]:
    """The file with its variables filled in."""
    return _fill(yaml.safe_load((ROOT / "docker-compose.yml").read_text()), variables)


def _fill(node: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _fill(value, variables) for key, value in node.items()}
    if isinstance(node, list):
        return [_fill(value, variables) for value in node]
    return interpolate(node, variables) if isinstance(node, str) else node


def interpolate(text: str, variables: Mapping[str, str]) -> str:
    """`${NAME}`, `${NAME:-default}`, `${NAME:?message}`, nested, and `$$` for a dollar sign."""
    done = ""
    while text:
        before, dollar, text = text.partition("$")
        done += before
        if not dollar:
            break
        if text.startswith("$"):
            done, text = done + "$", text[1:]
        else:
            inner, text = _braces(text)
            done += _value(inner, variables)
    return done


def _braces(text: str) -> tuple[str, str]:
    """What is between the braces that `text` begins with, and what follows them."""
    depth = 0
    for place, character in enumerate(text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth == 0:
            return text[1:place], text[place + 1 :]
    raise ValueError(f"unclosed variable in {text!r}")


def _value(inner: str, variables: Mapping[str, str]) -> str:
    name, colon, rest = inner.partition(":")
    if variables.get(name):
        return variables[name]
    if rest.startswith("?"):
        raise Unset(f"{name}: {rest[1:]}")
    return interpolate(rest[1:], variables) if colon else ""


def environment(service: Mapping[str, Any], **substituted: str) -> dict[str, str]:
    """Exactly what the service's processes see, but for paths, ports and addresses of this machine."""
    given = {name: str(value) for name, value in service.get("environment", {}).items()}
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **given, **substituted}


def health_check(service: Mapping[str, Any]) -> list[str]:
    """The health check as a command."""
    kind, *words = service["healthcheck"]["test"]
    return {"CMD": words, "CMD-SHELL": ["sh", "-c", *words]}[kind]


def healthy(service: Mapping[str, Any], env: Mapping[str, str], cwd: Path) -> bool:
    done = subprocess.run(health_check(service), env=dict(env), cwd=cwd, capture_output=True, timeout=60)
    return done.returncode == 0


def words(command: str | list[str]) -> list[str]:
    return shlex.split(command) if isinstance(command, str) else list(command)
