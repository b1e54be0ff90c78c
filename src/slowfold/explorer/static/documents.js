// The test documents that end nearest to a place, with their words where the run holds them.

import { byId, isolated, made, plural, swatch } from "./elements.js";

const SHOWN = 42;

const named = (landscape, labels) =>
  labels.length
    ? labels.flatMap((label) => [swatch(landscape.classes[label]), isolated(landscape.classes[label].name), " "])
    : ["no label "];

const excerpt = (text) => {
  const words = text.split(" ");
  return words.length > SHOWN ? `${words.slice(0, SHOWN).join(" ")} …` : text;
};

export const showDocuments = (landscape, documents, read) => {
  const items = documents.map((document) => {
    const right = document.labels.join() === document.decided.join();
    const about = made(
      "p",
      { class: "about" },
      ...named(landscape, document.labels),
      made("span", { class: "how" }, `${plural(document.words, "word")}, ${document.away.toPrecision(2)} away`),
    );
    if (!right) about.append(made("span", { class: "how" }, "; read as "), ...named(landscape, document.decided));
    const item = made("li", {}, about);
    if (document.text === null) {
      item.append(made("p", { class: "how" }, "Its words are not on record: the run was made without text."));
      return item;
    }
    item.append(made("p", { class: "excerpt", dir: "auto" }, excerpt(document.text)));
    const button = (label, side) =>
      made("button", { type: "button", onclick: () => read(document.text, side) }, label);
    item.append(made("p", { class: "tools" }, button("Read it", 0), button("Read it beside", 1)));
    return item;
  });
  byId("documents").replaceChildren(...items);
};
