"use strict";
// Fills numbers into a page that has all its words already; nothing that comes from the run is ever taken for markup.
(() => {
  const root = document.documentElement;
  const reads = navigator.language.startsWith("zh") ? "zh" : null;  // who reads Chinese need not look for the switch
  const asked = new URLSearchParams(location.search).get("lang") ?? reads;
  for (const choice of document.querySelectorAll('input[name="lang"]')) {
    if (asked && choice.value.startsWith(asked)) choice.checked = true;
    choice.addEventListener("change", () => { root.lang = choice.value; });
    if (choice.checked) root.lang = choice.value;
  }

  const NONE = "–";
  const number = (n) => n == null ? NONE : Number(n).toLocaleString("en", { maximumFractionDigits: 1 });
  const span = (ms) => {
    if (ms == null) return NONE;
    if (ms < 1000) return `${Number(ms.toPrecision(3))} ms`;
    if (ms < 60_000) return `${(ms / 1000).toFixed(2)} s`;
    const s = Math.round(ms / 1000);
    return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, "0")} s`;
  };
  const seconds = (s) => s == null ? NONE : s < 60 ? `${Math.max(0, s).toFixed(0)} s` : span(s * 1000);
  const percent = (share) => share == null ? NONE : `${number(share * 100)} %`;
  const written = (key, value) => {
    if (/^(latency_ms|lateness_ms)\./.test(key)) return span(value);
    if (key.startsWith("shares.")) return percent(value);
    return /(^|_)at_s$/.test(key) ? seconds(value) : number(value);
  };

  const say = (name, text) => {
    const line = document.querySelector(`[data-says="${name}"]`);
    line.hidden = !text;
    const told = line.querySelector("bdi");
    if (told.textContent !== text) told.textContent = text;
  };
  const show = (name, on) => { document.querySelector(`[data-if="${name}"]`).hidden = !on; };
  const reach = (state, key) => key.split(".").reduce((at, part) => (at == null ? null : at[part]), state);

  const SVG = "http://www.w3.org/2000/svg";
  const windows = [...document.querySelectorAll("[data-window]")]
    .filter((row) => row.dataset.window).map((row) => row.dataset.window.split(" ").map((ms) => ms / 1000));
  const drawn = (svg, lines, last) => {
    const top = Math.max(1, ...lines.flatMap(([, points]) => points.map(([, y]) => y)));
    const x = (s) => (600 * s / last).toFixed(1);
    const y = (n) => (184 - 176 * n / top).toFixed(1);
    const zero = document.createElementNS(SVG, "path");
    zero.setAttribute("class", "zero");
    zero.setAttribute("d", "M0,184H600M0,8H600");
    svg.parentElement.querySelector(".top").textContent = number(top);
    const shaded = windows.filter(([begin]) => begin < last).map(([begin, end]) => {
      const rect = document.createElementNS(SVG, "rect");
      const shape = { class: "window", x: x(begin), y: 0, width: x(Math.min(end, last) - begin), height: 190 };
      for (const [name, value] of Object.entries(shape)) rect.setAttribute(name, value);
      return rect;
    });
    svg.replaceChildren(...shaded, zero, ...lines.filter(([, points]) => points.length > 1).map(([name, points]) => {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("class", name);
      path.setAttribute("d", `M${points.map(([s, n]) => `${x(s)},${y(n)}`).join("L")}`);
      return path;
    }));
  };
  const rates = (points, name) => points.slice(1).map((point, i) => {
    const before = points[i];
    return [point.at_s, (point[name] - before[name]) / Math.max(point.at_s - before.at_s, 0.1)];
  });

  const cells = [...document.querySelectorAll("[data-n]")];
  const news = (state) => {
    document.body.dataset.state = state.over ? "over" : "on";
    state.law = Object.fromEntries(state.laws.laws.map((law) => [law.law, law]));
    const flows = ["placed", "paid", "delivered"].map((name) => [name, rates(state.points, name)]);
    state.rate = Object.fromEntries(flows.map(([name, points]) => [name, points.length ? points.at(-1)[1] : null]));
    for (const cell of cells) {
      const value = reach(state, cell.dataset.n);
      cell.textContent = written(cell.dataset.n, value);
      if (cell.dataset.n.endsWith(".broken")) cell.classList.toggle("some-broken", value > 0);
    }
    for (const cell of document.querySelectorAll("[data-strike]")) {
      cell.textContent = number(state.strikes[cell.dataset.strike] ?? 0);
    }
    const begun = Object.keys(state.phases);
    for (const step of document.querySelectorAll("[data-phase]")) {
      const current = step.dataset.phase === state.phase;
      step.classList.toggle("done", begun.includes(step.dataset.phase) && !current);
      if (current) step.setAttribute("aria-current", "step"); else step.removeAttribute("aria-current");
    }
    document.getElementById("load").value = state.orders.begun;
    const last = Math.max(state.at_s ?? 0, 1);
    drawn(document.getElementById("rates"), flows, last);
    drawn(document.getElementById("backlog"), [["placed", state.points.map((p) => [p.at_s, p.open])]], last);
    say("aborted", state.aborted);
    say("broken", state.broken);
    say("law-error", state.laws.error);
    show("counted", state.laws.laws.length > 0);
    show("uncounted", !state.laws.at_ns);
    show("too_long", state.laws.too_long);
  };

  const source = new EventSource("/events");
  source.addEventListener("message", (event) => {
    const state = JSON.parse(event.data);
    news(state);
    if (state.over) source.close();
  });
  source.addEventListener("error", () => {
    if (document.body.dataset.state !== "over") document.body.dataset.state = "lost";
  });
})();
