// Makes tables sort: a button in each head, numbers as numbers, what is missing last.
(() => {
  const words = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const number = (text) => {
    const plain = text.replace(/[\u00a0\u202f,]/g, "").replace(/−/g, "-").trim();
    if (/^[-+]?∞/.test(plain)) return plain[0] === "-" ? -Infinity : Infinity;
    const found = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?(?=$|[\s%°/])/i.exec(plain);
    return found ? Number(found[0]) : null;
  };
  const missing = (text) => text.trim() === "" || text.trim() === "—";

  for (const table of document.querySelectorAll(".table table")) {
    const heads = [...table.tHead.rows[0].cells];
    const body = table.tBodies[0];
    const first = [...body.rows];
    if (first.length < 2) continue;
    const sort = (column, up) => {
      const texts = new Map(first.map((row) => [row, row.cells[column].textContent]));
      const present = first.filter((row) => !missing(texts.get(row)));
      const numbers = new Map(present.map((row) => [row, number(texts.get(row))]));
      const counted = present.every((row) => numbers.get(row) !== null);
      const compare = counted
        ? (one, other) => numbers.get(one) - numbers.get(other) || 0
        : (one, other) => words.compare(texts.get(one), texts.get(other));
      present.sort((one, other) => (up ? compare(one, other) : compare(other, one)));
      body.append(...present, ...first.filter((row) => missing(texts.get(row))));
      return counted;
    };
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        // Figures are looked at from the greatest down, names from the first up.
        const counted = first.every((row) => {
          const text = row.cells[column].textContent;
          return missing(text) || number(text) !== null;
        });
        const up = before ? before === "descending" : !counted;
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        sort(column, up);
      });
    });
  }
})();
