// The ledger of one text: evidence after each word as lines, what each word put in and what is left of it as bars.

import { colourOf } from "./colours.js";
import { byId, drawn, isolated, made, signed } from "./elements.js";

const LINES = 130;
const ROW = 62;
const MOST_ROWS = 6;
const ASIDE = 6;
const SLANTED = 46;
const NARROWEST = 5;
const WIDEST = 64;
const NAMED = 13;
const UPRIGHT = 74;

const reachOf = (rows) => Math.max(1e-9, ...rows.flat().map(Math.abs));

const colourIn = (landscape, label) => colourOf(landscape.classes[label]);

// The classes worth a row: all of a few, else those that words left most for or against.
const rowsOf = (followed, count) => {
  const order = [...Array(count).keys()];
  if (count <= MOST_ROWS) return order;
  const size = (label) => Math.max(0, ...followed.left.map((row) => Math.abs(row[label])));
  return order
    .sort((one, other) => size(other) - size(one))
    .slice(0, MOST_ROWS)
    .sort((one, other) => one - other);
};

export class LedgerView {
  // `tell.pointed(row or null)` is told which word the pointer is at.
  constructor(landscape, position, tell) {
    this.landscape = landscape;
    this.position = position;
    this.element = byId("ledger").content.firstElementChild.cloneNode(true);
    this.chart = this.element.querySelector(".chart");
    this.table = this.element.querySelector(".table");
    this.title = this.element.querySelector("h3");
    this.choice = this.element.querySelector("select");
    this.details = this.element.querySelector("details");
    this.choice.append(...landscape.classes.map(({ name }, label) => made("option", { value: label }, name)));
    this.choice.addEventListener("change", () => {
      this.chosen = true;
      this.write();
    });
    this.details.addEventListener("toggle", () => this.write());
    this.chart.addEventListener("pointermove", (event) => tell.pointed(this.rowAt(event)));
    this.chart.addEventListener("pointerleave", () => tell.pointed(null));
  }

  rowAt(event) {
    const box = this.chart.firstElementChild?.getBoundingClientRect();
    if (!box || !this.followed?.words.length) return null;
    const row = Math.floor((event.clientX - box.left - this.left) / this.column);
    return row >= 0 && row < this.followed.words.length ? row : null;
  }

  show(followed, step) {
    this.followed = followed;
    this.step = step;
    const most = followed.probabilities.indexOf(Math.max(...followed.probabilities));
    if (!this.chosen) this.choice.value = most;
    this.title.hidden = this.position === null;
    if (this.position !== null) this.title.textContent = this.position ? "The second text" : "The text";
    this.paint();
    this.write();
  }

