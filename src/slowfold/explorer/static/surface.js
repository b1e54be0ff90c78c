// The surface: what a run shows on it is plotly's, the paths of the texts are drawn over it.

import { isDark, page, recoloured } from "./colours.js";
import { byId, drawn } from "./elements.js";
import { drawPath, drawPlace } from "./paths.js";
import { pathTraces } from "./space.js";

const NARROW = 440;
// What the axes of the plane take of its width and of its height.
const AXES = 56;
const CONFIG = {
  responsive: true,
  displaylogo: false,
  scrollZoom: false,
  modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
  toImageButtonOptions: { format: "svg", filename: "slowfold" },
};

export class Surface {
  // `tell` is told of pointed(side, row or null), opened(side, row) and placed([x, y]).
  constructor(landscape, tell) {
    this.landscape = landscape;
    this.tell = tell;
    this.paths = [];
    this.shown = new Set(landscape.layers.filter((layer) => layer.shown).map((layer) => layer.name));
    this.inSpace = false;
    this.close = false;
    this.plane = byId("plane");
    this.space = byId("space");
    this.over = drawn("svg", { class: "over", "aria-hidden": "true" });
    byId("stage").append(this.over);
    this.over.addEventListener("pointerover", (event) => this.hover(event.target));
    this.over.addEventListener("pointerleave", () => tell.pointed(0, null));
    this.over.addEventListener("click", (event) => {
      const { side, row } = event.target.dataset ?? {};
      if (row > 0) tell.opened(Number(side), Number(row) - 1);
    });
    this.plane.addEventListener("click", (event) => this.click(event));
  }

  hover(target) {
    const { side, row } = target.dataset ?? {};
    if (row > 0) this.tell.pointed(Number(side), Number(row) - 1);
    else this.tell.pointed(0, null);
  }

  click(event) {
    const { xaxis, yaxis } = this.axes();
    const box = this.plane.getBoundingClientRect();
    const x = event.clientX - box.left - xaxis._offset;
    const y = event.clientY - box.top - yaxis._offset;
    if (x < 0 || y < 0 || x > xaxis._length || y > yaxis._length) return;
    this.tell.placed([xaxis.p2l(x), yaxis.p2l(y)]);
  }

  axes() {
    return this.plane._fullLayout;
  }

  figure(name) {
    const { landscape } = this;
    const { data, layout } = isDark() ? recoloured(landscape[name], landscape.dark) : landscape[name];
    const holder = this[name];
    const width = holder.clientWidth;
    const few = width < NARROW;
    const kept = {
      ...layout,
      height: Math.round(Math.max((width - (name === "plane" ? AXES : 0)) * layout.meta.aspect + AXES, 260)),
      annotations: (layout.annotations ?? [])
        .filter((note) => note.name !== "readouts" || this.shown.has("readouts"))
        .map((note) => (few ? { ...note, font: { ...note.font, size: 11 } } : note)),
      uirevision: name,
    };
    if (name === "plane") this.frame(kept, width);
    const traces = data.map((trace) => ({ ...trace, visible: trace.meta === "initial" || this.shown.has(trace.meta) }));
    return { traces, layout: kept };
  }

  // Close to the path, the axes hold the paths alone, as long a unit across as up.
  frame(layout, width) {
    const states = this.paths.flatMap((path) => path.followed?.path ?? []);
    layout.uirevision = `plane ${this.close}`;
    if (!this.close || !states.length) return;
    const [across, up] = [0, 1].map((axis) => states.map((state) => state[axis]));
    const middle = (values) => (Math.min(...values) + Math.max(...values)) / 2;
    const extent = (values) => Math.max(...values) - Math.min(...values);
    const ratio = (layout.height - AXES) / (width - AXES);
    const half = 0.62 * Math.max(extent(across), extent(up) / ratio, 0.05 * extent(layout.xaxis.range));
    layout.uirevision = `${middle(across)} ${middle(up)} ${half}`;
    layout.xaxis = { ...layout.xaxis, range: [middle(across) - half, middle(across) + half] };
    layout.yaxis = { ...layout.yaxis, range: [middle(up) - half * ratio, middle(up) + half * ratio] };
  }

  async draw() {
    const name = this.inSpace ? "space" : "plane";
    const { traces, layout } = this.figure(name);
    const holder = this[name];
    holder.style.aspectRatio = holder.style.minHeight = "auto";
    if (name === "space") traces.push(...pathTraces(this.paths, this.mark, this.landscape));
    await globalThis.Plotly.react(holder, traces, layout, CONFIG);
    if (!holder.dataset.drawn) {
      holder.dataset.drawn = "true";
      if (name === "plane") {
        for (const happened of ["plotly_afterplot", "plotly_relayouting", "plotly_relayout"]) {
          holder.on(happened, () => this.drawOver());
        }
      }
    }
    if (name === "plane") this.drawOver();
  }

  async look(inSpace) {
    this.inSpace = inSpace && this.landscape.space !== null;
    this.plane.hidden = this.inSpace;
    this.space.hidden = !this.inSpace;
    this.over.toggleAttribute("hidden", this.inSpace);
    await this.draw();
  }

  come(close) {
    this.close = close;
    return this.draw();
  }

  showLayers(names) {
    this.shown = new Set(names);
    return this.draw();
  }

  // paths: [{ followed, before, step, held, steps }], one a text; mark: { side, row } or null; place: [x, y] or null.
  show(paths, mark, place) {
    Object.assign(this, { paths, mark, place });
    const ends = paths.map(({ followed }) => followed?.path);
    const moved = ends.some((path, side) => path !== this.ends?.[side]) || ends.length !== this.ends?.length;
    this.ends = ends;
    if (this.inSpace || (this.close && moved)) this.redraw();
    else this.drawOver();
  }

  // What plotly has to draw anew takes its time: it is done when the last change is a moment old.
  redraw() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.draw(), 120);
  }

  drawOver() {
    const layout = this.axes();
    if (!layout?.xaxis?._length) return;
    const { xaxis, yaxis } = layout;
    const { clientWidth: width, clientHeight: height } = this.plane;
    this.over.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.over.setAttribute("width", width);
    this.over.setAttribute("height", height);
    const scale = {
      x: (value) => xaxis._offset + xaxis.l2p(value),
      y: (value) => yaxis._offset + yaxis.l2p(value),
      left: xaxis._offset,
      right: xaxis._offset + xaxis._length,
      top: yaxis._offset,
      bottom: yaxis._offset + yaxis._length,
    };
    const clip = drawn(
      "clipPath",
      { id: "inside" },
      drawn("rect", { x: scale.left, y: scale.top, width: xaxis._length, height: yaxis._length }),
    );
    const all = drawn("g", { "clip-path": "url(#inside)" });
    const labels = [];
    for (const [side, path] of this.paths.entries()) {
      const pointed = this.mark?.side === side ? this.mark.row : null;
      if (path.followed) drawPath(all, path, side, pointed, scale, this.landscape, labels);
    }
    if (this.place) drawPlace(all, this.place, scale);
    this.over.replaceChildren(clip, all);
    this.over.style.setProperty("--halo", page("paper"));
  }
}
