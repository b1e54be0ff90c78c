"use strict";
(() => {
  const dark = JSON.parse(document.getElementById("dark-colours").textContent);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const plots = [...document.querySelectorAll(".plot")];
  const drawn = new Set();
  const NARROW = 440;
  const config = {
    responsive: true,
    displaylogo: false,
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
    toImageButtonOptions: { format: "svg" },
  };

  // A colour of light paper becomes its partner wherever a colour stands; texts are left as they are.
  const recoloured = (value, colour) => {
    if (typeof value === "string") return colour ? dark[value] ?? value : value;
    if (Array.isArray(value)) return value.map((part) => recoloured(part, colour));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => [key, recoloured(part, /colou?r(s|scale|way)?$/.test(key))]),
    );
  };

  // A narrow page gets a figure that is higher than wide, for the legend takes more lines there.
  const height = (plot) => {
    const width = plot.clientWidth;
    return Math.round(Math.max(width * plot.dataset.aspect + (width < NARROW ? 60 : 0), 260));
  };

  // Names were placed for a wide page; on a narrow one those that would hide an earlier one are left out.
  const clear = (plot) => {
    const kept = [];
    for (const note of plot.clientWidth < NARROW ? plot.querySelectorAll(".annotation") : []) {
      const box = note.getBoundingClientRect();
      const hides = kept.some(
        (other) =>
          box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom,
      );
      if (hides) note.style.visibility = "hidden";
      else kept.push(box);
    }
  };

  const draw = (plot, light) => {
    const name = plot.dataset.figure;
    const figure = JSON.parse(document.getElementById(`figure-${name}`).textContent);
    const { data, layout } = light ? figure : recoloured(figure, false);
    layout.height = height(plot);
    plot.style.minHeight = plot.style.aspectRatio = "auto";
    if (plot.clientWidth < NARROW) {
      for (const note of layout.annotations ?? []) if (note.font?.size > 11) note.font.size = 11;
      for (const { marker, line } of data) {
        if (typeof marker?.size === "number") marker.size *= 0.75;
        if (line?.width > 3) line.width = 3;
      }
    }
    drawn.add(plot);
    const options = { ...config, toImageButtonOptions: { ...config.toImageButtonOptions, filename: name } };
    return Plotly.react(plot, data, layout, options).then(() => {
      clear(plot);
      plot.setAttribute("data-drawn", "");
    });
  };

  const onSight = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        onSight.unobserve(entry.target);
        if (!drawn.has(entry.target)) draw(entry.target, !scheme.matches);
      }
    },
    { rootMargin: "600px 0px" },
  );
  plots.forEach((plot) => onSight.observe(plot));
  // What nobody has scrolled to yet is drawn while the page is at rest, one at a time, so that it is there when they do.
  const ahead = () => {
    const next = plots.find((plot) => !drawn.has(plot));
    if (!next) return;
    onSight.unobserve(next);
    draw(next, !scheme.matches).then(() => setTimeout(ahead, 50));
  };
  addEventListener("load", () => setTimeout(ahead, 300));
  scheme.addEventListener("change", () => drawn.forEach((plot) => draw(plot, !scheme.matches)));
  // Paper is white, and all of it is printed.
  addEventListener("beforeprint", () => plots.forEach((plot) => draw(plot, true)));
  addEventListener("afterprint", () => drawn.forEach((plot) => draw(plot, !scheme.matches)));
})();
