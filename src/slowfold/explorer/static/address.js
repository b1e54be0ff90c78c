// What is on screen, as the part of the address after #: whoever has the link sees the same.

const whole = (text) => (/^\d{1,6}$/.test(text ?? "") ? Number(text) : null);

export const read = () => {
  const parts = new URLSearchParams(location.hash.slice(1));
  const place = (parts.get("at") ?? "").split(",").map(Number);
  return {
    texts: [parts.get("text"), parts.get("beside")],
    space: parts.get("view") === "space",
    close: parts.has("close"),
    layers: parts.has("show") ? parts.get("show").split(",") : null,
    step: whole(parts.get("step")),
    hold: whole(parts.get("hold")) ?? 0,
    place: place.length > 1 && place.every(Number.isFinite) ? place : null,
  };
};

const written = (screen) => {
  const parts = new URLSearchParams();
  parts.set("text", screen.texts[0]);
  if (screen.texts[1] !== null) parts.set("beside", screen.texts[1]);
  if (screen.space) parts.set("view", "space");
  if (screen.close) parts.set("close", "");
  if (screen.layers) parts.set("show", screen.layers.join(","));
  if (screen.step !== null) parts.set("step", screen.step);
  if (screen.hold) parts.set("hold", screen.hold);
  if (screen.place) parts.set("at", screen.place.map((value) => Number(value.toPrecision(4))).join(","));
  return `#${parts}`;
};

let waiting = null;

// Browsers refuse addresses that change too often, so the last of several changes is written.
export const write = (screen) => {
  clearTimeout(waiting);
  waiting = setTimeout(() => flush(screen), 250);
};

export const flush = (screen) => {
  clearTimeout(waiting);
  history.replaceState(null, "", written(screen));
};
