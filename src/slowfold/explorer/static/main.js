// The page: what is asked, what is shown, and how its parts speak to each other.

import * as address from "./address.js";
import { Change } from "./change.js";
import { onChange } from "./colours.js";
import { showDocuments } from "./documents.js";
import { byId, made, plural } from "./elements.js";
import { LedgerView } from "./ledger.js";
import { asking, fetchLandscape, patience } from "./server.js";
import { Surface } from "./surface.js";
import { TextView } from "./text.js";

const TYPING = 30;
const HELD_STEPS = 200;

const complain = (error) => {
  const trouble = byId("trouble");
  trouble.textContent = error ? error.message : "";
  trouble.hidden = !error;
};

class Explorer {
  constructor(landscape) {
    this.landscape = landscape;
    this.screen = { texts: [null, null], space: false, close: false, layers: null, step: null, hold: 0, place: null };
    this.sides = [];
    this.mark = null;
    this.surface = new Surface(landscape, {
      pointed: (side, row) => this.point(side, row),
      opened: (side, row) => this.open(side, row),
      placed: (place) => this.place(place),
    });
    this.change = new Change(landscape);
    this.askNearest = asking("/nearest");
    this.sayWhatItIs();
    this.listLayers();
    this.listen();
  }

  sayWhatItIs() {
    const { name, task, headline, learned, held, several, has_words: hasWords, layers } = this.landscape;
    byId("task").textContent = task;
    byId("name").textContent = name;
    byId("headline").textContent = headline;
    byId("headline").classList.toggle("warning", !learned);
    document.title = `${name}: slowfold explorer`;
    byId("hold-what").textContent = `Then hold the ${held} input`;
    byId("views").hidden = this.landscape.space === null;
    byId("ledger-see").textContent =
      "Lines: the evidence after each word. Bars: pale, what a word put in when it was read; full, what the end still holds of it.";
    byId("ledger-how").textContent =
      `Evidence is in nats, ${several ? "for a label against its absence" : "for a class against the mean of all"}. Words are measured against the ${held} input. ` +
      "Added and drift are exact: with the start they make up the evidence at the end. Left and faded are to first order, along the states of this text; " +
      "the remainder is what this account cannot tell. Context is what a word added here, less what it adds as the first word of a text.";
    byId("plane-how").textContent = this.landscape.how;
    if (!hasWords) complain(new Error("This run holds no words: it was made without text. Type the numbers of words instead, from 0 on."));
    if (!layers.some((layer) => layer.name === "mean")) byId("hold-told").textContent = "No fixed point was found at this input.";
  }

  listLayers() {
    for (const { name, title } of this.landscape.layers) {
      const box = made("input", { type: "checkbox", value: name });
      box.addEventListener("change", () => {
        const chosen = [...byId("layers").querySelectorAll("input:checked")].map((one) => one.value);
        this.screen.layers = chosen;
        this.surface.showLayers(chosen);
        this.keep();
      });
      byId("layers").append(made("label", {}, box, " ", title));
    }
  }

  listen() {
    byId("beside").addEventListener("click", () => {
      if (this.sides.length > 1) this.removeSecond();
      else this.addSide(this.sides[0].view.box.value);
      this.keep();
    });
    byId("flat").addEventListener("click", () => this.look(false));
    byId("deep").addEventListener("click", () => this.look(true));
    byId("close").addEventListener("click", () => this.come(!this.screen.close));
    byId("step").addEventListener("input", (event) => {
      const step = Number(event.target.value);
      this.screen.step = step < this.longest() ? step : null;
      this.afterStep();
    });
    byId("hold").addEventListener("input", (event) => {
      this.screen.hold = Number(event.target.value);
      this.holdAll();
      this.redraw();
      this.keep();
    });
    byId("near").addEventListener("click", () => {
      const { followed } = this.sides[0];
      if (followed) this.place(followed.path[this.mark?.side === 0 ? this.mark.row + 1 : this.stepOf(followed)].slice(0, 2));
    });
    byId("link").addEventListener("click", () => this.copyLink());
    addEventListener("hashchange", () => this.restore());
    onChange(() => this.repaint());
    let width = innerWidth;
    addEventListener("resize", () => {
      if (width === innerWidth) return;
      width = innerWidth;
      clearTimeout(this.resizing);
      this.resizing = setTimeout(() => this.repaint(), 120);
    });
  }

