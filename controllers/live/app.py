"""The open interface: REST with its own description, and every second as server-sent events. Nothing can be ordered."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Query, Request, Security
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from fastapi.security import HTTPBearer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from controllers.announce.watch import Frame
from controllers.live import models
from controllers.live.access import Access, Buckets
from controllers.live.hub import Hub, Reader
from controllers.live.scene import Scene

VERSION = "1"
LONGEST_S, MOST_TIME_S = 900.0, 1e9
STATIC = {"live.js": "text/javascript", "draw.js": "text/javascript", "live.css": "text/css",
          "icon.svg": "image/svg+xml"}  # fmt: skip
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
}  # fmt: skip
TOKEN = HTTPBearer(auto_error=False, description="a token of the file of tokens, where there is one")
Time = Annotated[float | None, Query(ge=0.0, le=MOST_TIME_S, allow_inf_nan=False,
                                     description="second on the clock of the signals; by default the newest")]
Past = Annotated[float, Query(ge=0.0, le=LONGEST_S, allow_inf_nan=False, description="so many seconds back")]
SignalId = Annotated[str, Query(max_length=500, description="of a signal")]
Messages = Callable[[Frame], list[dict[str, Any]]]
ERRORS: dict[int | str, dict[str, Any]] = {
    code: {"model": models.Problem, "description": what}
    for code, what in ((401, "no token, or none of ours"), (403, "not with this token"), (404, "no such thing"),
                       (429, "too many requests: wait as Retry-After says"), (503, "nothing has been seen yet"))
}  # fmt: skip


@dataclass(frozen=True)
class Board:
    """What is told. kind: live or playback; epoch: moment of second 0; spat, maps: messages, None for none; free_s:
    by edge, what it takes without a signal, None where the roads are not known."""

    scene: Scene
    hub: Hub
    access: Access = Access()
    kind: str = "live"
    epoch: str = "2026-01-01T00:00:00Z"
    spat: Messages | None = None
    maps: list[dict[str, Any]] | None = None
    free_s: Mapping[str, float] | None = None


def make_app(board: Board) -> FastAPI:
    """The application; ``/`` is the page, ``/v1/openapi.json`` describes the rest."""
    app = FastAPI(title="Signal Core, live", version=VERSION, openapi_url="/v1/openapi.json", docs_url=None,
                  redoc_url=None, description="What signals show, mean to show and why. Read only.")
    buckets = Buckets(board.access)

    bearer = Security(TOKEN if board.access.tokens else _nobody)

    def may(scope: str) -> Callable[..., frozenset[str]]:
        def check(request: Request, _: Any = bearer) -> frozenset[str]:
            found = board.access.scopes_of(request.headers.get("authorization"))
            reader = (found[0] if found else "") or (request.client.host if request.client else "")
            wait_s = buckets.take(reader)
            if wait_s > 0.0:
                raise HTTPException(429, "too many requests", {"Retry-After": str(int(wait_s) + 1)})
            if found is None:
                raise HTTPException(401, "give a token: Authorization: Bearer TOKEN", {"WWW-Authenticate": "Bearer"})
            if scope not in found[1]:
                raise HTTPException(403, f"this token is not for {scope}")
            return found[1]

        return check

    _add_page(app)
    _add_signals(app, board, may)
    _add_strips(app, board, may)
    _add_alarms(app, board, may)
    _add_roads(app, board, may)
    _add_messages(app, board, may)
    _add_stream(app, board, may)
    app.add_middleware(_WithHeaders)
    return app


class _WithHeaders:
    """Every answer says that nothing of it comes from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", ()), *more]}
            await send(message)

        await self._app(scope, receive, with_headers)


def _nobody() -> None:
    """Who is asked for where everybody may look."""


May = Callable[[str], Callable[..., frozenset[str]]]


def _add_page(app: FastAPI) -> None:
    static = files("controllers.live") / "static"

    @app.get("/", include_in_schema=False)
    def page() -> HTMLResponse:
        return HTMLResponse((static / "index.html").read_text(encoding="utf-8"))

    @app.get("/static/{name}", include_in_schema=False)
    def part(name: str) -> Response:
        if name not in STATIC:
            raise HTTPException(404, "there is no such file")
        return Response((static / name).read_bytes(), media_type=STATIC[name])


