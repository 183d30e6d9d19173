"use strict";
// The page is complete without this script; it only follows the reader: language, printing, and the chart's numbers.
(() => {
  const root = document.documentElement;

  const reads = navigator.language.startsWith("zh") ? "zh" : null;  // who reads Chinese need not look for the switch
  const asked = new URLSearchParams(location.search).get("lang") ?? reads;
  for (const choice of document.querySelectorAll('input[name="lang"]')) {
    if (asked && choice.value.startsWith(asked)) choice.checked = true;
    choice.addEventListener("change", () => { root.lang = choice.value; });
    if (choice.checked) root.lang = choice.value;
  }

  // A cause begins with a few of its findings; the rest are rows once somebody looks at it, filters or prints.
  const later = JSON.parse(document.getElementById("later").textContent);
  const classes = ["mono", "num", "small", "mono small trail"];
  const made = (cells) => {
    const row = document.createElement("tr");
    cells.forEach((text, i) => {
      const cell = row.insertCell();
      cell.className = classes[i];
      (i === 1 ? cell : cell.appendChild(document.createElement("bdi"))).textContent = text;
    });
    return row;
  };
  const fill = (cause) => {
    const rest = later[cause.id];
    if (!rest) return;
    delete later[cause.id];
    cause.querySelector("tbody").append(...rest.map(made));
  };
  const causes = [...document.querySelectorAll("details.cause")];
  const seen = (cause) => cause.open && cause.closest("details.law").open;
  document.addEventListener("toggle", (event) => {
    if (event.target.matches("details.cause, details.law")) causes.filter(seen).forEach(fill);
  }, true);
  // What is open from the beginning is filled after the first picture, when there is time.
  const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(work, 200));
  whenIdle(() => causes.filter(seen).forEach(fill), { timeout: 1000 });

  let opened = [];
  addEventListener("beforeprint", () => {
    causes.forEach(fill);
    opened = [...document.querySelectorAll("details:is(.law, .cause, .picture):not([open])")];
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of opened) one.open = false; });

  // A link to what lies in a closed part opens it.
  const reveal = () => {
    const there = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = there; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    const picture = there && there.querySelector(":scope > details.picture");
    if (picture) picture.open = true;
  };
  addEventListener("hashchange", reveal);
  reveal();

  const filter = document.getElementById("filter");
  if (filter) {
    // Ten thousand findings are read when somebody asks for some of them, and become rows where some are found.
    const heads = causes.map((cause) => [cause, cause.querySelector("summary").textContent.toLowerCase()]);
    const total = Number(filter.closest("section").querySelector("output").value);
    const holds = (cells, asked) => cells.join("\n").toLowerCase().includes(asked);
    const shown = document.getElementById("filter-shown");
    const narrow = () => {
      const asked = filter.value.trim().toLowerCase();
      let count = 0;
      for (const [cause, head] of heads) {
        const whole = !asked || head.includes(asked);
        if (asked && (whole || (later[cause.id] ?? []).some((cells) => holds(cells, asked)))) fill(cause);
        let some = 0;
        for (const row of cause.querySelectorAll("tbody tr")) {
          row.hidden = !(whole || holds([...row.cells].map((cell) => cell.textContent), asked));
          if (!row.hidden) some += 1;
        }
        cause.hidden = !some;
        if (asked && some) {
          cause.open = true;
          cause.closest("details.law").open = true;
        }
        count += some;
      }
      shown.value = String(asked ? count : total);
    };
    filter.addEventListener("input", narrow);
  }

  document.addEventListener("click", (event) => {
    const head = event.target.closest("table.findings th[aria-sort]");
    if (!head || !event.target.closest("button")) return;
    const falling = head.getAttribute("aria-sort") === "ascending";
    for (const other of head.parentElement.querySelectorAll("[aria-sort]")) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", falling ? "descending" : "ascending");
    const body = head.closest("table").tBodies[0];
    const order = new Intl.Collator("en", { numeric: true }).compare;
    const keyed = [...body.rows].map((row) => [row.cells[head.cellIndex].textContent, row]);
    keyed.sort(([a], [b]) => (falling ? order(b, a) : order(a, b)));
    body.append(...keyed.map(([, row]) => row));
  });

  const chart = document.getElementById("chart");
  if (!chart) return;
  const svg = chart.querySelector("svg");
  const cross = svg.querySelector(".cross");
  const tip = chart.querySelector(".tip");
  const cells = tip.querySelectorAll("dd");
  const rows = document.querySelectorAll("#series tbody tr");
  const left = Number(svg.dataset.left);
  const step = rows.length > 1 ? (Number(svg.dataset.right) - left) / (rows.length - 1) : 1;
  let at = 0;

  const show = (index) => {
    at = Math.max(0, Math.min(rows.length - 1, index));
    const x = left + at * step;
    const scale = svg.clientWidth / svg.viewBox.baseVal.width;
    cross.setAttribute("x1", x);
    cross.setAttribute("x2", x);
    cross.classList.add("on");
    [...rows[at].cells].forEach((cell, i) => { cells[i].textContent = cell.textContent; });
    tip.hidden = false;
    const room = chart.clientWidth - tip.offsetWidth;
    const beside = x * scale + 14;
    tip.style.left = `${beside > room ? Math.max(0, x * scale - 14 - tip.offsetWidth) : beside}px`;
  };
  const hide = () => { tip.hidden = true; cross.classList.remove("on"); };

  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
    show(Math.round((x - left) / step));
  });
  svg.addEventListener("pointerleave", hide);
  chart.addEventListener("blur", hide);
  chart.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: rows.length - 1 };
    if (event.key === "Escape") hide();
    if (!(event.key in moves)) return;
    event.preventDefault();
    show(moves[event.key]);
  });
})();
