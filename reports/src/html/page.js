"use strict";
(() => {
  // Light and dark: the system decides until the reader does.
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  const label = () => { button.textContent = dark() ? "Light" : "Dark"; };
  const kept = (value) => {
    try {
      if (value) localStorage.setItem("tidegate-theme", value);
      return localStorage.getItem("tidegate-theme");
    } catch { return null; }
  };
  if (["light", "dark"].includes(kept())) root.dataset.theme = kept();
  button.hidden = false;
  button.addEventListener("click", () => { kept(root.dataset.theme = dark() ? "light" : "dark"); label(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
  label();

  // A link to something folded away opens it.
  const reveal = () => {
    const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let node = place; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    if (place) { place.querySelector(":scope > td > details")?.setAttribute("open", ""); place.scrollIntoView({ behavior: "instant" }); }
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();

  // Values of the charts, by pointer and by arrow keys; charts over time move together.
  const charts = [...document.querySelectorAll("figure.chart")].map((figure) => ({
    figure,
    plot: figure.querySelector(".plot"),
    readout: figure.querySelector(".readout"),
    group: figure.dataset.group,
    values: JSON.parse(figure.querySelector("script").textContent),
    names: [...figure.querySelectorAll(".numbers thead th")].slice(1).map((cell) => cell.textContent),
    rows: figure.querySelectorAll(".numbers tbody tr"),
    at: -1,
  }));
  const show = (chart, at) => {
    chart.at = at;
    const { x, y: heights } = chart.values;
    const on = at >= 0;
    const [label, ...texts] = on ? [...chart.rows[at].children].map((cell) => cell.textContent) : [""];
    chart.readout.textContent = [label, ...texts.map((text, n) => `${chart.names[n]} ${text}`)].join("  ·  ");
    for (const svg of chart.plot.querySelectorAll("svg")) {
      const { left, right, top, bottom } = Object.fromEntries(
        Object.entries(svg.dataset).map(([k, v]) => [k, Number(v)]));
      const cx = on ? left + (x[at] / 1000) * (right - left) : 0;
      const cross = svg.querySelector(".cross");
      cross.classList.toggle("on", on);
      cross.setAttribute("x1", cx);
      cross.setAttribute("x2", cx);
      svg.querySelectorAll(".dot").forEach((dot, n) => {
        const y = on ? heights[n][at] ?? null : null;
        dot.classList.toggle("on", y !== null);
        if (y !== null) {
          dot.setAttribute("cx", cx);
          dot.setAttribute("cy", bottom - (y / 1000) * (bottom - top));
        }
      });
    }
  };
  const nearest = (x, share) => {
    let best = -1;
    x.forEach((at, n) => { if (best < 0 || Math.abs(at - share) < Math.abs(x[best] - share)) best = n; });
    return best;
  };
  const together = (chart, at) => {
    for (const other of charts) {
      if (other === chart || (chart.group && other.group === chart.group)) {
        show(other, at < 0 ? -1 : nearest(other.values.x, chart.values.x[at]));
      }
    }
  };
  for (const chart of charts) {
    const { plot, readout, values } = chart;
    plot.addEventListener("pointermove", (event) => {
      const svg = [...plot.querySelectorAll("svg")].find((svg) => svg.getBoundingClientRect().width > 0);
      const box = svg.getBoundingClientRect();
      const scale = svg.viewBox.baseVal.width / box.width;
      const { left, right } = svg.dataset;
      const share = ((event.clientX - box.left) * scale - left) / (right - left) * 1000;
      together(chart, nearest(values.x, share));
    });
    plot.addEventListener("pointerleave", () => { if (document.activeElement !== plot) together(chart, -1); });
    plot.addEventListener("focus", () => {
      readout.setAttribute("aria-live", "polite");
      if (chart.at < 0 && plot.matches(":focus-visible")) together(chart, 0);
    });
    plot.addEventListener("blur", () => { readout.removeAttribute("aria-live"); together(chart, -1); });
    plot.addEventListener("keydown", (event) => {
      const last = values.x.length - 1;
      const to = { ArrowLeft: chart.at - 1, ArrowRight: chart.at + 1, PageUp: chart.at - 10, PageDown: chart.at + 10,
        Home: 0, End: last }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      together(chart, Math.min(last, Math.max(0, to)));
    });
  }

  // Filter of the checks.
  const filter = document.getElementById("filter");
  if (filter) {
    filter.hidden = false;
    const text = document.getElementById("filter-text");
    const [status, onlyArea, level] = ["status", "area", "level"].map((name) => document.getElementById(`filter-${name}`));
    const count = document.getElementById("filter-count");
    const apply = () => {
      const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      const asked = words.length > 0 || [status, onlyArea, level].some((select) => select.value !== "");
      let shown = 0;
      for (const area of document.querySelectorAll("details.area")) {
        let here = 0;
        for (const row of area.querySelectorAll("tbody > tr")) {
          const content = [...row.querySelectorAll("code, .title, .clause, .visuallyhidden")]
            .map((node) => node.textContent).join(" ").toLowerCase();
          const fits = (!status.value || row.dataset.status === status.value)
            && (!onlyArea.value || area.dataset.area === onlyArea.value)
            && (!level.value || row.dataset.level === level.value)
            && words.every((word) => content.includes(word));
          row.hidden = !fits;
          here += fits;
        }
        area.hidden = here === 0;
        area.open = asked && here > 0;
        shown += here;
      }
      count.textContent = asked ? `${shown} shown` : "";
    };
    text.addEventListener("input", apply);
    for (const select of [status, onlyArea, level]) select.addEventListener("change", apply);
  }

  // Filter of the mutants.
  const mutants = document.getElementById("mutants-filter");
  if (mutants) {
    mutants.hidden = false;
    const text = document.getElementById("mutants-text");
    const outcome = document.getElementById("mutants-outcome");
    const count = document.getElementById("mutants-count");
    const rows = [...document.querySelectorAll("table.mutants > tbody > tr")];
    const apply = () => {
      const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const content = row.textContent.toLowerCase();
        row.hidden = !((!outcome.value || row.dataset.outcome === outcome.value) && words.every((word) => content.includes(word)));
        shown += !row.hidden;
      }
      count.textContent = words.length || outcome.value ? `${shown} shown` : "";
    };
    text.addEventListener("input", apply);
    outcome.addEventListener("change", apply);
  }
  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll(".finding details")) details.open = true;
  });
})();
