// The path of a text over the plane: a line from state to state, a dot a word, the names of the words that count most.

import { colourOf } from "./colours.js";
import { drawn } from "./elements.js";

const MOST_NAMES = 7;
const LETTER = 7;
const LINE = 15;
const LONGEST = 18;

const points = (path, scale) => path.map(([x, y]) => `${scale.x(x).toFixed(1)},${scale.y(y).toFixed(1)}`).join(" ");

const short = (word) => ([...word].length > LONGEST ? `${[...word].slice(0, LONGEST).join("")}…` : word);

// A place beside a point for a name that hides no other, or null.
const placeFor = (x, y, word, taken, scale) => {
  const width = LETTER * [...word].length + 4;
  const options = [
    [x + 9, y - 5, "start"],
    [x + 9, y + 14, "start"],
    [x - 9, y - 5, "end"],
    [x - 9, y + 14, "end"],
  ];
  for (const [left, base, anchor] of options) {
    const begin = anchor === "start" ? left : left - width;
    const box = [begin, base - LINE + 3, begin + width, base + 3];
    const inside = box[0] > scale.left && box[2] < scale.right && box[1] > scale.top && box[3] < scale.bottom;
    const free = taken.every((other) => box[0] > other[2] || other[0] > box[2] || box[1] > other[3] || other[1] > box[3]);
    if (inside && free) return { left, base, anchor, box };
  }
  return null;
};

const nameAt = (group, scale, [x, y], word, taken, css) => {
  const place = placeFor(scale.x(x), scale.y(y), word, taken, scale);
  if (!place) return;
  taken.push(place.box);
  const text = drawn("text", { x: place.left, y: place.base, "text-anchor": place.anchor, class: css });
  text.textContent = word;
  group.append(text);
};

const countMost = (left, upTo) =>
  left
    .slice(0, upTo)
    .map((row, at) => [Math.max(...row.map(Math.abs)), at])
    .sort((one, other) => other[0] - one[0])
    .map(([, at]) => at);

// One text on the surface. `pointed` is a word's row or null; `taken` are the places of names already there.
export const drawPath = (all, shown, side, pointed, scale, landscape, taken) => {
  const { followed, before, step, held, steps } = shown;
  const { path, words, left, deciding } = followed;
  const group = drawn("g", { class: side ? "path second" : "path" });
  const colourAt = (group) => colourOf(landscape.groups[group]);
  if (before) group.append(drawn("polyline", { class: "before", points: points(before, scale) }));
  if (step < words.length) group.append(drawn("polyline", { class: "ahead", points: points(path.slice(step), scale) }));
  group.append(drawn("polyline", { class: "line", points: points(path.slice(0, step + 1), scale) }));
  if (held && steps) group.append(drawn("polyline", { class: "held", points: points(held.path.slice(0, steps + 1), scale) }));
  const crowded = path.length > 80;
  for (const [row, [x, y]] of path.entries()) {
    if (!row) continue;
    const last = row === step;
    const here = row - 1 === pointed;
    const radius = here ? 8 : last ? 7 : crowded ? 2.4 : 3.6;
    const at = [scale.x(x), scale.y(y)];
    const look = {
      class: `dot${row > step ? " ahead" : ""}${here ? " pointed" : ""}${last ? " last" : ""}`,
      fill: colourAt(deciding[row]),
      "data-side": side,
      "data-row": row,
    };
    group.append(
      side
        ? drawn("rect", { ...look, x: at[0] - radius, y: at[1] - radius, width: 2 * radius, height: 2 * radius })
        : drawn("circle", { ...look, cx: at[0], cy: at[1], r: radius }),
    );
  }
  if (held && steps) {
    const [x, y] = held.path[Math.min(steps, held.path.length - 1)];
    const look = { class: "held-end", stroke: colourAt(held.deciding[Math.min(steps, held.deciding.length - 1)]) };
    group.append(drawn("circle", { ...look, cx: scale.x(x), cy: scale.y(y), r: 7 }));
  }
  if (pointed !== null && words[pointed] !== undefined) {
    nameAt(group, scale, path[pointed + 1], short(words[pointed]), taken, "name pointed");
  }
  const named = new Set();
  for (const row of countMost(left, step)) {
    // The same word again and again says nothing more.
    if (row === pointed || named.has(words[row]) || named.size === MOST_NAMES) continue;
    named.add(words[row]);
    nameAt(group, scale, path[row + 1], short(words[row]), taken, "name");
  }
  all.append(group);
};

export const drawPlace = (all, [x, y], scale) => {
  const [across, up] = [scale.x(x), scale.y(y)];
  all.append(drawn("path", { class: "place", d: `M${across - 7} ${up}h14M${across} ${up - 7}v14` }));
};
