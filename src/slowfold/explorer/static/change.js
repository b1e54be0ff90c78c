// Changing one word: another in its place, one before it, or none; the path bends while one tries.

import { byId, isolated, made } from "./elements.js";
import { asking } from "./server.js";
import { rewritten } from "./text.js";

const suggest = asking("/suggest", 60);

export class Change {
  // `tried(text)` is told of every try, `settled(text)` of the last.
  constructor(landscape) {
    this.landscape = landscape;
    this.dialog = byId("word");
    this.box = byId("word-new");
    this.offers = byId("word-offers");
    this.before = byId("word-before");
    this.box.addEventListener("input", () => {
      this.put([this.box.value.trim()]);
      this.offer();
    });
    byId("word-delete").addEventListener("click", () => {
      this.put([]);
      this.dialog.close();
    });
    byId("word-back").addEventListener("click", () => {
      this.text = this.original;
      this.dialog.close();
    });
    this.dialog.addEventListener("close", () => this.settled?.(this.text));
    this.dialog.addEventListener("click", (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
  }

  open(text, followed, row, { tried, settled }) {
    Object.assign(this, { text, original: text, followed, row, tried, settled });
    const word = followed.words[row];
    byId("word-title").replaceChildren("“", isolated(word), "”");
    byId("word-told").textContent = `word ${row + 1} of ${followed.words.length}`;
    this.box.value = word;
    this.before.replaceChildren(
      ...this.landscape.modifiers.map((modifier) =>
        this.button(modifier, "before it: ", () => {
          this.put([modifier, this.bare()]);
          this.dialog.close();
        }),
      ),
    );
    this.before.hidden = !this.landscape.modifiers.length;
    this.offer();
    this.dialog.showModal();
    this.box.select();
  }

  bare() {
    return this.box.value.trim() || this.followed.words[this.row];
  }

  button(word, before, act) {
    const button = made("button", { type: "button" }, before, isolated(word));
    button.addEventListener("click", act);
    return button;
  }

  put(words) {
    this.text = rewritten(this.original, this.followed, this.row, () => words);
    this.tried(this.text);
  }

  async offer() {
    const typed = this.box.value.trim();
    const telling = this.landscape.telling.flatMap((words) => words.slice(0, 2));
    const answer = await suggest({ text: typed.slice(0, 100) }).catch(() => null);
    if (!answer) return;
    const words = [...new Set([...answer.words, ...telling])].filter((word) => word !== typed).slice(0, 10);
    this.offers.replaceChildren(
      ...words.map((word) =>
        this.button(word, "", () => {
          this.box.value = word;
          this.put([word]);
          this.box.focus();
        }),
      ),
    );
  }
}
