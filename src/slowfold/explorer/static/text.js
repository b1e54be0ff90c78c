// One text: its box, what is decided, and its words as buttons that can be pointed at, stepped through and changed.

import { colourOf } from "./colours.js";
import { byId, isolated, made, percent, plural, signed } from "./elements.js";

const MOST_TRIES = 8;
const PAUSE = 700;

// The text with one of its words replaced, left out, or with another before it.
export const rewritten = (text, followed, row, change) => {
  const { spans, words } = followed;
  if (!spans) {
    const all = [...words];
    all.splice(row, 1, ...change(words[row]).filter(Boolean));
    return all.join(" ");
  }
  const [begin, end] = spans[row];
  const parts = change(text.slice(begin, end)).filter(Boolean);
  const before = text.slice(0, begin);
  const after = text.slice(end);
  if (parts.length) return before + parts.join(" ") + after;
  return (before.trimEnd() + (before.trim() && after.trim() ? " " : "") + after.trimStart()).trim();
};

const shuffled = (parts) => {
  const mixed = [...parts];
  for (let last = mixed.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other], mixed[last]];
  }
  return mixed;
};

export class TextView {
  // `tell` is told of what happens here: typed(text), pointed(row or null), opened(row), acted(text).
  constructor(landscape, position, tell) {
    this.landscape = landscape;
    this.tell = tell;
    this.position = position;
    this.past = [];
    this.followed = null;
    this.element = byId("text").content.firstElementChild.cloneNode(true);
    const find = (selector) => this.element.querySelector(selector);
    this.box = find("textarea");
    this.box.id = `text-${position}`;
    const label = find(".text-label");
    label.htmlFor = this.box.id;
    label.textContent = position ? "The second text" : "The text";
    this.box.addEventListener("input", () => {
      this.past = [];
      this.offerUndo();
      tell.typed(this.box.value);
    });
    this.decision = find(".decision strong");
    this.spoken = find(".decision .unseen");
    this.bar = find(".bar");
    this.notes = find(".remarks");
    this.words = find(".words");
    this.words.setAttribute("aria-label", "Words: the arrow keys go from one to the next, Enter changes one, Delete removes it");
    this.undo = find(".undo");
    this.undo.addEventListener("click", () => this.takeBack());
    find(".shuffle").addEventListener("click", () => this.shuffle());
    this.addTries(find(".tries"));
    this.addModifiers(find(".modifiers"));
    this.listen();
  }

  addTries(place) {
    for (const example of this.landscape.examples.slice(0, MOST_TRIES)) {
      if (!example.text) continue;
      const colours = this.landscape.classes[example.labels[0]];
      const button = made("button", { type: "button" }, isolated(colours.name));
      button.addEventListener("click", () => this.act(example.text));
      if (!place.children.length) place.append(made("span", { class: "said" }, "A test document of"));
      place.append(button);
    }
  }

  addModifiers(place) {
    for (const word of this.landscape.modifiers) {
      const button = made("button", { type: "button", title: "before the word that is read last" }, isolated(word));
      if (!place.children.length) place.append(made("span", { class: "said" }, "Insert"));
      button.addEventListener("click", () => {
        if (!this.followed?.words.length) return this.act(`${this.box.value} ${word}`.trim());
        const row = Math.max(0, this.step - 1);
        this.act(rewritten(this.box.value, this.followed, row, (old) => [word, old]));
      });
      place.append(button);
    }
  }

  listen() {
    const rowOf = (event) => {
      const button = event.target.closest?.("button");
      return button ? Number(button.dataset.row) : null;
    };
    this.words.addEventListener("pointerover", (event) => this.tell.pointed(rowOf(event)));
    this.words.addEventListener("pointerleave", () => this.tell.pointed(null));
    this.words.addEventListener("focusin", (event) => {
      this.rove(rowOf(event));
      this.tell.pointed(rowOf(event));
    });
    this.words.addEventListener("focusout", () => this.tell.pointed(null));
    this.words.addEventListener("click", (event) => {
      const row = rowOf(event);
      if (row !== null) this.tell.opened(row);
    });
    this.words.addEventListener("keydown", (event) => this.press(event, rowOf(event)));
  }

