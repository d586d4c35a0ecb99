// Suggestions while typing: an editable combobox with list autocomplete and manual selection (W3C APG).
// Without it the form is a plain GET form; nothing is preselected, Enter without a choice submits the form.

const DELAY = 180;
const SHORTEST = 2;
let boxes = 0;

export function searchSuggest() {
  for (const form of document.querySelectorAll("form[role=search][data-suggest]")) {
    const input = form.querySelector("input[name=q]");
    if (input && form.dataset.suggest) new Combobox(form, input, form.dataset.suggest);
  }
}

class Combobox {
  constructor(form, input, address) {
    this.form = form;
    this.input = input;
    this.address = address;
    this.options = [];
    this.active = -1;
    this.asked = "";
    this.id = `suggest-${++boxes}`;
    this.build();
    input.addEventListener("input", () => this.typed());
    input.addEventListener("keydown", (event) => this.pressed(event));
    input.addEventListener("blur", () => this.close());
    form.addEventListener("submit", () => this.close());
  }

  build() {
    const { input } = this;
    this.list = element("div", { id: this.id, class: "suggest", role: "listbox", hidden: "", "aria-label": "Vorschläge" });
    // The field keeps the focus while the list is used with a pointer.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.choose(this.options.indexOf(option));
    });
    const hint = element("span", { id: `${this.id}-hint`, class: "kern-sr-only" });
    hint.textContent = "Beim Tippen erscheinen Vorschläge. Mit den Pfeiltasten wählen Sie einen aus, mit der Eingabetaste öffnen Sie ihn.";
    this.status = element("div", { class: "kern-sr-only", role: "status", "aria-live": "polite" });
    this.form.append(this.list, hint, this.status);
    for (const [name, value] of Object.entries({
      role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false",
      "aria-controls": this.id, "aria-haspopup": "listbox",
      "aria-describedby": [input.getAttribute("aria-describedby"), hint.id].filter(Boolean).join(" "),
    })) input.setAttribute(name, value);
  }

  typed() {
    clearTimeout(this.timer);
    const text = this.input.value.trim();
    if (text.length < SHORTEST) {
      this.request?.abort();
      this.close();
      return;
    }
    this.timer = setTimeout(() => this.ask(text), DELAY);
  }

  // `step` is the arrow that asked: 1 chooses the first suggestion, -1 the last, 0 none.
  async ask(text, step = 0) {
    this.request?.abort();
    this.request = new AbortController();
    try {
      const answer = await fetch(`${this.address}?q=${encodeURIComponent(text)}`, {
        signal: this.request.signal, headers: { Accept: "application/json" },
      });
      if (!answer.ok) throw new Error(answer.statusText);
      const { suggestions } = await answer.json();
      if (document.activeElement === this.input && this.input.value.trim() === text) {
        this.show(suggestions, text);
        if (step) this.activate(step > 0 ? 0 : this.options.length - 1);
      }
    } catch (error) {
      if (error.name !== "AbortError") this.close();
    }
  }

  show(suggestions, text) {
    this.list.replaceChildren();
    this.options = [];
    this.activate(-1);
    for (const [group, items] of grouped(suggestions)) this.list.append(this.group(group, items, text));
    // Groups part the list: without these numbers a screen reader counts within the group.
    this.options.forEach((option, place) => {
      option.setAttribute("aria-posinset", String(place + 1));
      option.setAttribute("aria-setsize", String(this.options.length));
    });
    const open = this.options.length > 0;
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    this.say(open ? `${this.options.length} ${this.options.length === 1 ? "Vorschlag" : "Vorschläge"} verfügbar.` : "Keine Vorschläge.");
  }

  group(name, items, text) {
    const heading = element("span", { id: `${this.id}-${this.list.childElementCount}`, class: "suggest__heading", role: "presentation" });
    heading.textContent = name;
    const group = element("div", { class: "suggest__group", role: "group", "aria-labelledby": heading.id });
    group.append(heading);
    for (const item of items) {
      const option = element("div", { id: `${this.id}-o${this.options.length}`, class: "suggest__option", role: "option", "aria-selected": "false" });
      option.append(...marked(item.label, text));
      option.dataset.url = item.url;
      this.options.push(option);
      group.append(option);
    }
    return group;
  }

  pressed(event) {
    const open = !this.list.hidden;
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const text = this.input.value.trim();
      if (event.altKey && open && step < 0) this.close();
      if (!open && text.length >= SHORTEST && !(event.altKey && step < 0)) this.ask(text, event.altKey ? 0 : step);
      if (!open || event.altKey) return;
      // One place stands for the field itself, so that the typed text can be reached again.
      const places = this.options.length + 1;
      this.activate(((this.active + 1 + step + places) % places) - 1);
    } else if (event.key === "Enter" && open && this.active >= 0) {
      event.preventDefault();
      this.choose(this.active);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      this.close();
    } else if (["Home", "End", "ArrowLeft", "ArrowRight"].includes(event.key)) {
      this.activate(-1);
    } else if (event.key === "Tab") {
      this.close();
    }
  }

  activate(index) {
    this.options[this.active]?.setAttribute("aria-selected", "false");
    this.active = index;
    const option = this.options[index];
    if (!option) {
      this.input.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  choose(index) {
    const option = this.options[index];
    if (!option) return;
    const name = option.textContent;
    this.close();
    this.input.focus();
    this.say(`„${name}“ wird geöffnet.`, 0);
    location.assign(option.dataset.url);
  }

  close() {
    clearTimeout(this.timer);
    if (this.list.hidden) return;
    this.list.hidden = true;
    this.activate(-1);
    this.input.setAttribute("aria-expanded", "false");
    this.say("");
  }

  // Later than the echo of the key, and as a change even if the sentence is the same.
  say(text, delay = 400) {
    clearTimeout(this.speaking);
    this.status.textContent = "";
    if (text) this.speaking = setTimeout(() => { this.status.textContent = text; }, delay);
  }
}

function element(tag, attributes) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function grouped(suggestions) {
  const groups = new Map();
  for (const item of suggestions) groups.set(item.group, [...(groups.get(item.group) ?? []), item]);
  return groups;
}

// The beginnings of words that were typed are set off; text nodes only, never HTML from outside.
function marked(label, text) {
  const words = text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  return label.split(/([\p{L}\p{N}]+)/u).filter(Boolean).map((piece) => {
    const word = words.find((start) => piece.toLowerCase().startsWith(start));
    if (!word) return document.createTextNode(piece);
    const part = document.createDocumentFragment();
    const bold = document.createElement("b");
    bold.textContent = piece.slice(0, word.length);
    part.append(bold, document.createTextNode(piece.slice(word.length)));
    return part;
  });
}
