// Light paper and dark: every colour of a figure has a partner on the other.

const scheme = matchMedia("(prefers-color-scheme: dark)");

export const isDark = () => scheme.matches;

export const onChange = (then) => scheme.addEventListener("change", then);

export const colourOf = (one) => (scheme.matches ? one.dark : one.light);

// A colour becomes its partner wherever a colour stands; texts are left as they are.
export const recoloured = (value, dark, colour = false) => {
  if (typeof value === "string") return colour ? (dark[value] ?? value) : value;
  if (Array.isArray(value)) return value.map((part) => recoloured(part, dark, colour));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, recoloured(part, dark, /colou?r(s|scale|way)?$/.test(key))]),
  );
};

export const page = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
