// Suggestions under a field (WAI-ARIA combobox with a listbox). Without this file the field is an ordinary one.
// The server writes the options; each has data-href, to open, or data-value, to write in the field. Slower ones, at the
// address data-more, are asked for once these are shown, and come after them.
"use strict";

const PAUSE = 120; // ms without a keystroke before the server is asked

class Combobox {
  constructor(input) {
    this.input = input;
    this.list = document.getElementById(`${input.id}-options`);
    this.status = document.getElementById(`${input.id}-annonce`);
    this.options = [];
    this.active = -1;
    this.asked = null;
    this.timer = 0;
    const roles = { role: "combobox", "aria-autocomplete": "list", "aria-controls": this.list.id, "aria-expanded": "false" };
    for (const [name, value] of Object.entries(roles)) input.setAttribute(name, value);
    input.addEventListener("input", () => this.wait());
    input.addEventListener("keydown", (event) => this.onKey(event));
    input.addEventListener("blur", () => this.close());
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    this.list.addEventListener("click", (event) => this.choose(event.target.closest("[role=option]")));
  }

  get isOpen() {
    return !this.list.hidden;
  }

  wait() {
    this.forget();
    if (this.input.value.trim()) this.timer = setTimeout(() => this.ask(), PAUSE);
    else this.close();
  }

  // An answer that comes late, after another keystroke or when the field was left, is dropped.
  forget() {
    clearTimeout(this.timer);
    this.asked?.abort();
    this.asked = null;
  }

  async ask() {
    this.forget();
    const asked = (this.asked = new AbortController());
    const form = new URLSearchParams(new FormData(this.input.form));
    const html = async (address) => {
      const answer = await fetch(`${address}?${form}`, { signal: asked.signal });
      return answer.ok && !answer.redirected ? answer.text() : "";
    };
    try {
      const first = await html(this.input.dataset.suggestions);
      if (this.asked === asked) this.show(first);
      const more = this.list.querySelector("[data-more]")?.dataset.more;
      const others = more && this.asked === asked ? await html(more) : "";
      if (others && this.asked === asked) this.append(others);
    } catch {
      if (this.asked === asked) this.close(); // no network: the field works without suggestions
    }
  }

  show(html) {
    this.list.innerHTML = html;
    this.list.scrollTop = 0;
    this.mark(-1);
    this.count();
  }

  append(html) {
    this.list.insertAdjacentHTML("beforeend", html);
    this.count();
  }

  count() {
    this.options = [...this.list.querySelectorAll("[role=option]")];
    const count = this.options.length;
    this.list.hidden = !count;
    this.input.setAttribute("aria-expanded", String(Boolean(count)));
    this.status.textContent = count ? `${count} suggestion${count > 1 ? "s" : ""}, flèches haut et bas pour choisir` : "";
  }

  close() {
    this.forget();
    if (this.isOpen) this.show("");
  }

  mark(index) {
    this.options[this.active]?.setAttribute("aria-selected", "false");
    this.active = index;
    const option = this.options[index];
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  // Arrows go round through the options and the field itself.
  move(step) {
    const stops = this.options.length + 1;
    this.mark(((this.active + 1 + step + stops) % stops) - 1);
  }

  choose(option) {
    if (!option) return;
    const { href, value } = option.dataset;
    this.close();
    if (href) return location.assign(href);
    this.input.value = value;
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  onKey(event) {
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.isComposing) return;
    const option = this.options[this.active];
    if (key === "Enter" && !option) return this.close(); // and the form is sent
    if (this.isOpen && key === "ArrowDown") this.move(1);
    else if (this.isOpen && key === "ArrowUp") this.move(-1);
    else if (this.isOpen && key === "Escape") this.close();
    else if (key === "Enter") this.choose(option);
    else if (event.altKey && key === "ArrowDown" && this.input.value.trim()) this.ask();
    else return;
    event.preventDefault();
  }
}

document.querySelectorAll("[data-suggestions]").forEach((input) => new Combobox(input));
