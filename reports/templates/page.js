"use strict";
// The page is complete without this script; it only follows the reader: language, printing, and the chart's numbers.
(() => {
  const root = document.documentElement;

  const asked = new URLSearchParams(location.search).get("lang");
  for (const choice of document.querySelectorAll('input[name="lang"]')) {
    if (asked && choice.value.startsWith(asked)) choice.checked = true;
    choice.addEventListener("change", () => { root.lang = choice.value; });
    if (choice.checked) root.lang = choice.value;
  }

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.law:not([open])")];
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of opened) one.open = false; });

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
