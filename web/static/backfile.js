// What the page can do beyond what it does without a script: suggestions, dragging over the timeline, arrow keys on it,
// examples written into the box, and steps from one marked word to the next. Nothing here makes HTML of text.

const SVG = "http://www.w3.org/2000/svg";
const PAUSE = 120; // Milliseconds without a key before suggestions are asked for.
const DRAG = 5; // Pixels that a pointer moves before it drags.

const calm = matchMedia("(prefers-reduced-motion: reduce)");

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const percent = new Intl.NumberFormat("en", { style: "percent", maximumSignificantDigits: 2 });

const number = (count) => count.toLocaleString("en");
const plural = (count, one) => `${number(count)} ${one}${count === 1 ? "" : "s"}`;
const share = (part) => percent.format(part).replace("%", "\u00a0%");

// The search box: a combobox with a list below it, as the ARIA Authoring Practices have it.
function suggest(form) {
  const input = form.querySelector("#q");
  const list = form.querySelector("#suggestions");
  const status = form.querySelector("#suggested");
  let found = [];
  let active = -1;
  let pause = 0;
  let asking = new AbortController();

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");

  function mark(index) {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = index;
    const option = list.children[index];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  }

  function close() {
    clearTimeout(pause);
    asking.abort();
    mark(-1);
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    status.textContent = "";
  }

  // What a suggestion adds to what is typed stands out.
  function completed(query) {
    const typed = input.value;
    const said = element("span", query, { dir: "auto" });
    if (query.toLowerCase().startsWith(typed.toLowerCase()))
      said.replaceChildren(query.slice(0, typed.length), element("b", query.slice(typed.length)));
    return said;
  }

  function show(suggestions) {
    found = suggestions;
    active = -1;
    input.removeAttribute("aria-activedescendant");
    list.replaceChildren(
      ...found.map((one, index) => {
        const option = element("li", "", {
          role: "option",
          id: `suggestion-${index}`,
          "aria-selected": "false",
          "data-kind": one.kind,
        });
        const beside = one.kind === "title" ? "article" : one.kind === "section" ? "section" : "";
        const count = one.kind === "title" ? "" : plural(one.articles, "article");
        option.append(
          one.kind === "word" ? completed(one.query) : element("span", one.text, { dir: "auto" }),
          element("span", [beside, count].filter(Boolean).join(", ")),
        );
        return option;
      }),
    );
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    status.textContent = found.length ? plural(found.length, "suggestion") : "";
  }

  async function ask() {
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    try {
      const answer = await fetch(`${form.dataset.suggest}?${new URLSearchParams({ q: input.value })}`, { signal });
      const suggestions = answer.ok ? (await answer.json()).suggestions : [];
      if (!signal.aborted) show(suggestions);
    } catch (error) {
      // A newer question, or no network: the box goes on without suggestions.
      if (error.name !== "AbortError") close();
    }
  }

  function choose(index) {
    const one = found[index];
    close();
    if (one.kind === "title") {
      location.assign(form.dataset.articles + encodeURIComponent(one.id));
    } else {
      input.value = one.query;
      form.requestSubmit();
    }
  }

  input.addEventListener("input", (event) => {
    clearTimeout(pause);
    if (event.isComposing) return;
    if (input.value.trim()) pause = setTimeout(ask, PAUSE);
    else close();
  });
  input.addEventListener("compositionend", () => {
    pause = setTimeout(ask, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    const { length } = found;
    if (event.key === "ArrowDown") mark(active + 1 < length ? active + 1 : -1);
    else if (event.key === "ArrowUp") mark(active < 0 ? length - 1 : active - 1);
    else if (event.key === "Enter" && active >= 0) choose(active);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
  form.addEventListener("submit", close);
  addEventListener("pagehide", close);
  // The box keeps the focus while somebody points at its list.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const index = [...list.children].indexOf(event.target.closest("li"));
    if (index >= 0) choose(index);
  });
}

// The examples of the query language write themselves into the box; with Ctrl or Shift they open as the links they are.
function write(form) {
  const input = form.querySelector("#q");
  form.addEventListener("click", (event) => {
    const example = event.target.closest(".help a");
    if (!example || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    input.value = example.textContent;
    input.focus();
    input.setSelectionRange(input.value.length, input.value.length);
  });
}

// The timeline: a drag takes a range, arrow keys go from bar to bar, and with Shift they take a range as well.
function pick(chart) {
  const plot = chart.querySelector(".plot");
  const edges = chart.dataset.edges.split(" ");
  const counts = chart.dataset.counts.split(" ").map(Number);
  const published = chart.dataset.published.split(" ").map(Number);
  const links = [...plot.querySelectorAll("a")];
  const places = links.map((link) => Number(link.querySelector(".reach").getAttribute("x")));
  const section = chart.closest("section");
  const form = section.querySelector("form");
  const readout = section.querySelector(".readout");
  const status = section.querySelector("#range");
  const usual = readout.textContent;
  const taken = document.createElementNS(SVG, "rect");
  const { interval } = chart.dataset;
  const shape = { year: "numeric", month: "long", day: "numeric" };
  if (interval !== "day") delete shape.day;
  if (interval === "year") delete shape.month;
  const format = new Intl.DateTimeFormat("en-GB", { ...shape, timeZone: "UTC" });
  let start = null;
  let range = null;
  let dragged = false;

  taken.setAttribute("class", "taken");
  taken.setAttribute("height", "100");

  const day = (text) => new Date(`${text}T00:00Z`);
  const first = (index) => edges[index];
  const last = (index) =>
    index + 1 < counts.length ? new Date(day(edges[index + 1]) - 864e5).toISOString().slice(0, 10) : edges.at(-1);
  const words = (from, to) => {
    const [total, all] = [counts, published].map((each) => each.slice(from, to + 1).reduce((sum, one) => sum + one, 0));
    const said = total === all ? plural(total, "article") : `${number(total)} of ${plural(all, "article")}, ${share(total / all)}`;
    const [begin, end] = [format.format(day(first(from))), format.format(day(last(to)))];
    return `${begin === end ? begin : `${begin} to ${end}`}: ${said}`;
  };

  function take(one, other) {
    range = [Math.min(one, other), Math.max(one, other)];
    taken.setAttribute("x", range[0]);
    taken.setAttribute("width", range[1] - range[0] + 1);
    plot.append(taken);
    readout.textContent = words(...range);
    status.textContent = readout.textContent;
  }

  function drop() {
    start = range = null;
    taken.remove();
    readout.textContent = usual;
    status.textContent = "";
  }

  function go() {
    form.elements["from-date"].value = first(range[0]);
    form.elements["to-date"].value = last(range[1]);
    drop();
    form.requestSubmit();
  }

  function place(event) {
    const box = plot.getBoundingClientRect();
    const index = Math.floor(((event.clientX - box.left) / box.width) * counts.length);
    return Math.min(Math.max(index, 0), counts.length - 1);
  }

  chart.addEventListener("dragstart", (event) => event.preventDefault());
  chart.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    dragged = false;
    start = { index: place(event), x: event.clientX };
  });
  chart.addEventListener("pointermove", (event) => {
    if (!start) return;
    if (!dragged && Math.abs(event.clientX - start.x) < DRAG) return;
    dragged = true;
    chart.setPointerCapture(event.pointerId);
    take(start.index, place(event));
  });
  chart.addEventListener("pointerup", () => {
    if (dragged && range) go();
    start = null;
  });
  chart.addEventListener("pointercancel", drop);
  // The click that ends a drag is no click on a bar.
  chart.addEventListener(
    "click",
    (event) => {
      if (dragged) event.preventDefault();
      dragged = false;
    },
    true,
  );

  // One stop for the Tab key, arrows within: a chart may have hundreds of bars.
  links.forEach((link, index) => link.setAttribute("tabindex", index ? "-1" : "0"));
  let anchor = null;

  function move(from, to, extend) {
    links[from].setAttribute("tabindex", "-1");
    links[to].setAttribute("tabindex", "0");
    links[to].focus();
    if (extend) {
      anchor ??= from;
      take(places[anchor], places[to]);
    } else if (anchor !== null) {
      anchor = null;
      drop();
    }
  }

  const steps = { ArrowRight: 1, ArrowLeft: -1, End: Infinity, Home: -Infinity };
  plot.addEventListener("keydown", (event) => {
    const current = links.indexOf(event.target.closest("a"));
    if (event.key in steps && !event.ctrlKey && !event.altKey && !event.metaKey) {
      move(current, Math.min(Math.max(current + steps[event.key], 0), links.length - 1), event.shiftKey);
    } else if (event.key === "Enter" && range) {
      go();
    } else if (event.key === "Escape" && range) {
      anchor = null;
      drop();
    } else {
      return;
    }
    event.preventDefault();
  });
  plot.addEventListener("focusout", (event) => {
    if (!plot.contains(event.relatedTarget) && !dragged) {
      anchor = null;
      drop();
    }
  });

  function tell(event) {
    const title = event.target.closest("a, rect")?.querySelector("title");
    if (title && !range) readout.textContent = title.textContent;
  }
  chart.addEventListener("pointerover", tell);
  chart.addEventListener("focusin", tell);
  chart.addEventListener("pointerleave", () => {
    if (!range) readout.textContent = usual;
  });
}

// The marked words of an article, one after the other.
function step(finder) {
  const marks = [...document.querySelectorAll(".story mark")];
  const steps = finder.querySelector(".steps");
  const status = steps.querySelector("[role=status]");
  let current = -1;

  finder.querySelector("ol")?.remove();
  steps.hidden = false;
  steps.addEventListener("click", (event) => {
    const button = event.target.closest("[data-step]");
    if (!button) return;
    marks[current]?.classList.remove("current");
    const by = Number(button.dataset.step);
    current = current < 0 && by < 0 ? marks.length - 1 : (current + by + marks.length) % marks.length;
    marks[current].classList.add("current");
    marks[current].scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
    status.textContent = `${current + 1} of ${marks.length}`;
  });
}

// What a form leaves empty has no place in an address.
for (const form of document.forms) {
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });
}

const search = document.querySelector(".search");
write(search);
if (search.dataset.suggest) suggest(search);
document.querySelectorAll(".chart").forEach(pick);
document.querySelectorAll(".finder").forEach(step);
