"""Secrets: read from where the configuration says they lie, and kept out of everything that is written.

A value is looked for in the file that is named, in the environment variable that is named, and under that name in the
folder of credentials that systemd gives a service (https://systemd.io/CREDENTIALS/).
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
from collections.abc import Mapping
from pathlib import Path

from collectors.post import Credential, Problem

MAX_SECRET = 10_000
_FOR_ITS_OWNER, _FOR_THE_SERVICE = 0o077, 0o037
"""The permissions that must not be set. systemd lets a service in by an access list, which shows as its group."""
_HIDDEN = "[skjult]"
_SHORTEST_HIDDEN = 6
"""A shorter value would hide ordinary words, and is no secret."""

# What looks like a secret, wherever it stands: headers, addresses with a user or a key, JSON of a login.
_PATTERNS = (
    re.compile(r"(?i)(\bauthorization['\"]?\s*[:=]\s*['\"]?)(?:(?:bearer|basic|token)\s+)?[^\s'\",}]+"),
    re.compile(r"(?i)(\b(?:bearer|basic)\s+)[\w.~+/=-]{6,}"),
    re.compile(r"(?i)(://)[^/\s:@]+:[^/\s@]*@"),
    re.compile(
        r"(?i)([?&;\"'\s](?:access_?token|refresh_?(?:token|jwt)|access_?jwt|token|api_?key|key|feed|sig|secret|password"
        r"|client_secret|nokkel)['\"]?\s*[=:]\s*['\"]?)[^\s&'\",}]+"
    ),
)


class CredentialError(Exception):
    """A secret can not be had; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def read(credential: Credential, environment: Mapping[str, str] = os.environ) -> str:
    """The secret that a credential names; "" where it names none. Raises CredentialError."""
    if credential.file:
        return _from_file(Path(credential.file))
    if not credential.env:
        return ""
    if value := environment.get(credential.env, "").strip():
        return _hidden_from_now_on(value)
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if folder and (path := Path(folder) / credential.env).is_file():
        return _from_file(path, _FOR_THE_SERVICE)
    raise CredentialError(Problem("credential_missing", {"name": credential.env}))


def _from_file(path: Path, closed: int = _FOR_ITS_OWNER) -> str:
    try:
        if path.stat().st_mode & closed:
            raise CredentialError(Problem("credential_open", {"file": str(path)}))
        value = path.read_text("utf-8")[:MAX_SECRET].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CredentialError(Problem("credential_unreadable", {"file": str(path)})) from error
    if not value:
        raise CredentialError(Problem("credential_missing", {"name": str(path)}))
    return _hidden_from_now_on(value)


_known: set[str] = set()


def _hidden_from_now_on(secret: str) -> str:
    if len(secret) >= _SHORTEST_HIDDEN:
        _known.add(secret)
    return secret


def redact(text: str) -> str:
    """A text without secrets: those that were read, and what looks like one."""
    for secret in sorted(_known, key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    for pattern in _PATTERNS:
        text = pattern.sub(rf"\1{_HIDDEN}", text)
    return text


class Redaction(logging.Formatter):
    """A log format whose lines, tracebacks and all, hold no secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class Tokens:
    """Tokens that a platform hands out and renews: in a file of their own that only we read, not in the database."""

    _lock = threading.Lock()

    def __init__(self, path: Path | None = None) -> None:
        """Without a path they last as long as this object."""
        self._path = path
        self._held: dict[str, dict[str, str]] = {}

    def get(self, name: str) -> dict[str, str]:
        """The tokens kept under a name; {} where there are none that can be read."""
        with self._lock:
            return {k: _hidden_from_now_on(v) for k, v in self._read().get(name, {}).items()}

    def set(self, name: str, tokens: Mapping[str, str]) -> None:
        """Keep tokens under a name, in place of what was there."""
        with self._lock:
            held = {**self._read(), name: dict(tokens)}
            for value in tokens.values():
                _hidden_from_now_on(value)
            self._held = held
            if self._path:
                temporary = self._path.with_suffix(".new")
                temporary.unlink(missing_ok=True)
                with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as f:
                    json.dump(held, f)
                temporary.replace(self._path)

    def _read(self) -> dict[str, dict[str, str]]:
        if not self._path:
            return self._held
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        good = isinstance(found, dict) and all(isinstance(v, dict) for v in found.values())
        return found if good else {}
