"use strict";
// What the page draws: the map, strips of lamps over time, green along a corridor. Nothing here asks for anything.
const Draw = (() => {
  const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const kind = (letter) => "Gg".includes(letter) ? "G" : "yYu".includes(letter) ? "y" : "oO".includes(letter) ? "o" : "r";
  const colours = () => ({ G: style("--green"), y: style("--yellow"), r: style("--red"), o: style("--off") });

  function fit(canvas) { // as many pixels as the screen has
    const ratio = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
    const width = Math.max(1, Math.round(box.width * ratio)), height = Math.max(1, Math.round(box.height * ratio));
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, box.width, box.height);
    return [pen, box.width, box.height];
  }

  class Plan { // the map
    constructor(canvas, scene) {
      this.canvas = canvas; this.scene = scene; this.ground = document.createElement("canvas");
      this.all();
    }
    all() { // everything in view
      const at = this.scene.signals.map((signal) => signal.at);
      const points = at.length ? at : this.scene.roads.flat();
      const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
      let low = [Infinity, Infinity], high = [-Infinity, -Infinity];
      for (let k = 0; k < xs.length; k++) {
        low = [Math.min(low[0], xs[k]), Math.min(low[1], ys[k])]; high = [Math.max(high[0], xs[k]), Math.max(high[1], ys[k])];
      }
      if (!points.length) { low = [0, 0]; high = [100, 100]; }
      const box = this.canvas.getBoundingClientRect();
      this.middle = [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2];
      const wide = Math.max(60, high[0] - low[0]), tall = Math.max(60, high[1] - low[1]);
      this.scale = Math.min(3, (box.width - 60) / wide, (box.height - 60) / tall);
      this.stale = true;
    }
    zoom(factor, around) {
      const next = Math.min(30, Math.max(0.005, this.scale * factor));
      if (around) {
        const k = next / this.scale, box = this.canvas.getBoundingClientRect();
        const dx = (around[0] - box.width / 2) / this.scale, dy = -(around[1] - box.height / 2) / this.scale;
        this.middle = [this.middle[0] + dx - dx / k, this.middle[1] + dy - dy / k];
      }
      this.scale = next; this.stale = true;
    }
    move(dx, dy) { this.middle = [this.middle[0] - dx / this.scale, this.middle[1] + dy / this.scale]; this.stale = true; }
    to(at, w, h) { return [w / 2 + (at[0] - this.middle[0]) * this.scale, h / 2 - (at[1] - this.middle[1]) * this.scale]; }
    near(x, y) { // the signal at a place on the canvas
      const box = this.canvas.getBoundingClientRect();
      let best = null, least = 24;
      for (const signal of this.scene.signals) {
        const p = this.to(signal.at, box.width, box.height), far = Math.hypot(p[0] - x, p[1] - y);
        if (far < least) { least = far; best = signal.id; }
      }
      return best;
    }
    roads(w, h) { // drawn again only where the view has changed
      const ratio = window.devicePixelRatio || 1;
      if (!this.stale && this.ground.width === Math.round(w * ratio)) return;
      this.ground.width = Math.round(w * ratio); this.ground.height = Math.round(h * ratio);
      const pen = this.ground.getContext("2d");
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      const lines = (shapes, colour, width) => {
        pen.strokeStyle = colour; pen.lineWidth = width; pen.beginPath();
        for (const shape of shapes) shape.forEach((at, k) => {
          const p = this.to(at, w, h);
          if (k) pen.lineTo(p[0], p[1]); else pen.moveTo(p[0], p[1]);
        });
        pen.stroke();
      };
      lines(this.scene.roads, style("--road"), Math.max(1, Math.min(9, 6 * this.scale)));
      if (this.scale > 0.6) lines(this.scene.lanes.map((lane) => lane.shape), style("--lane"), Math.min(3, this.scale));
      this.stale = false;
    }
    draw(rows, chosen) {
      const [pen, w, h] = fit(this.canvas), paint = colours(), looks = Draw.looks();
      this.roads(w, h);
      pen.drawImage(this.ground, 0, 0, w, h);
      const close = this.scale > 0.8;
      for (const signal of this.scene.signals) {
        const p = this.to(signal.at, w, h), row = rows.get(signal.id);
        if (p[0] < -40 || p[1] < -40 || p[0] > w + 40 || p[1] > h + 40) continue;
        const look = looks[row ? Draw.look(row) : "unknown"];
        const size = signal.id === chosen ? 9 : 6;
        if (!close || !signal.heads.length) {
          pen.fillStyle = look.colour; pen.beginPath();
          if (look.shape === "square") pen.rect(p[0] - size, p[1] - size, 2 * size, 2 * size);
          else if (look.shape === "triangle") { pen.moveTo(p[0], p[1] - size - 2); pen.lineTo(p[0] + size + 2, p[1] + size);
            pen.lineTo(p[0] - size - 2, p[1] + size); } else pen.arc(p[0], p[1], size, 0, 7);
          pen.fill();
        }
        if (signal.id === chosen) { pen.strokeStyle = style("--mark"); pen.lineWidth = 3; pen.beginPath();
          pen.arc(p[0], p[1], close ? 26 : 15, 0, 7); pen.stroke(); }
        if (close) for (const head of signal.heads) {
          const q = this.to(head.at, w, h), letter = row ? row.state[head.index] : undefined;
          pen.fillStyle = letter === undefined ? style("--off") : paint[kind(letter)];
          pen.beginPath(); pen.arc(q[0], q[1], Math.min(5, 1.3 * this.scale + 1), 0, 7); pen.fill();
        }
      }
    }
  }

  const look = (row) => row.silent ? "unknown" : row.mode === "PROGRAM" ? "program" : row.mode === "FIXED" || row.mode === "LAST_GOOD" ? "fallback"
    : row.health === "well" ? "well" : "degraded";
  const looks = () => ({
    well: { colour: style("--green"), shape: "circle", says: "adaptive, all well" },
    degraded: { colour: style("--yellow"), shape: "triangle", says: "adaptive, sees too little" },
    fallback: { colour: style("--red"), shape: "square", says: "runs a fixed plan: fallback" },
    program: { colour: style("--mark"), shape: "circle", says: "runs its program" },
    unknown: { colour: style("--off"), shape: "circle", says: "nothing heard" } });

  function spans(strip, lamp, until) { // [from, to, letter, is planned] of one lamp
    const found = [], shots = strip.past.map((s) => [s.from_s, s.state, false]);
    for (const s of strip.planned) if (s.from_s > strip.time_s) shots.push([s.from_s, s.state, true]);
    shots.forEach((s, k) => {
      const end = k + 1 < shots.length ? shots[k + 1][0] : Math.max(strip.planned_until_s, strip.time_s + 1);
      const cut = [[s[0], Math.min(end, strip.time_s), false], [Math.max(s[0], strip.time_s), Math.min(end, until), true]];
      for (const [from, to, planned] of cut) if (to > from) found.push([from, to, s[1][lamp], planned]);
    });
    return found;
  }

  function axis(pen, x, now, past, ahead, top, bottom, w) {
    pen.font = "12px system-ui, sans-serif"; pen.textAlign = "center"; pen.fillStyle = style("--soft");
    for (let s = -Math.floor(past / 30) * 30; s <= ahead; s += 30) {
      const at = x(now + s);
      pen.fillStyle = style("--soft"); pen.fillText(s === 0 ? "now" : (s > 0 ? "+" : "") + s + " s", Math.max(24, Math.min(w - 20, at)), bottom + 14);
      pen.strokeStyle = s === 0 ? style("--ink") : style("--line"); pen.lineWidth = s === 0 ? 2 : 1;
      pen.beginPath(); pen.moveTo(at, top); pen.lineTo(at, bottom); pen.stroke();
    }
  }

  function bar(pen, from, to, y, height, letter, planned, paint) { // yellow thin, green high, red low: not by colour alone
    const what = kind(letter), part = what === "G" ? 1 : what === "y" ? 0.6 : 0.28;
    pen.globalAlpha = planned ? 0.55 : 1; pen.fillStyle = paint[what];
    pen.fillRect(from, y + height * (1 - part), Math.max(0.5, to - from), height * part);
    pen.globalAlpha = 1;
  }

  function unknown(pen, from, to, y, height) { // a dotted line: nothing is planned for then
    if (to - from < 1) return;
    pen.strokeStyle = style("--soft"); pen.lineWidth = 1; pen.setLineDash([1, 4]); pen.beginPath();
    pen.moveTo(from, y + height - 1); pen.lineTo(to, y + height - 1); pen.stroke(); pen.setLineDash([]);
  }

  function strip(canvas, data, lamps) {
    const rows = Math.max(1, lamps.length), height = Math.min(22, Math.max(9, 170 / rows));
    canvas.style.height = `${Math.round(rows * (height + 3) + 30)}px`;
    const [pen, w] = fit(canvas), left = 40, past = 120, ahead = 60, now = data.time_s, paint = colours();
    const x = (s) => left + (s - now + past) / (past + ahead) * (w - left - 6);
    const bottom = rows * (height + 3) + 6;
    lamps.forEach((lamp, k) => {
      const y = 4 + k * (height + 3);
      pen.fillStyle = style("--soft"); pen.textAlign = "right"; pen.font = `${Math.min(12, height)}px system-ui, sans-serif`;
      pen.fillText(String(lamp), left - 6, y + height - 1);
      for (const [from, to, letter, planned] of spans(data, lamp, now + ahead))
        if (to > now - past) bar(pen, x(Math.max(from, now - past)), x(to), y, height, letter, planned, paint);
      unknown(pen, x(Math.max(data.planned_until_s, now)), x(now + ahead), y, height);
    });
    axis(pen, x, now, past, ahead, 2, bottom, w);
  }

  function corridor(canvas, data) {
    const [pen, w, h] = fit(canvas), left = 8, past = 120, ahead = 60, now = data.time_s, paint = colours();
    const length = Math.max(...data.stops.map((s) => s.at_m), 1), first = Math.min(...data.stops.map((s) => s.at_m));
    const x = (s) => left + (s - now + past) / (past + ahead) * (w - left - 6);
    const y = (m) => h - 44 - (m - first) / Math.max(1, length - first) * (h - 84);
    pen.strokeStyle = style("--road"); pen.lineWidth = 1;
    for (let s = now - past - length / data.speed_mps; s < now + ahead; s += 20) { // driving freely
      pen.beginPath(); pen.moveTo(x(s), y(first)); pen.lineTo(x(s + (length - first) / data.speed_mps), y(length)); pen.stroke();
    }
    for (const stop of data.stops) {
      for (const [from, to, letter, planned] of spans(stop.strip, stop.lamps[0] || 0, now + ahead))
        if (to > now - past) bar(pen, x(Math.max(from, now - past)), x(to), y(stop.at_m) - 5, 10, letter, planned, paint);
      unknown(pen, x(Math.max(stop.strip.planned_until_s, now)), x(now + ahead), y(stop.at_m) - 5, 10);
      pen.fillStyle = style("--ink"); pen.textAlign = "left"; pen.font = "12px system-ui, sans-serif";
      pen.fillText(`${stop.signal.slice(0, 28)}, ${Math.round(stop.at_m)} m`, left, y(stop.at_m) - 9);
    }
    axis(pen, x, now, past, ahead, 8, h - 26, w);
  }

  return { Plan, strip, corridor, look, looks, kind };
})();
