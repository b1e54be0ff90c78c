// Draws each figure when it comes near, and keeps few scenes in space alive at once.
const drawing = (() => {
  const dark = JSON.parse(document.getElementById("dark-colours").textContent);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  const plots = [...document.querySelectorAll(".plot")];
  const drawn = new Set();
  const wanted = new Set();
  const NARROW = 440;
  // Browsers keep about sixteen scenes, a program without a graphics card fewer: the oldest would go dark unasked.
  const MOST_SCENES = 6;
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

  const isScene = (plot) => "scene" in plot.dataset;
  const away = (plot) => {
    const box = plot.getBoundingClientRect();
    return Math.abs((box.top + box.bottom) / 2 - innerHeight / 2);
  };

  const forget = (plot) => {
    for (const canvas of plot.querySelectorAll("canvas")) {
      const context = canvas.getContext("webgl2") ?? canvas.getContext("webgl");
      context?.getExtension("WEBGL_lose_context")?.loseContext();
    }
    Plotly.purge(plot);
    plot.replaceChildren();
    drawn.delete(plot);
    plot.removeAttribute("data-drawn");
  };

  const makeRoom = (plot) => {
    const others = [...drawn].filter((other) => isScene(other) && other !== plot);
    others.sort((one, other) => away(other) - away(one));
    others.slice(0, Math.max(0, others.length - MOST_SCENES + 1)).forEach(forget);
  };

  const draw = (plot, light) => {
    if (isScene(plot)) makeRoom(plot);
    const name = plot.dataset.figure;
    const figure = JSON.parse(document.getElementById(`figure-${name}`).textContent);
    const { data, layout } = light ? figure : recoloured(figure, false);
    layout.height = height(plot);
    plot.style.minHeight = `${layout.height}px`;
    plot.style.aspectRatio = "auto";
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
      plot.dispatchEvent(new Event("drawn"));
    });
  };

  // One at a time, the nearest first, with a breath between: the page stays at hand.
  let busy = false;
  const work = () => {
    if (busy || !wanted.size) return;
    const [plot] = [...wanted].sort((one, other) => away(one) - away(other));
    wanted.delete(plot);
    if (drawn.has(plot)) return work();
    busy = true;
    draw(plot, !scheme.matches)
      .catch((error) => console.error(error))
      .then(() => setTimeout(() => ((busy = false), work())));
  };

  const onSight = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (isIntersecting) wanted.add(target);
        else wanted.delete(target);
        // A scene may be forgotten, and is drawn again when it comes back.
        if (isIntersecting && !isScene(target)) onSight.unobserve(target);
      }
      work();
    },
    { rootMargin: "500px 0px" },
  );
  plots.forEach((plot) => onSight.observe(plot));

  const again = (light) => drawn.forEach((plot) => draw(plot, light));
  scheme.addEventListener("change", () => again(!scheme.matches));
  // Paper is white, and every figure in the plane is printed; of scenes those that are there.
  addEventListener("beforeprint", () =>
    plots.forEach((plot) => (!isScene(plot) || drawn.has(plot)) && draw(plot, true)),
  );
  addEventListener("afterprint", () => again(!scheme.matches));
  return { drawn };
})();
