"""JSON-RPC 2.0 over TCP, either end of it: objects one after the other without anything between. It never raises.

Both ends call each other. What is no object of JSON is passed over, what is no call or reply is answered with an error,
as JSON-RPC says. Parameters are one object, by itself or as the only one of a list.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

from controllers.field.errors import Lost

PARSE, INVALID, NO_METHOD, INTERNAL = -32700, -32600, -32601, -32603
CHUNK = 65_536
MOST_BYTES = 1_000_000
MOST_WAITING_BYTES = 4_000_000
OPEN, CLOSE, QUOTE, ESCAPE = b"{}\"\\"
Tape = Callable[[str, bytes], None]
"""Hears every object: "in" or "out", and its bytes."""


class RpcError(Exception):
    """An error as JSON-RPC tells it: a number and a sentence."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(said)
        self.code = code


class Objects:
    """Bytes as they come, cut into objects of JSON at their outermost braces."""

    def __init__(self) -> None:
        self._object = bytearray()
        self._depth = 0
        self._in_text = self._escaped = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Objects that are whole now; what stands between them is passed over, as is one that is too long."""
        for byte in data:
            if self._depth == 0 and byte != OPEN:
                continue
            self._object.append(byte)
            if self._count(byte) and self._depth == 0:
                yield bytes(self._object)
                self._object.clear()
            elif len(self._object) > MOST_BYTES:
                self._object.clear()
                self._depth, self._in_text = 0, False

    def _count(self, byte: int) -> bool:
        """Whether the byte closes something."""
        if self._in_text:
            self._in_text = byte != QUOTE or self._escaped
            self._escaped = byte == ESCAPE and not self._escaped
            return False
        self._in_text, self._escaped = byte == QUOTE, False
        self._depth += (byte == OPEN) - (byte == CLOSE)
        return byte == CLOSE


class Rpc:
    """`run` it in a task. serve: does a method with its parameters and returns the result, or raises RpcError."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, serve: Callable[[str, Any], Any],
                 tape: Tape | None = None) -> None:
        self._reader, self._writer, self._serve, self._tape = reader, writer, serve, tape
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self.open = True

    async def run(self) -> None:
        """Until the connection ends, from either side."""
        objects = Objects()
        try:
            while self.open and (data := await self._reader.read(CHUNK)):
                for one in objects.feed(data):
                    self._take(one)
        except (OSError, asyncio.CancelledError):
            self.open = False
        finally:
            self.close()

    async def call(self, method: str, params: Any, timeout_s: float) -> Any:
        """The result. Raises RpcError for an error of the other end, Lost, TimeoutError."""
        number, done = self._post(method, params)
        try:
            async with asyncio.timeout(timeout_s):
                return await done
        finally:
            self._waiting.pop(number, None)

    def tell(self, method: str, params: Any) -> None:
        """A call whose result nobody waits for."""
        if self.open:
            number, done = self._post(method, params)
            done.add_done_callback(lambda one: one.cancelled() or one.exception())

    def _post(self, method: str, params: Any) -> tuple[int, asyncio.Future[Any]]:
        if not self.open:
            raise Lost("the connection is lost")
        number = next(self._numbers)
        done = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._write({"jsonrpc": "2.0", "method": method, "params": params, "id": number})
        return number, done

    def _take(self, packet: bytes) -> None:
        if self._tape is not None:
            self._tape("in", packet)
        try:
            content = json.loads(packet)
        except (ValueError, RecursionError):
            self._error(None, PARSE, "not to be read")
            return
        if "method" in content:
            self._answer(content)
        elif isinstance(content.get("id"), int):
            self._returned(content)

    def _answer(self, content: dict[str, Any]) -> None:
        number, method, params = content.get("id"), content["method"], content.get("params")
        number = number if isinstance(number, int | str) else None
        if not isinstance(method, str):
            self._error(number, INVALID, "the method is no text")
            return
        if isinstance(params, list) and len(params) == 1:
            params = params[0]
        try:
            result = self._serve(method, params)
            if number is not None:
                self._write({"jsonrpc": "2.0", "result": result, "id": number})
        except RpcError as error:
            self._error(number, error.code, str(error))
        except Exception as error:  # the line goes on, whatever was sent
            self._error(number, INTERNAL, f"not understood ({type(error).__name__})")

    def _returned(self, content: dict[str, Any]) -> None:
        done = self._waiting.pop(content["id"], None)
        if done is None or done.done():
            return
        error = content.get("error")
        if error is None:
            done.set_result(content.get("result"))
            return
        code = error.get("code") if isinstance(error, dict) else None
        said = error.get("message") if isinstance(error, dict) else error
        done.set_exception(RpcError(code if isinstance(code, int) else 0, str(said)[:200]))

    def _error(self, number: Any, code: int, said: str) -> None:
        self._write({"jsonrpc": "2.0", "error": {"code": code, "message": said}, "id": number})

    def _write(self, content: dict[str, Any]) -> None:
        if not self.open or self._writer.is_closing():
            return
        packet = json.dumps(content, separators=(",", ":")).encode()
        if self._tape is not None:
            self._tape("out", packet)
        self._writer.write(packet)
        if self._writer.transport.get_write_buffer_size() > MOST_WAITING_BYTES:
            self.close()

    def close(self) -> None:
        """End it. Whoever waits for a result is told."""
        self.open = False
        with contextlib.suppress(OSError, RuntimeError):
            self._writer.close()
        waiting, self._waiting = self._waiting, {}
        for done in waiting.values():
            if not done.done():
                done.set_exception(Lost("the connection is lost"))
                done.exception()  # taken note of, whoever waits or not