  press(event, row) {
    const last = this.words.children.length - 1;
    const to = { ArrowRight: row + 1, ArrowDown: row + 1, ArrowLeft: row - 1, ArrowUp: row - 1, Home: 0, End: last };
    if (event.key in to) {
      event.preventDefault();
      this.focus(Math.min(last, Math.max(0, to[event.key])));
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      this.refocus = Math.max(0, Math.min(row, last - 1));
      this.act(rewritten(this.box.value, this.followed, row, () => []));
    }
  }

  focus(row) {
    this.words.children[row]?.focus();
  }

  // One word takes part in the order of the tab key, the arrows do the rest.
  rove(row) {
    for (const [at, button] of [...this.words.children].entries()) button.tabIndex = at === row ? 0 : -1;
  }

  // What is done to a text by a button can be taken back; what is typed, the box itself takes back.
  act(text) {
    if (text === this.box.value) return;
    this.past.push(this.box.value);
    this.offerUndo();
    this.box.value = text;
    this.tell.acted(text);
  }

  takeBack() {
    if (!this.past.length) return;
    this.box.value = this.past.pop();
    this.offerUndo();
    this.tell.acted(this.box.value);
  }

  offerUndo() {
    this.undo.disabled = !this.past.length;
  }

  shuffle() {
    const { followed } = this;
    if (!followed) return;
    const words = followed.spans ? followed.spans.map(([begin, end]) => this.box.value.slice(begin, end)) : followed.words;
    this.act(shuffled(words).join(" "));
  }

  show(followed, text) {
    this.followed = followed;
    this.step = followed.words.length;
    this.decision.textContent = followed.decision || "nothing yet";
    // Read out when typing pauses, not at every letter.
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => {
      this.spoken.textContent = followed.decision && `Read as ${followed.decision}`;
    }, PAUSE);
    this.showNotes();
    this.paint();
    if (this.refocus !== undefined && this.box.value === text) {
      const row = this.refocus;
      this.refocus = undefined;
      if (followed.words.length) this.focus(row);
      else this.box.focus();
    }
  }

  showNotes() {
    const { unread, left_out: cut, known } = this.followed;
    const strange = known.filter((one) => !one).length;
    const said = [];
    if (unread.length) said.push(`Not read, for the network does not know them: ${unread.join(", ")}.`);
    if (strange) said.push(`${plural(strange, "word")} that the network does not know, underlined with dots, ${strange === 1 ? "is" : "are"} read as one and the same unknown word.`);
    if (cut) said.push(`Only the first ${this.landscape.most.words.toLocaleString("en")} words are read; ${plural(cut, "word")} after them ${cut === 1 ? "is" : "are"} left out.`);
    this.notes.textContent = said.join(" ");
    this.notes.classList.toggle("mild", !cut);
    this.notes.hidden = !said.length;
  }

  complain(message) {
    this.notes.hidden = false;
    this.notes.classList.remove("mild");
    this.notes.textContent = message;
  }

  paint() {
    if (!this.followed) return;
    const { classes, several } = this.landscape;
    const { words, known, left, probabilities } = this.followed;
    this.bar.replaceChildren(
      ...probabilities.map((share, label) =>
        made("span", {
          title: `${classes[label].name}: ${percent(share)}`,
          "--share": several ? share / probabilities.length : share,
          "--colour": colourOf(classes[label]),
        }),
      ),
    );
    this.bar.classList.toggle("several", several);
    const sizes = left.map((row) => Math.max(...row.map(Math.abs)));
    const most = Math.max(1e-9, ...sizes);
    const chips = words.map((word, row) => {
      const best = left[row].indexOf(Math.max(...left[row]));
      const told = `${word}, word ${row + 1}${known[row] ? "" : ", not known"}: ${signed(left[row][best])} for ${classes[best].name} at the end`;
      return made(
        "button",
        {
          type: "button",
          class: known[row] ? "word" : "word strange",
          tabindex: row ? -1 : 0,
          "data-row": row,
          "aria-label": told,
          "--colour": colourOf(classes[best]),
          "--weight": `${Math.round(100 * Math.min(1, sizes[row] / most) ** 0.7)}%`,
        },
        isolated(word),
      );
    });
    this.words.replaceChildren(...chips);
    this.mark(this.step, null);
  }

  // Words beyond the last one read are pale; the one pointed at stands out.
  mark(step, pointed) {
    this.step = step;
    for (const [row, button] of [...this.words.children].entries()) {
      button.classList.toggle("ahead", row >= step);
      button.classList.toggle("pointed", row === pointed);
    }
  }
}
