// Goes through a document word by word: its way in the scene, the word in the text, what would be decided there.
(() => {
  const walk = document.querySelector(".walk");
  if (!walk) return;
  const told = JSON.parse(document.getElementById(walk.dataset.walks).textContent);
  const plot = document.querySelector(`.plot[data-figure="${walk.dataset.plot}"]`);
  const buttons = [...walk.querySelectorAll(".choose button")];
  const texts = [...walk.querySelectorAll("article")];
  const [back, on, play] = ["back", "on", "play"].map((name) => walk.querySelector(`.${name}`));
  const slider = walk.querySelector("input");
  const now = walk.querySelector(".now");
  const rows = [...walk.querySelectorAll(".answers tbody tr")];
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const PAUSE = 450;
  let which = 0;
  let step = 0;
  let timer = null;
  let waiting = false;

  const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
  const percent = (value) => `${(100 * value).toFixed(1)} %`;

  // A scene takes longer to draw than a key to repeat: only the last step of a burst is drawn.
  const follow = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      if (!drawing.drawn.has(plot) || !plot.data) return;
      const [way, here] = plot.data.flatMap((trace, row) => (trace.meta === "walk" ? [row] : []));
      const { x, y, z } = told.documents[which];
      const part = (values) => [values.slice(0, step + 1), values.slice(step, step + 1)];
      Plotly.restyle(plot, { x: part(x), y: part(y), z: part(z) }, [way, here]);
    });
  };

  const show = () => {
    const { logits, probabilities, decided } = told.documents[which];
    const words = [...texts[which].querySelectorAll(".word")];
    slider.max = words.length;
    slider.value = step;
    back.disabled = step === 0;
    on.disabled = step === words.length;
    for (const word of words) {
      const at = Number(word.dataset.step);
      word.classList.toggle("ahead", at > step);
      if (at === step) word.setAttribute("aria-current", "step");
      else word.removeAttribute("aria-current");
    }
    const text = texts[which].querySelector(".text");
    const word = words[step - 1];
    if (word && text.scrollHeight > text.clientHeight) {
      text.scrollTop = word.offsetTop - text.clientHeight / 2;
    }
    const place = step ? `After word ${step} of ${words.length}: ` : "Before the first word: ";
    const said = told.groups[decided[step]];
    // Names of classes are other people's words: they only ever become texts.
    const name = document.createElement("bdi");
    name.textContent = said;
    now.replaceChildren(place, name);
    slider.setAttribute("aria-valuetext", `${step} of ${words.length} words read: ${said}`);
    rows.forEach((row, label) => {
      const [logit, cell] = row.querySelectorAll("td");
      logit.textContent = signed(logits[step][label]);
      cell.querySelector(".share").textContent = percent(probabilities[step][label]);
      cell.querySelector(".bar").style.setProperty("--share", probabilities[step][label]);
    });
    follow();
  };

  const stop = () => {
    clearInterval(timer);
    timer = null;
    play.setAttribute("aria-pressed", "false");
    play.textContent = "Play";
  };
  const go = (to) => {
    step = Math.min(Math.max(0, to), Number(slider.max));
    show();
  };
  const choose = (row) => {
    stop();
    which = row;
    buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(at === row)));
    texts.forEach((text, at) => (text.hidden = at !== row));
    walk.querySelectorAll(".word[aria-current]").forEach((word) => word.removeAttribute("aria-current"));
    step = told.documents[row].x.length - 1;
    show();
  };

  walk.querySelectorAll("[hidden]").forEach((part) => (part.hidden = false));
  buttons.forEach((button, row) => button.addEventListener("click", () => choose(row)));
  slider.addEventListener("input", () => {
    stop();
    go(Number(slider.value));
  });
  back.addEventListener("click", () => (stop(), go(step - 1)));
  on.addEventListener("click", () => (stop(), go(step + 1)));
  play.addEventListener("click", () => {
    if (timer !== null) return stop();
    if (step >= Number(slider.max)) go(0);
    play.setAttribute("aria-pressed", "true");
    play.textContent = "Stop";
    const pause = still.matches ? 2 * PAUSE : PAUSE;
    timer = setInterval(() => (step < Number(slider.max) ? go(step + 1) : stop()), pause);
  });
  walk.addEventListener("click", (event) => {
    const word = event.target.closest(".word");
    if (word) stop(), go(Number(word.dataset.step));
  });
  // On the words and the buttons arrows go through the text as they do on the slider.
  walk.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.target === slider || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    stop();
    go(step + by);
  });
  plot.addEventListener("drawn", follow);
  choose(0);
})();
