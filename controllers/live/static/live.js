"use strict";
// The page: asks the open interface and shows what it says. It can order nothing.
(() => {
  const get = (id) => document.getElementById(id);
  const rows = new Map(); // id -> {id, state, mode, health}
  let plan = null, scene = null, kind = "live", chosen = null, near = 0, now = null, alarms = [], token = "", busy = false;
  let span = [0, 0], playing = null, stream = null, told = "", detail = null;
  let heard = 0, gap = 1000, silent = false; // ms of the last second that was new, between it and the one before

  async function ask(path, parts = {}) {
    const query = new URLSearchParams(Object.entries(parts).filter(([, v]) => v !== null && v !== undefined));
    const answer = await fetch(`/v1/${path}${query.size ? "?" + query : ""}`, { headers: token ? { Authorization: `Bearer ${token}` } : {} });
    if (answer.status === 401) { get("login").hidden = false; throw new Error("a token is needed"); }
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).detail || `the server said ${answer.status}`);
    return answer.json();
  }

  const text = (node, value) => { if (node.textContent !== value) node.textContent = value; };
  const seconds = (value) => value === null || value === undefined ? "–" : String(Math.round(value));
  const words = { G: "green", y: "yellow", r: "red", o: "off" };
  const says = (row) => Draw.looks()[Draw.look(row)].says;

  function clock(time) {
    const s = Math.floor(time), part = (n) => String(n).padStart(2, "0");
    return `${part(Math.floor(s / 3600))}:${part(Math.floor(s / 60) % 60)}:${part(s % 60)}`;
  }

  function table(id, lines) { // cells are kept, so that a screen reader keeps its place
    const body = get(id).tBodies[0];
    while (body.rows.length > lines.length) body.deleteRow(-1);
    lines.forEach((cells, k) => {
      const row = body.rows[k] || body.insertRow();
      cells.forEach(([value, name], c) => {
        const cell = row.cells[c] || row.insertCell();
        text(cell, value);
        if (cell.className !== (name || "")) cell.className = name || "";
      });
    });
  }

  function list(id, lines, none) {
    const node = get(id), wanted = lines.length ? lines : [none];
    while (node.children.length > wanted.length) node.lastChild.remove();
    wanted.forEach((line, k) => text(node.children[k] || node.appendChild(document.createElement("li")), line));
  }

  // the list of signals
  function shown() {
    const words = get("find").value.trim().toLowerCase();
    return [...rows.values()].filter((row) => !words || `${row.id} ${says(row)} ${row.mode}`.toLowerCase().includes(words));
  }

  function listSignals() {
    const box = get("signals"), found = shown().slice(0, 400);
    while (box.children.length > found.length) box.lastChild.remove();
    near = Math.min(near, Math.max(0, found.length - 1));
    found.forEach((row, k) => {
      let item = box.children[k];
      if (!item) {
        item = box.appendChild(document.createElement("li"));
        item.setAttribute("role", "option"); item.id = `option-${k}`;
        item.append(document.createElement("span"), document.createElement("small"));
      }
      if (item.dataset.id !== row.id) item.dataset.id = row.id;
      text(item.firstChild, row.id); text(item.lastChild, says(row));
      const selected = String(row.id === chosen);
      if (item.getAttribute("aria-selected") !== selected) item.setAttribute("aria-selected", selected);
      item.classList.toggle("near", k === near && document.activeElement === box);
    });
    if (found.length) box.setAttribute("aria-activedescendant", `option-${near}`); else box.removeAttribute("aria-activedescendant");
  }

  // one signal
  function nextChange(signal) {
    let best = null;
    signal.likely_s.forEach((value, lamp) => {
      if (value !== null && (best === null || value < signal.likely_s[best])) best = lamp;
    });
    if (best === null) return "Nothing can be said of the next change.";
    const latest = signal.latest_s[best] === null ? "no latest time" : `latest in ${seconds(signal.latest_s[best])} s`;
    return `Next change: lamp ${best}, now ${words[Draw.kind(signal.state[best])]}, likely in ${seconds(signal.likely_s[best])} s ` +
      `(earliest in ${seconds(signal.earliest_s[best])} s, ${latest}, ${signal.confidence_pct[best]} % sure).`;
  }

  const place = (id) => scene.signals.find((signal) => signal.id === id);
  const turns = { s: "ahead", l: "left", r: "right", L: "half left", R: "half right", t: "turn back", walk: "on foot" };

  async function showOne() {
    if (!chosen) return;
    const id = chosen, at = kind === "playback" ? now : null;
    const [signal, strip] = await Promise.all([detail && detail.id === id && kind === "live" ? detail : ask("signal", { id, time_s: at }),
      ask("strip", { id, time_s: at })]);
    if (id !== chosen) return;
    const looks = says(rows.get(id) || signal);
    text(get("onehead"), `Signal ${id}`);
    text(get("why"), signal.why.startsWith(looks) ? `${signal.why}.` : `${looks}: ${signal.why}.`);
    const soon = nextChange(signal);
    text(get("soon"), soon);
    const heads = new Map(place(id).heads.map((head) => [head.index, head]));
    const lamps = heads.size ? [...heads.keys()].sort((a, b) => a - b) : [...signal.state].map((_, k) => k);
    table("lamps", lamps.filter((k) => k < signal.state.length).map((k) => {
      const head = heads.get(k), what = Draw.kind(signal.state[k]);
      return [[String(k)], [head ? `${head.lane} ${turns[head.direction] || head.direction}` : ""],
        [words[what] + (signal.state[k] === "g" ? ", gives way" : ""), what], [seconds(signal.earliest_s[k])],
        [seconds(signal.likely_s[k])], [seconds(signal.latest_s[k])], [signal.likely_s[k] === null ? "–" : `${signal.confidence_pct[k]} %`]];
    }));
    const queues = signal.queues || [];
    table("queues", queues.length ? queues.map((queue) => [[queue.lane], [queue.vehicles.toFixed(1)], [queue.unknown || "nothing"]])
      : [[["not known here"], ["–"], [signal.queues ? "this controller sees no loops" : "not with this token"]]]);
    list("requests", (signal.requests || []).map((r) => `lamp ${r.link}: ${r.waiting} ${r.kind}`), "none");
    list("alarms", alarms.map((a) => `${a.what}: ${a.status.toLowerCase().replaceAll("_", " ")}`), "none");
    const strips = lamps.filter((k) => k < signal.state.length);
    Draw.strip(get("strip"), strip, strips);
    get("strip").setAttribute("aria-label", `Lamps over time. ${soon}`);
  }

  async function showCorridor() {
    if (!scene.corridor.length) return;
    get("corridorbox").hidden = false;
    Draw.corridor(get("corridor"), await ask("corridor", { time_s: kind === "playback" ? now : null }));
  }

  function choose(id) {
    if (!id) return;
    chosen = id; detail = null;
    const url = new URL(location.href);
    url.searchParams.set("signal", id); history.replaceState(null, "", url);
    if (kind === "live") listen();
    refresh(true);
  }

  let again = false;
  async function refresh(quick) { // one at a time, however fast seconds come
    if (busy) { again = true; return; }
    busy = true;
    try {
      if (!get("mapbox").hidden) plan.draw(rows, chosen);
      listSignals();
      text(get("clock"), now === null ? "" : `${kind !== "live" ? "second" : silent ? "last heard at" : "now"} ${clock(now)}`);
      await showOne();
      if (!quick || scene.corridor.length < 20) await showCorridor();
      if (told && !silent) { told = ""; text(get("state"), ""); }
    } catch (error) { told = error.message; text(get("state"), told); } finally { busy = false; }
    if (again) { again = false; refresh(true); }
  }

  // live: server-sent events, read by hand as they need a token
  async function listen() {
    if (stream) stream.abort();
    const own = stream = new AbortController();
    try {
      const answer = await fetch(`/v1/stream${chosen ? "?" + new URLSearchParams({ id: chosen }) : ""}`,
        { headers: token ? { Authorization: `Bearer ${token}` } : {}, signal: own.signal });
      if (!answer.ok) throw new Error(`the server said ${answer.status}`);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        const parts = (rest + value).split("\n\n");
        rest = parts.pop();
        for (const part of parts) {
          const data = part.split("\n").find((line) => line.startsWith("data: "));
          if (data) second(JSON.parse(data.slice(6)));
        }
      }
      throw new Error("the stream ended");
    } catch (error) {
      if (own.signal.aborted) return;
      text(get("state"), `${error.message}; trying again`); told = error.message;
      setTimeout(() => { if (stream === own) listen(); }, 2000);
    }
  }

  function hear(time) {
    if (time === now) return; // as after connecting again
    if (now !== null) gap = Math.min(performance.now() - heard, 15000);
    now = time; heard = performance.now();
    if (silent) quiet(false);
  }

  function quiet(on) { // what was heard last is no news of now
    silent = on;
    document.body.dataset.silent = on ? "yes" : "no";
    for (const row of rows.values()) row.silent = on;
  }

  const SILENT_MS = 5000;
  function watch() {
    const since = performance.now() - heard;
    if (now === null || !(silent || since > Math.max(SILENT_MS, 3 * gap))) return;
    if (!silent) { quiet(true); refresh(true); }
    told = `nothing heard for ${Math.round(since / 1000)} s`; text(get("state"), told);
  }

  function second(data) {
    hear(data.time_s);
    for (const [id, [state, mode, health]] of Object.entries(data.signals)) rows.set(id, { id, state, mode, health, silent });
    if (data.alarms) alarms = data.alarms;
    if (data.signal) detail = data.signal;
    if (!document.hidden) refresh(true);
  }

  // playback
  async function seek(time) {
    now = Math.max(span[0], Math.min(span[1], time));
    get("time").value = String(now); text(get("timeout"), clock(now));
    get("time").setAttribute("aria-valuetext", clock(now));
    try {
      const found = await ask("signals", { time_s: now });
      for (const row of found.signals) rows.set(row.id, row);
      alarms = (await ask("alarms", { time_s: now }).catch(() => ({ alarms: [] }))).alarms;
    } catch (error) { told = error.message; text(get("state"), told); }
    await refresh(true);
  }

  function play(on) {
    clearTimeout(playing); playing = null;
    get("play").setAttribute("aria-pressed", String(on)); text(get("play"), on ? "Pause" : "Play");
    const step = async () => {
      await seek(now + Math.max(1, Number(get("speed").value) / 4));
      if (now >= span[1]) play(false); else if (get("play").getAttribute("aria-pressed") === "true") playing = setTimeout(step, 250);
    };
    if (on) playing = setTimeout(step, 0);
  }

  // hands
  function hands() {
    const map = get("map"), box = get("signals");
    let held = null, moved = false;
    map.addEventListener("pointerdown", (event) => { held = [event.clientX, event.clientY]; moved = false; map.setPointerCapture(event.pointerId); });
    map.addEventListener("pointermove", (event) => {
      if (!held) return;
      const dx = event.clientX - held[0], dy = event.clientY - held[1];
      if (!moved && Math.hypot(dx, dy) < 4) return;
      moved = true; plan.move(dx, dy); held = [event.clientX, event.clientY]; plan.draw(rows, chosen);
    });
    map.addEventListener("pointerup", (event) => {
      if (held && !moved) { const r = map.getBoundingClientRect(); choose(plan.near(event.clientX - r.left, event.clientY - r.top)); }
      held = null;
    });
    map.addEventListener("wheel", (event) => {
      event.preventDefault();
      const r = map.getBoundingClientRect();
      plan.zoom(event.deltaY < 0 ? 1.25 : 0.8, [event.clientX - r.left, event.clientY - r.top]); plan.draw(rows, chosen);
    }, { passive: false });
    map.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
      if (moves[event.key]) plan.move(...moves[event.key]);
      else if (event.key === "+" || event.key === "=") plan.zoom(1.25);
      else if (event.key === "-") plan.zoom(0.8);
      else if (event.key === "0") plan.all();
      else return;
      event.preventDefault(); plan.draw(rows, chosen);
    });
    box.addEventListener("keydown", (event) => {
      const found = shown(), to = { ArrowDown: near + 1, ArrowUp: near - 1, Home: 0, End: found.length - 1 }[event.key];
      if (to !== undefined) near = Math.max(0, Math.min(found.length - 1, to));
      else if (event.key === "Enter" || event.key === " ") choose(found[near] && found[near].id);
      else return;
      event.preventDefault(); listSignals();
      const item = box.children[near];
      if (item) item.scrollIntoView({ block: "nearest" });
    });
    box.addEventListener("focus", listSignals); box.addEventListener("blur", listSignals);
    box.addEventListener("click", (event) => {
      const item = event.target.closest("li");
      if (item) { near = [...box.children].indexOf(item); choose(item.dataset.id); }
    });
    get("find").addEventListener("input", () => { near = 0; listSignals(); });
    get("time").addEventListener("input", () => { play(false); seek(Number(get("time").value)); });
    get("play").addEventListener("click", () => play(get("play").getAttribute("aria-pressed") !== "true"));
    addEventListener("resize", () => { plan.stale = true; refresh(true); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { plan.stale = true; refresh(true); });
  }

  function legend() {
    for (const look of Object.values(Draw.looks())) {
      const item = get("legend").appendChild(document.createElement("li")), dot = document.createElement("i");
      dot.style.background = look.colour;
      if (look.shape === "square") dot.style.borderRadius = "0";
      if (look.shape === "triangle") { dot.style.borderRadius = "0"; dot.style.clipPath = "polygon(50% 0, 100% 100%, 0 100%)"; }
      item.append(dot, look.says);
    }
  }

  async function start() {
    try {
      const status = await ask("status");
      scene = await ask("scene");
      kind = status.kind; span = [status.first_s || 0, status.last_s || 0];
      document.title = `${status.name}: signals live`; text(get("name"), status.name);
      const first = !plan;
      get("mapbox").hidden = !scene.roads.length && !scene.lanes.length; // nobody knows where the signals lie
      plan = new Draw.Plan(get("map"), scene);
      if (first) { hands(); legend(); }
      const asked = new URLSearchParams(location.search);
      chosen = scene.signals.some((s) => s.id === asked.get("signal")) ? asked.get("signal") : scene.signals.length ? scene.signals[0].id : null;
      if (kind === "playback") {
        get("playback").hidden = false;
        get("time").min = String(span[0]); get("time").max = String(span[1]);
        await seek(asked.has("t") ? Number(asked.get("t")) : span[0]);
      } else { listen(); if (first) setInterval(watch, 1000); }
      document.body.dataset.ready = "yes";
    } catch (error) { told = error.message; text(get("state"), told); }
  }
  get("login").addEventListener("submit", (event) => {
    event.preventDefault(); token = get("token").value; get("login").hidden = true; text(get("state"), ""); start();
  });
  start();
})();
