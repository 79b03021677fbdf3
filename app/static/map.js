// The map beside the results: shown or not, and always of the same question as the list. Its drawing, and the library that
// draws, come when it is first shown. Whether it is shown is kept on this machine, for wide screens; a phone starts with the list.
const KEPT = "levier:carte";
const ENDED = "Votre session a pris fin : rechargez la page.";
const FAILED = "La carte n’a pas pu être chargée. La liste, elle, est complète.";

const wide = matchMedia("(min-width: 68.75em)");
const body = document.getElementById("resultats");
const section = document.getElementById("carte");
let shown = wide.matches && localStorage.getItem(KEPT) === "oui";
let drawing = null; // promised once
let drawn = ""; // address of the points that are on the map, or on their way to it
let asking = new AbortController();

function update() {
  const toggle = document.querySelector("#reponse [data-map-toggle]");
  const visible = shown && toggle !== null;
  section.hidden = !visible;
  body.classList.toggle("with-map", visible);
  toggle?.setAttribute("aria-expanded", String(visible));
  if (visible) draw(toggle.dataset.points);
}

/** The map comes after the list where it stands beside it, before it where it stands above. */
function arrange() {
  body[wide.matches ? "append" : "prepend"](section);
}

async function draw(address) {
  drawing ??= load();
  if (address === drawn) return (await drawing).followList();
  drawn = address;
  asking.abort();
  asking = new AbortController();
  try {
    const [map, answer] = await Promise.all([drawing, points(address, asking.signal)]);
    if (address === drawn) map.show(answer, address);
  } catch (error) {
    if (error.name === "AbortError") return;
    drawn = "";
    document.getElementById("carte-message").textContent = error.cause ?? FAILED;
  }
}

async function points(address, signal) {
  const answer = await fetch(address, { signal });
  if (answer.redirected) throw new Error("signed out", { cause: ENDED });
  if (!answer.ok) throw new Error(`map: ${answer.status}`);
  return answer.json();
}

async function load() {
  try {
    for (const href of section.dataset.styles.split(" ")) {
      document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
    }
    await Promise.all(section.dataset.scripts.split(" ").map(script));
    return (await import(section.dataset.drawing)).createMap(section);
  } catch (error) {
    drawing = null; // the next search tries again
    throw error;
  }
}

function script(src) {
  return new Promise((resolve, reject) => {
    document.head.append(Object.assign(document.createElement("script"), { src, onload: resolve, onerror: reject }));
  });
}

document.addEventListener("click", (event) => {
  const toggle = event.target.closest("[data-map-toggle]");
  if (!toggle) return;
  shown = section.hidden;
  if (shown) localStorage.setItem(KEPT, "oui");
  else localStorage.removeItem(KEPT);
  update();
  if (!shown) return document.querySelector("#reponse [data-map-toggle]")?.focus();
  section.focus({ preventScroll: wide.matches });
});
document.addEventListener("htmx:after:swap", update);
wide.addEventListener("change", arrange);
arrange();
update();