  async copyLink() {
    address.flush(this.screen);
    const said = byId("copied");
    try {
      await navigator.clipboard.writeText(location.href);
      said.textContent = "copied";
    } catch {
      said.textContent = "it is in the address bar";
    }
    await patience(4000);
    said.textContent = "";
  }

  repaint() {
    for (const side of this.sides) {
      side.view.paint();
      side.ledger.paint();
    }
    this.surface.draw();
    this.redraw();
  }

  addSide(text) {
    const position = this.sides.length;
    const side = { ask: asking("/follow", TYPING), askHold: asking("/hold", TYPING), followed: null, before: null, held: null };
    side.view = new TextView(this.landscape, position, {
      typed: (typed) => {
        side.before = null;
        this.screen.step = null;
        this.read(side, typed);
      },
      acted: (acted) => {
        side.before = side.followed?.path ?? null;
        this.screen.step = null;
        this.read(side, acted);
      },
      pointed: (row) => this.point(position, row),
      opened: (row) => this.open(position, row),
    });
    side.ledger = new LedgerView(this.landscape, position, { pointed: (row) => this.point(position, row) });
    this.sides.push(side);
    this.arrange();
    side.view.box.value = text;
    return this.read(side, text);
  }

  removeSecond() {
    const [second] = this.sides.splice(1);
    second.view.element.remove();
    second.ledger.element.remove();
    this.screen.texts[1] = null;
    this.arrange();
    this.redraw();
  }

  arrange() {
    byId("texts").replaceChildren(...this.sides.map((side) => side.view.element));
    byId("ledgers").replaceChildren(...this.sides.map((side) => side.ledger.element));
    const two = this.sides.length > 1;
    for (const place of [byId("texts"), byId("ledgers")]) place.classList.toggle("two", two);
    byId("beside").setAttribute("aria-pressed", two);
    for (const { ledger } of this.sides) ledger.paint();
  }

  async read(side, text) {
    const position = this.sides.indexOf(side);
    this.screen.texts[position] = text;
    this.keep();
    const { most } = this.landscape;
    if ([...text].length > most.characters) {
      side.view.complain(`The text has ${plural([...text].length, "character")}; at most ${most.characters.toLocaleString("en")} are looked at.`);
      return;
    }
    try {
      const followed = await side.ask({ text });
      if (!followed) return;
      complain(null);
      Object.assign(side, { followed, text, held: null });
      if (this.mark?.side === position) this.mark = null;
      side.view.show(followed, text);
      side.ledger.show(followed, this.stepOf(followed));
      this.afterStep();
    } catch (error) {
      complain(error);
    }
  }

  longest() {
    return Math.max(0, ...this.sides.map(({ followed }) => followed?.words.length ?? 0));
  }

  stepOf(followed) {
    return Math.min(this.screen.step ?? Infinity, followed.words.length);
  }

  afterStep() {
    const longest = this.longest();
    const slider = byId("step");
    slider.max = longest;
    slider.value = this.screen.step ?? longest;
    const { followed } = this.sides[0];
    const step = followed ? this.stepOf(followed) : 0;
    const word = followed?.words[step - 1];
    byId("step-said").textContent = word === undefined ? "no word" : `word ${step} of ${followed.words.length}: ${word}`;
    this.holdAll();
    this.redraw();
    this.keep();
  }

  async holdAll() {
    const { hold } = this.screen;
    byId("hold").value = hold;
    byId("hold-said").textContent = plural(hold, "step");
    await Promise.all(this.sides.map((side) => this.holdOne(side).catch(complain)));
    const { held } = this.sides[0];
    byId("hold-told").textContent = hold && held ? held.told[Math.min(hold, held.told.length - 1)] : "";
    this.redraw();
  }

  async holdOne(side) {
    if (!this.screen.hold || !side.followed) return;
    const after = this.stepOf(side.followed);
    const of = `${after} ${side.text}`;
    if (side.heldOf === of && side.held) return;
    const held = await side.askHold({ text: side.text, after, steps: HELD_STEPS });
    if (held) Object.assign(side, { held, heldOf: of });
  }

  point(side, row) {
    const mark = row === null ? null : { side, row };
    if (mark?.side === this.mark?.side && mark?.row === this.mark?.row) return;
    this.mark = mark;
    this.redraw();
  }