def _frame(board: Board, time_s: float | None) -> Frame:
    frame = board.hub.at(time_s)
    if frame is None:
        raise HTTPException(404 if time_s is not None else 503, "nothing is kept of then")
    return frame


def _signal(frame: Frame, signal: str) -> dict[str, Any]:
    if signal not in frame["signals"]:
        raise HTTPException(404, "there is no such signal")
    found: dict[str, Any] = frame["signals"][signal]
    return found


def _strip(board: Board, frame: Frame, signal: str, past_s: float) -> dict[str, Any]:
    said, now_s = _signal(frame, signal), frame["time_s"]
    with board.hub.lock:
        past = board.hub.store.shown(signal, now_s, past_s)
    planned = [{"from_s": now_s + one["from_s"], "state": one["state"]} for one in said["planned"]]
    return {"id": signal, "time_s": now_s, "past": past, "planned": planned,
            "planned_until_s": now_s + said["planned_until_s"]}  # fmt: skip


def _add_signals(app: FastAPI, board: Board, may: May) -> None:
    of_signals = Depends(may("signals"))

    @app.get("/v1/status", response_model=models.Status, responses=ERRORS, dependencies=[of_signals])
    def status() -> Any:
        """What is shown here, and of when."""
        frame, span = board.hub.at(), board.hub.store.span_s
        return JSONResponse({
            "name": board.scene.name, "kind": board.kind, "signals": len(board.scene.signals), "epoch": board.epoch,
            "time_s": None if frame is None else frame["time_s"], "first_s": span[0] if span else None,
            "last_s": span[1] if span else None})  # fmt: skip

    @app.get("/v1/scene", responses=ERRORS, dependencies=[of_signals])
    def scene() -> dict[str, Any]:
        """Where signals, stop lines and lanes lie, in m."""
        return board.scene.as_json()

    @app.get("/v1/signals", response_model=models.Summaries, responses=ERRORS,
             dependencies=[of_signals])  # fmt: skip
    def signals(time_s: Time = None) -> Any:
        """All signals in one second."""
        return JSONResponse(summary(_frame(board, time_s)))

    @app.get("/v1/signal", response_model=models.Signal, responses=ERRORS)
    def signal(id: SignalId, time_s: Time = None, scopes: frozenset[str] = of_signals) -> Any:
        """One signal: lamps, bounds, plan, queues, reasons."""
        frame = _frame(board, time_s)
        return JSONResponse(told(frame, id, _signal(frame, id), scopes))


def _add_strips(app: FastAPI, board: Board, may: May) -> None:
    of_signals = Depends(may("signals"))

    @app.get("/v1/strip", response_model=models.Strip, responses=ERRORS, dependencies=[of_signals])
    def strip(id: SignalId, time_s: Time = None, past_s: Past = 120.0) -> Any:
        """What a signal showed lately and means to show."""
        return JSONResponse(_strip(board, _frame(board, time_s), id, past_s))

    @app.get("/v1/corridor", response_model=models.Corridor, responses=ERRORS,
             dependencies=[of_signals])  # fmt: skip
    def corridor(time_s: Time = None, past_s: Past = 120.0) -> Any:
        """Strips of the signals along the corridor."""
        frame = _frame(board, time_s)
        stops = [{"signal": stop.signal, "at_m": stop.at_m, "lamps": list(stop.lamps),
                  "strip": _strip(board, frame, stop.signal, past_s)}
                 for stop in board.scene.corridor if stop.signal in frame["signals"]]  # fmt: skip
        return JSONResponse({"time_s": frame["time_s"], "speed_mps": board.scene.speed_mps, "stops": stops})


