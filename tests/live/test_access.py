"""Tokens by scope, limits, and what is wrong with a file of them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from controllers.live.access import Access, Buckets, Token, read_access
from network.errors import ScenarioError


def _token(secret: str, *scopes: str) -> Token:
    return Token(secret, hashlib.sha256(secret.encode()).hexdigest(), frozenset(scopes))


def test_scopes_are_those_of_the_token() -> None:
    access = Access((_token("a", "signals"), _token("b", "signals", "stream")))
    assert access.scopes_of("Bearer a") == ("a", frozenset({"signals"}))
    assert access.scopes_of("bearer b") == ("b", frozenset({"signals", "stream"}))
    for header in (None, "", "Bearer", "Bearer c", "Basic a", "a"):
        assert access.scopes_of(header) is None
    assert Access().scopes_of(None) == ("", frozenset({"signals", "detectors", "stream"}))


def test_a_bucket_fills_again() -> None:
    now = [0.0]
    buckets = Buckets(Access(per_s=2.0, burst=3), clock=lambda: now[0])
    assert [buckets.take("x") for _ in range(3)] == [0.0, 0.0, 0.0]
    assert buckets.take("x") == pytest.approx(0.5)
    assert buckets.take("y") == 0.0  # somebody else's
    now[0] = 0.5
    assert buckets.take("x") == 0.0
    assert buckets.take("x") > 0.0


def test_buckets_are_bounded() -> None:
    buckets = Buckets(Access())
    for k in range(10_000):
        buckets.take(str(k))
    assert len(buckets._left) <= 4096


def test_a_file_of_tokens(tmp_path: Path) -> None:
    path = tmp_path / "tokens.toml"
    digest = hashlib.sha256(b"secret").hexdigest()
    path.write_text(f'[limits]\nper_s = 5\nburst = 7\n[token.map]\nsha256 = "{digest}"\nscopes = ["signals"]\n')
    access = read_access(path)
    assert (access.per_s, access.burst) == (5.0, 7)
    assert access.scopes_of("Bearer secret") == ("map", frozenset({"signals"}))
    assert read_access(None) == Access()


@pytest.mark.parametrize(
    "text",
    ["token = 3", "[token.a]\nsha256 = 'short'", "[token.a]\nsha256 = 3", "[nothing]", "not toml",
     f"[token.a]\nsha256 = '{'0' * 64}'\nscopes = ['all']", "[limits]\nper_s = 0", "[limits]\nsoon = 1",
     f"[token.a]\nsha256 = '{'0' * 64}'\nsecret = 'x'", "[limits]\nburst = true"],
)  # fmt: skip
def test_a_bad_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tokens.toml"
    path.write_text(text)
    with pytest.raises(ScenarioError, match=r"tokens\.toml"):
        read_access(path)
