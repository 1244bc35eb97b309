"""What a peer may send that is no fault of the line: whole messages with anything in them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from controllers.field.ber import INTEGER, OCTETS, BadMessage, Row, decode, encode

Twist = Callable[[bytes], Iterable[bytes]]
ODD_JSON = ("null", "true", "-1", "0", "7", "1.5", "1e999", "-1e999", "NaN", str(2**70), str(10**400), '""', '"x"',
            "[]", "{}", "[[]]", '{"a":{"b":[1]}}', '"' + "x" * 3000 + '"', '"' + "9" * 5000 + '"', '"\\ud800"',
            "[" * 900 + "]" * 900)
ODD_NUMBERS = (-1, 0, 3, 255, 256, 65_535, -2**31, 2**31, 2**63, -2**40)
MARK = "@@odd@@"


def json_twist(by_chance: random.Random, share: float, end: bytes = b"") -> Twist:
    """In a share of the objects of JSON a part is replaced, left out, doubled or turned round."""
    def twist(message: bytes) -> Iterable[bytes]:
        body = message.removesuffix(end) if end else message
        if by_chance.random() >= share:
            return [message]
        try:
            content = json.loads(body)
        except ValueError:
            return [message]
        _spoil(content, by_chance)
        text = json.dumps(content).replace(json.dumps(MARK), by_chance.choice(ODD_JSON))
        return [text.encode() + end] * by_chance.choice((1, 1, 1, 3))

    return twist


def _spoil(content: Any, by_chance: random.Random) -> None:
    """One place in it, at any depth."""
    places = list(_places(content))
    if not places:
        return
    inside, key = by_chance.choice(places)
    what = by_chance.randrange(4)
    if what == 0:
        del inside[key]
    elif what == 1 and isinstance(inside, list):
        inside.append(inside[key])
    elif what == 2 and isinstance(inside, list):
        inside.reverse()
    else:
        inside[key] = MARK


def _places(content: Any) -> Iterable[tuple[Any, Any]]:
    keys = list(content) if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else ()
    for key in keys:
        yield content, key
        yield from _places(content[key])


def snmp_twist(by_chance: random.Random, share: float) -> Twist:
    """In a share of the answers values, names, errors or numbers are others."""
    def twist(data: bytes) -> Iterable[bytes]:
        try:
            message = decode(data)
        except BadMessage:
            return [data]
        if by_chance.random() >= share:
            return [data]
        what, rows = by_chance.randrange(6), list(message.rows)
        if what == 0:
            message = replace(message, error=by_chance.choice((1, 2, 5, 99, -3)), index=by_chance.choice((-1, 0, 9999)))
        elif what == 1:
            message = replace(message, request=message.request + by_chance.choice((-1, 1)))
        elif what == 2 and rows:
            message = replace(message, rows=rows[:by_chance.randrange(len(rows))])
        elif rows:
            for k in by_chance.sample(range(len(rows)), by_chance.randrange(1, len(rows) + 1)):
                rows[k] = _odd_row(rows[k], by_chance)
            message = replace(message, rows=rows)
        return [encode(message)] * by_chance.choice((1, 1, 1, 40))

    return twist


def _odd_row(row: Row, by_chance: random.Random) -> Row:
    kind = by_chance.randrange(3)
    if kind == 0:
        return Row(row.oid, OCTETS, by_chance.randbytes(by_chance.randrange(40)))
    if kind == 1:
        return Row((*row.oid[:-1], 99_999))
    return Row(row.oid, INTEGER, by_chance.choice(ODD_NUMBERS))
