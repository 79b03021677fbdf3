// What HTML and htmx cannot do alone. Every page works without this file.
"use strict";

document.documentElement.classList.add("js");

// --- Open panels stay open when results are swapped, and the focus is not lost with what it was on ------------------------
let openPanels = null;
let focusWithin = false;
let focusedLink = null;
document.addEventListener("htmx:before:swap", () => {
  focusWithin = Boolean(document.activeElement?.closest("#reponse"));
  focusedLink = focusWithin ? document.activeElement.getAttribute("href") : null;
  openPanels = new Map([...document.querySelectorAll("details[id]")].map((panel) => [panel.id, panel.open]));
});
document.addEventListener("htmx:after:swap", () => {
  for (const [id, open] of openPanels ?? []) {
    const panel = document.getElementById(id);
    if (panel) panel.open = open;
  }
  if (!focusWithin || document.activeElement?.closest("#reponse")) return;
  const same = focusedLink && document.querySelector(`#reponse a[href="${CSS.escape(focusedLink)}"]`);
  (same || document.querySelector("#reponse h1"))?.focus();
});

// --- Keyboard: "/" goes to the search field, arrows go from answer to answer, Escape comes back, then empties the field ---
document.addEventListener("keydown", (event) => {
  const field = document.getElementById("q");
  const { key, target } = event;
  if (!field || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const answers = [...document.querySelectorAll("#reponse .card-title a")];
  const at = answers.indexOf(target);
  const away = { ArrowDown: at + 1, ArrowUp: at - 1 }[key];
  if (key === "/" && !target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]")) goTo(field);
  else if (key === "Escape" && target === field) empty(field);
  else if (at >= 0 && (key === "Escape" || away === -1)) goTo(field);
  else if ((at >= 0 || (target === field && key === "ArrowDown")) && answers[away]) answers[away].focus();
  else return;
  event.preventDefault();
});

function goTo(field) {
  field.focus();
  field.select();
}

function empty(field) {
  if (!field.value) return;
  field.value = "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// --- Nothing typed in an edit form is lost, even when the session ends before it is sent --------------------------------
// The draft stays in this tab (sessionStorage), and goes when the form is saved or the person signs out.
// The address of a place that is confidential is never kept, nor any hidden field but the version the person was editing.
const PREFIX = "levier:brouillon:";
const PRIVATE = ["adresse", "complement_adresse"];

function draftOf(form) {
  const secret = form.elements["adresse_confidentielle"]?.checked;
  return [...new FormData(form)].filter(([name]) => name !== "csrf_token" && !(secret && PRIVATE.includes(name)));
}

function restore(form, draft) {
  for (const field of form.elements) {
    if (!field.name || field.name === "csrf_token") continue;
    const values = draft.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else if (values.length) field.value = values[0];
  }
}

function watchDraft(form) {
  const key = PREFIX + new URL(form.action).pathname;
  const stored = sessionStorage.getItem(key);
  if (stored && !form.hasAttribute("data-answered")) {
    restore(form, JSON.parse(stored));
    document.getElementById("brouillon-retrouve")?.removeAttribute("hidden");
  }
  const keep = () => sessionStorage.setItem(key, JSON.stringify(draftOf(form)));
  if (form.hasAttribute("data-answered")) keep();
  form.addEventListener("input", keep);
  document.getElementById("brouillon-oublier")?.addEventListener("click", () => {
    sessionStorage.removeItem(key);
    location.reload();
  });
}

// --- A file that is too large is told before it is sent: a browser would only say that the connection broke ---------------
function watchSize(field) {
  const most = Number(field.dataset.most);
  const note = document.getElementById(field.dataset.tooLarge);
  field.addEventListener("change", () => { note.hidden = !(field.files[0]?.size > most * 1e6); });
  field.form.addEventListener("submit", (event) => {
    if (note.hidden) return;
    event.preventDefault();
    field.focus();
  });
}

function start() {
  document.querySelectorAll("input[data-most]").forEach(watchSize);
  document.querySelectorAll("form[data-draft]").forEach(watchDraft);
  document.querySelectorAll("[data-saved]").forEach((note) => sessionStorage.removeItem(PREFIX + note.dataset.saved));
  document.querySelectorAll("form[data-forget]").forEach((form) => form.addEventListener("submit", () => {
    Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX)).forEach((key) => sessionStorage.removeItem(key));
  }));
  document.querySelector("[data-focus]")?.focus();
}
start();