  paint() {
    const { followed, landscape } = this;
    if (!followed) return;
    const count = followed.words.length;
    const labels = rowsOf(followed, landscape.classes.length);
    const columns = Math.max(1, count);
    const room = Math.max(240, this.chart.clientWidth - SLANTED - ASIDE - 4);
    const column = Math.min(WIDEST, room / columns);
    const named = column >= NAMED;
    // Names slant to the left, out of the column of their word.
    this.left = named ? SLANTED : ASIDE;
    this.column = Math.max(NARROWEST, named ? column : (room + SLANTED - ASIDE) / columns);
    const width = Math.max(this.left + ASIDE + this.column * columns, this.chart.clientWidth - 4);
    const height = LINES + ROW * labels.length + (named ? UPRIGHT : 12);
    const all = drawn("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    this.band = drawn("rect", { class: "band", y: 0, height, width: this.column, visibility: "hidden" });
    all.append(this.band);
    this.drawLines(all, width);
    labels.forEach((label, row) => this.drawBars(all, label, LINES + ROW * row, width));
    if (named) this.drawWords(all, LINES + ROW * labels.length + 6);
    const before = this.chart.scrollLeft;
    this.chart.replaceChildren(all);
    this.chart.scrollLeft = before;
    this.chart.setAttribute("aria-label", count ? `The ledger of ${count} words, drawn; the table below it says the same in numbers.` : "No word is read yet.");
    this.mark(this.step, null);
  }

  at(row) {
    return this.left + this.column * row;
  }

  drawLines(all, width) {
    const { followed, landscape } = this;
    const reach = reachOf(followed.running);
    const y = (value) => 14 + (LINES - 28) * (0.5 - (0.5 * value) / reach);
    all.append(drawn("line", { class: "zero", x1: 0, x2: width, y1: y(0), y2: y(0) }));
    for (const [label] of landscape.classes.entries()) {
      // A state lies between two words: the initial one before the first.
      const points = followed.running.map((row, at) => `${this.at(at).toFixed(1)},${y(row[label]).toFixed(1)}`);
      all.append(drawn("polyline", { class: "running", points: points.join(" "), stroke: colourIn(landscape, label) }));
    }
    all.append(this.note(`evidence after each word, up to ${reach.toFixed(reach < 10 ? 1 : 0)} nats`, 11));
  }

  note(text, y) {
    const element = drawn("text", { class: "note", x: 0, y });
    element.textContent = text;
    return element;
  }

  drawBars(all, label, top, width) {
    const { followed, landscape } = this;
    const shown = landscape.classes.length > MOST_ROWS ? rowsOf(followed, landscape.classes.length) : [...landscape.classes.keys()];
    const put = followed.left.map((row, at) => row.map((value, one) => value + followed.faded[at][one]));
    const reach = Math.max(...shown.map((one) => Math.max(reachOf(followed.left.map((row) => [row[one]])), reachOf(put.map((row) => [row[one]])))));
    const middle = top + ROW / 2 + 6;
    const long = (value) => (ROW / 2 - 9) * (value / reach);
    const colour = colourIn(landscape, label);
    all.append(drawn("line", { class: "zero", x1: 0, x2: width, y1: middle, y2: middle }));
    const thick = Math.max(1.5, Math.min(22, this.column - 2));
    // One element for all bars of a kind: a thousand words have as many.
    const bars = (values, css) => {
      const d = values
        .map((value, row) => {
          const tall = Math.max(Math.abs(long(value)), 0.4);
          const x = this.at(row) + (this.column - thick) / 2;
          return `M${x.toFixed(1)} ${middle}h${thick.toFixed(1)}v${(value > 0 ? -tall : tall).toFixed(1)}h${(-thick).toFixed(1)}z`;
        })
        .join("");
      return drawn("path", { class: css, fill: colour, d });
    };
    const of = (rows) => rows.map((row) => row[label]);
    all.append(bars(of(put), "put"), bars(of(followed.left), "left"));
    const name = this.note(landscape.classes[label].name, top + 12);
    name.setAttribute("class", "note class");
    all.append(name);
  }

  drawWords(all, top) {
    this.followed.words.forEach((word, row) => {
      const x = this.at(row) + this.column / 2 + 4;
      const letters = [...word];
      const text = drawn("text", { class: "label", "text-anchor": "end", transform: `translate(${x} ${top + 4}) rotate(-52)` });
      text.textContent = letters.length > 12 ? `${letters.slice(0, 11).join("")}…` : word;
      all.append(text);
    });
  }

  mark(step, pointed) {
    this.step = step;
    if (!this.band) return;
    const row = pointed ?? (step < this.followed.words.length ? step - 1 : null);
    if (row === null || row < 0) return this.band.setAttribute("visibility", "hidden");
    this.band.setAttribute("x", this.at(row));
    this.band.setAttribute("visibility", "visible");
  }

  // The table is long, so it is written when it is looked at.
  write() {
    if (!this.details.open || !this.followed) return;
    const { followed } = this;
    const label = Number(this.choice.value);
    const of = (rows) => rows.map((row) => row[label]);
    const columns = [
      ["added", of(followed.added)],
      ["owed to context", of(followed.context)],
      ["drift", of(followed.drift)],
      ["faded", of(followed.faded)],
      ["left at the end", of(followed.left)],
    ];
    const total = (values) => values.reduce((sum, value) => sum + value, 0);
    const head = made("tr", {}, made("th", { scope: "col" }, "word"), ...columns.map(([name]) => made("th", { scope: "col" }, name)));
    const body = followed.words.map((word, row) =>
      made("tr", {}, made("th", { scope: "row" }, isolated(word)), ...columns.map(([, values]) => made("td", {}, signed(values[row])))),
    );
    const sums = made("tr", {}, made("th", { scope: "row" }, "together"), ...columns.map(([, values]) => made("td", {}, signed(total(values)))));
    const evidence = followed.running[followed.running.length - 1][label];
    const start = followed.running[0][label];
    const sentence =
      `Evidence at the end: ${signed(evidence)}. Exactly: ${signed(start)} before the first word, ${signed(total(of(followed.added)))} added and ` +
      `${signed(total(of(followed.drift)))} by drift. To first order: ${signed(followed.wordless[label])} with no word at all, ` +
      `${signed(total(of(followed.left)))} left of the words, and a remainder of ${signed(followed.remainder[label])} that is not linear.`;
    this.table.replaceChildren(
      made("table", {}, made("thead", {}, head), made("tbody", {}, ...body), made("tfoot", {}, sums)),
      made("p", { class: "how" }, sentence),
    );
  }
}
