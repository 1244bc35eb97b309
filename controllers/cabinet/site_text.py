"""A site as TOML with the comments an engineer needs to edit it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from controllers.cabinet.site import Site

NOTES = {
    "": "Read it, correct it, then: signal-core cabinet check FILE. Times in seconds; numbers are the controller's.",
    "service": "Files the process writes, bounded; metrics and health on listen:port, 0: nowhere.",
    "link": "How the controller is reached. Secrets are named here, never written: a file or an environment variable.",
    "limits": "Hold whatever the engine wants; read again on SIGHUP.",
    "groups": "Lamps that always show the same. links: in SUMO. conflicts: channels never green together.\n# clear_s: "
    "from the end of its green to each of those, without it red clearances run whole; yielded_s: after it gave way.\n# "
    "caught_s: while a row of vehicles may be caught inside; caught_rest_s: to who starts from rest.",
    "phases": "The controller's phases. The stricter of these times and the controller's own holds.",
    "stages": "What the engine may ask for: phases on together, and a letter per group (G, g yields, r, s).",
    "lanes": "Lanes, what they discharge in each stage, and which detectors see their vehicles.",
    "detectors": "Vehicle detectors, by the controller's numbers.",
    "buttons": "Who waits on foot: the channels he waits for, and the phase whose pedestrian call that is.",
    "requests": "Who may ask for green, and by what: rsmp: a centre; ntcip: generators of NTCIP 1211.",
    "plan": "The controller's own plan, which it goes back to when nobody tells it anything.",
}
INLINE = {"middle", "far", "community", "password", "security_code", "authentication_key", "privacy_key", "splits",
          "clear_s", "yielded_s", "caught_s", "caught_rest_s", "walk_lead_s", "traffic_lead_s", "rsmp", "ntcip",
          "persons"}


def write_toml(site: Site) -> str:
    """The file; `read_site` gives the same site, hash for hash."""
    lines = [f"# {NOTES['']}"]
    content = site.model_dump(mode="json", exclude_none=True)
    lines += [f"{key} = {_value(content[key])}" for key in ("format", "name")]
    lines += list(_table("service", content["service"], ""))
    for signal in content["signals"]:
        lines += ["", "[[signals]]"] + [f"{key} = {_value(signal[key])}" for key in ("id", "device")]
        for name in ("link", "limits", "requests", "plan"):
            lines += list(_table(name, signal[name], "signals.")) if name in signal else []
        for name in ("groups", "phases", "stages", "detectors", "buttons", "lanes", "preempts"):
            lines += list(_rows(name, signal[name]))
    return "\n".join(lines) + "\n"


def _table(name: str, content: Mapping[str, Any], before: str) -> Iterator[str]:
    yield ""
    if name in NOTES:
        yield f"# {NOTES[name]}"
    yield f"[{before}{name}]"
    yield from _pairs(content)


def _rows(name: str, rows: list[Mapping[str, Any]]) -> Iterator[str]:
    if rows and name in NOTES:
        yield from ("", f"# {NOTES[name]}")
    for row in rows:
        yield f"[[signals.{name}]]"
        yield from _pairs(row)


def _pairs(content: Mapping[str, Any]) -> Iterator[str]:
    for key, value in content.items():
        if value == {} and key in INLINE:
            continue
        if isinstance(value, dict) and key not in INLINE:
            raise TypeError(f"{key}: a table inside a table")
        yield f"{key} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, float):
        return repr(value)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    return key if key.replace("_", "").isalnum() and key.isascii() else json.dumps(key)