  redraw() {
    const paths = this.sides.map(({ followed, before, held }) => ({
      followed,
      before,
      step: followed ? this.stepOf(followed) : 0,
      held,
      steps: this.screen.hold,
    }));
    for (const [position, { view, ledger, followed }] of this.sides.entries()) {
      if (!followed) continue;
      const pointed = this.mark?.side === position ? this.mark.row : null;
      view.mark(this.stepOf(followed), pointed);
      ledger.mark(this.stepOf(followed), pointed);
    }
    this.surface.show(paths, this.mark, this.screen.place);
    byId("told").textContent = this.sides
      .map(({ followed }, position) => (followed ? `${this.sides.length > 1 ? ["The text: ", "The second text: "][position] : ""}${followed.told}` : ""))
      .join(" ");
  }

  open(position, row) {
    const side = this.sides[position];
    const before = side.followed.path;
    this.change.open(side.view.box.value, side.followed, row, {
      tried: (text) => {
        side.before = before;
        this.read(side, text);
      },
      settled: (text) => {
        side.view.refocus = row;
        if (text === side.view.box.value) {
          side.before = null;
          this.read(side, text);
        } else side.view.act(text);
        side.before = text === side.view.box.value ? before : null;
      },
    });
  }

  async look(inSpace) {
    this.screen.space = inSpace && this.landscape.space !== null;
    byId("flat").setAttribute("aria-pressed", !this.screen.space);
    byId("deep").setAttribute("aria-pressed", this.screen.space);
    byId("close").hidden = this.screen.space;
    // What is drawn on the plane cannot be drawn in space.
    for (const box of byId("layers").querySelectorAll("input")) {
      box.disabled = this.screen.space && ["regions", "speed"].includes(box.value);
    }
    this.keep();
    await this.surface.look(this.screen.space);
    this.redraw();
  }

  come(close) {
    this.screen.close = close;
    byId("close").setAttribute("aria-pressed", close);
    this.keep();
    return this.surface.come(close);
  }

  async place(place) {
    this.screen.place = place;
    this.keep();
    this.redraw();
    try {
      const answer = await this.askNearest({ at: place });
      if (!answer) return;
      this.sayDocuments(place);
      showDocuments(this.landscape, answer.documents, (text, side) => this.take(text, side));
    } catch (error) {
      complain(error);
    }
  }

  sayDocuments(place) {
    byId("documents-how").textContent = place
      ? `Those of the sample that the run keeps which end nearest to (${place.map((value) => value.toPrecision(2).replace("-", "\u2212")).join(", ")}), measured on the plane.`
      : "Click the surface, or take the place where this text ends.";
  }

  take(text, position) {
    if (position >= this.sides.length) this.addSide(text);
    else this.sides[position].view.act(text);
    this.sides[position].view.box.scrollIntoView({ block: "center" });
    this.sides[position].view.box.focus({ preventScroll: true });
  }

  keep() {
    if (!this.restoring) address.write(this.screen);
  }

  async restore() {
    const wanted = address.read();
    const first = wanted.texts[0] ?? this.landscape.examples[0]?.text ?? "";
    this.restoring = true;
    Object.assign(this.screen, { step: wanted.step, hold: wanted.hold, layers: wanted.layers, place: null });
    const layers = wanted.layers ?? this.landscape.layers.filter((layer) => layer.shown).map((layer) => layer.name);
    for (const box of byId("layers").querySelectorAll("input")) box.checked = layers.includes(box.value);
    this.surface.shown = new Set(layers);
    if (wanted.texts[1] === null && this.sides.length > 1) this.removeSecond();
    const reading = [first, wanted.texts[1]]
      .filter((text) => text !== null)
      .map((text, position) => {
        const side = this.sides[position];
        if (!side) return this.addSide(text);
        side.view.box.value = text;
        return this.read(side, text);
      });
    await Promise.all([...reading, this.look(wanted.space)]);
    await this.come(wanted.close);
    this.sayDocuments(null);
    byId("documents").replaceChildren();
    if (wanted.place) await this.place(wanted.place);
    this.restoring = false;
  }
}

const begin = async () => {
  try {
    const explorer = new Explorer(await fetchLandscape());
    await explorer.restore();
  } catch (error) {
    complain(error);
  }
  document.querySelector("main").removeAttribute("aria-busy");
};

begin();