def _add_alarms(app: FastAPI, board: Board, may: May) -> None:
    @app.get("/v1/alarms", response_model=models.Alarms, responses=ERRORS, dependencies=[Depends(may("detectors"))])
    def alarms(time_s: Time = None) -> Any:
        """Loops and exits that are not as they should be."""
        frame = _frame(board, time_s)
        return JSONResponse({"time_s": frame["time_s"], "alarms": frame["alarms"]})


def _add_roads(app: FastAPI, board: Board, may: May) -> None:
    @app.get("/v1/travel_times", response_model=models.TravelTimes, responses=ERRORS,
             dependencies=[Depends(may("signals"))])  # fmt: skip
    def travel_times(time_s: Time = None) -> Any:
        """How long roads take now, by queues and flows of the last minutes and by how long reds last."""
        if board.free_s is None:
            raise HTTPException(404, "the roads are not known here")
        frame = _frame(board, time_s)
        delays = frame.get("delays", {})
        edges = [{"edge": edge, "free_s": round(free_s, 1), "delay_s": delays.get(edge),
                  "travel_s": round(free_s + delays.get(edge, 0.0), 1)} for edge, free_s in board.free_s.items()]
        return JSONResponse({"time_s": frame["time_s"], "edges": edges})


def summary(frame: Frame) -> dict[str, Any]:
    """All signals in short."""
    return {"time_s": frame["time_s"], "signals": [
        {"id": name, "state": said["state"], "mode": said["mode"], "health": said["health"]}
        for name, said in frame["signals"].items()]}  # fmt: skip


def told(frame: Frame, name: str, said: dict[str, Any], scopes: frozenset[str]) -> dict[str, Any]:
    """One signal as this reader may see it."""
    hidden = {} if "detectors" in scopes else {"queues": None, "requests": None}
    return {"id": name, "time_s": frame["time_s"], **said, **hidden}


def _add_messages(app: FastAPI, board: Board, may: May) -> None:
    of_signals = Depends(may("signals"))

    @app.get("/v1/spat", response_model=list[models.Message], responses=ERRORS,
             dependencies=[of_signals])  # fmt: skip
    def spat(time_s: Time = None) -> Any:
        """SPATEM of one second."""
        if board.spat is None:
            raise HTTPException(404, "no messages are made of these signals")
        return JSONResponse(board.spat(_frame(board, time_s)))

    @app.get("/v1/map", response_model=list[models.Message], responses=ERRORS,
             dependencies=[of_signals])  # fmt: skip
    def maps() -> Any:
        """MAPEM of all signals."""
        if board.maps is None:
            raise HTTPException(404, "no messages are made of these signals")
        return JSONResponse(board.maps)


def _add_stream(app: FastAPI, board: Board, may: May) -> None:
    of_streams = Depends(may("stream"))

    @app.get("/v1/stream", responses=ERRORS, response_class=StreamingResponse)
    async def stream(id: SignalId = "", scopes: frozenset[str] = of_streams) -> Response:
        """Every second as server-sent events: what has changed of all signals, and all of one where ``id`` names it."""
        if "signals" not in scopes:
            raise HTTPException(403, "this token is not for signals")
        if len(board.hub.readers) >= board.access.streams:
            raise HTTPException(429, "too many streams", {"Retry-After": "10"})
        return StreamingResponse(_events(board, id, scopes), media_type="text/event-stream")


async def _events(board: Board, name: str, scopes: frozenset[str]) -> AsyncIterator[str]:
    before: dict[str, list[Any]] = {}
    with Reader(board.hub) as reader:
        frame = board.hub.at()
        if frame is None:
            frame = await reader.next()
        while True:
            now = {signal: [said["state"], said["mode"], said["health"]] for signal, said in frame["signals"].items()}
            content: dict[str, Any] = {
                "time_s": frame["time_s"], "dropped": reader.dropped,
                "signals": {signal: row for signal, row in now.items() if before.get(signal) != row}}  # fmt: skip
            if name in frame["signals"]:
                content["signal"] = told(frame, name, frame["signals"][name], scopes)
            if "detectors" in scopes:
                content["alarms"] = frame["alarms"]
            before = now
            yield f"event: second\ndata: {json.dumps(content)}\n\n"
            frame = await reader.next()
