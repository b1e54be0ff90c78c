// The paths of the texts in a scene in space, as traces of plotly.

import { colourOf, page } from "./colours.js";

const at = (path) => ({ x: path.map((p) => p[0]), y: path.map((p) => p[1]), z: path.map((p) => p[2]) });

const line = (path, options) => ({ type: "scatter3d", ...at(path), mode: "lines", hoverinfo: "skip", showlegend: false, ...options });

const tracesOf = (shown, side, mark, landscape) => {
  const { followed, before, step, held, steps } = shown;
  const ink = page("ink");
  const grey = page("grey");
  const dash = side ? "dash" : "solid";
  const path = followed.path.slice(0, step + 1);
  const colours = followed.deciding.slice(0, step + 1).map((group) => colourOf(landscape.groups[group]));
  const pointed = mark?.side === side ? mark.row + 1 : -1;
  const traces = [
    line(path, { line: { color: ink, width: 4, dash } }),
    {
      type: "scatter3d",
      ...at(path),
      mode: "markers",
      showlegend: false,
      marker: {
        symbol: side ? "square" : "circle",
        color: colours,
        size: path.map((_, row) => (row === pointed ? 11 : row === step ? 9 : 4)),
        line: { color: ink, width: 1 },
      },
      // The words come from the server in the form in which plotly shows them letter by letter.
      hovertext: path.map((_, row) => (row ? `${followed.escaped[row - 1]}<br>word ${row}` : "initial state")),
      hoverinfo: "text",
    },
  ];
  if (before) traces.push(line(before, { line: { color: grey, width: 2, dash: "dot" } }));
  if (held && steps) traces.push(line(held.path.slice(0, steps + 1), { line: { color: grey, width: 5, dash: "dot" } }));
  return traces;
};

export const pathTraces = (paths, mark, landscape) =>
  paths.flatMap((shown, side) => (shown.followed ? tracesOf(shown, side, mark, landscape) : []));
