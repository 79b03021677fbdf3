// What is on the map: the base map, the person's place, the results grouped where they would overlap, and their ties to the list.
// Leaflet (L) draws; Supercluster groups. Both are loaded before this file.
const { L, Supercluster } = window;

const CLOSE = 8.5; // zoom from which outlines are drawn in detail
const CITY = 11.5; // zoom from which the districts of a city are named
const DEEPEST = 14;
const DEEPEST_TILE = 18;
const APART = 52; // pixels under which two results are shown as one
const PER_PAGE = 20;
const LABELS = 16;
const METROPOLE = [[41.3, -5.2], [51.1, 9.6]];

/** A marker that is a real button: Tab reaches it, Enter and Space choose it. */
const Pin = L.DivIcon.extend({
  createIcon() {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: this.options.text ?? "" });
    button.setAttribute("aria-label", this.options.label);
    this._setIconStyles(button, "icon");
    return button;
  },
});

export function createMap(section) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(section.querySelector("#carte-dessin"), {
    zoomControl: false, attributionControl: false, scrollWheelZoom: false, zoomSnap: 0.5, minZoom: 5, maxZoom: DEEPEST,
    zoomAnimation: !calm, fadeAnimation: !calm, markerZoomAnimation: !calm, inertia: !calm,
  });
  L.control.zoom({ zoomInTitle: "Agrandir", zoomOutTitle: "Réduire" }).addTo(map);
  map.on("focus", () => map.scrollWheelZoom.enable());
  map.on("blur", () => map.scrollWheelZoom.disable());
  map.fitBounds(METROPOLE, { animate: false });
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
  map.getPane("overlayPane").setAttribute("aria-hidden", "true"); // the circle, which the search's own fields tell
  const base = baseMap(map);
  const home = personsPlace(map);
  const results = resultsOn(map, section, base.update);
  let framed = "";
  return {
    followList: results.followList,
    /** Puts an answer of /recherche/carte on the map. */
    show(answer, address) {
      section.querySelector("#carte-message").textContent = answer.message;
      base.use(answer.fond, answer.tuiles, answer.lieu?.nom);
      home.show(answer.lieu);
      const frame = answer.lieu ? JSON.stringify(answer.lieu) : address;
      if (frame !== framed) map.fitBounds(boundsOf(answer), { animate: false, padding: [20, 20], maxZoom: 13 });
      framed = frame;
      results.show(answer.features, address);
    },
  };
}

function boundsOf({ features, lieu }) {
  if (lieu?.rayon_km) return L.latLng(lieu.latitude, lieu.longitude).toBounds(lieu.rayon_km * 2000);
  const bounds = L.latLngBounds(features.map(at));
  if (lieu) bounds.extend([lieu.latitude, lieu.longitude]);
  const overseasToo = bounds.isValid() && bounds.getEast() - bounds.getWest() > 40;
  return bounds.isValid() && !overseasToo ? bounds : METROPOLE;
}

function at(feature) {
  const [longitude, latitude] = feature.geometry.coordinates;
  return L.latLng(latitude, longitude);
}

// --- The base map: outlines and towns of our own, tiles above them when there are some ------------------------------------

function baseMap(map) {
  for (const [name, zIndex] of [["fond", 150], ["villes", 160]]) {
    const pane = map.createPane(name);
    pane.style.zIndex = zIndex;
    pane.setAttribute("aria-hidden", "true");
  }
  const layers = new Map(); // "france" or département → its outline and towns, null while they come
  const labels = L.layerGroup().addTo(map);
  let source = "";
  let boxes = null; // département → its bounds
  let tiles = null;
  let silent = ""; // the town already named by the person's place
  let busy = []; // where markers are

  async function file(code) {
    const answer = await fetch(source.replace("{code}", code));
    if (!answer.ok) throw new Error(`base map: ${answer.status}`);
    return answer.json();
  }

  async function load(code) {
    layers.set(code, null);
    try {
      const { features } = await file(code);
      const areas = features.filter(({ properties }) => properties.kind === "departement");
      const towns = features.filter(({ properties }) => properties.kind !== "departement");
      layers.set(code, { outline: L.geoJSON(areas, { pane: "fond", interactive: false, style: () => ({ className: "zone" }) }), towns });
      update();
    } catch {
      layers.delete(code); // results are on the map without it; moving tries again
    }
  }

  /** Draws all of France from afar; from near, the départements in view, in detail. */
  function update() {
    if (!boxes) return;
    const view = map.getBounds();
    const near = [...boxes].filter(([, box]) => box.intersects(view)).map(([code]) => code);
    const wanted = map.getZoom() >= CLOSE ? near : ["france"];
    wanted.filter((code) => !layers.has(code)).forEach(load);
    for (const [code, layer] of layers) {
      if (layer) toggle(layer.outline, wanted.includes(code));
    }
    name(wanted.flatMap((code) => layers.get(code)?.towns ?? []));
  }

  async function start(fond) {
    source = fond;
    try {
      const found = Object.entries(await file("emprises"));
      boxes = new Map(found.map(([code, [west, south, east, north]]) => [code, L.latLngBounds([south, west], [north, east])]));
      update();
    } catch {
      source = ""; // the next search tries again
    }
  }

  function toggle(one, wanted) {
    if (map.hasLayer(one) !== wanted) one[wanted ? "addTo" : "removeFrom"](map);
  }

  /** Writes the largest towns in view, each where it covers neither a marker nor a larger one. */
  function name(candidates) {
    labels.clearLayers();
    const whole = L.bounds([0, 0], map.getSize());
    const taken = busy.map((place) => map.latLngToContainerPoint(place)).map((point) => L.bounds(point.subtract([18, 18]), point.add([18, 18])));
    const most = taken.length + LABELS;
    const written = candidates.filter(({ properties }) => properties.nom !== silent && (properties.kind === "ville" || map.getZoom() >= CITY));
    for (const town of written.sort((a, b) => b.properties.population - a.properties.population)) {
      const point = map.latLngToContainerPoint(at(town));
      const box = L.bounds(point.subtract([4, 8]), point.add([12 + town.properties.nom.length * 7, 8]));
      if (!whole.contains(box) || taken.some((other) => other.intersects(box))) continue;
      if (taken.push(box) > most) break;
      const html = Object.assign(document.createElement("span"), { textContent: town.properties.nom });
      const icon = L.divIcon({ className: "town", html, iconSize: null });
      L.marker(at(town), { icon, pane: "villes", interactive: false, keyboard: false }).addTo(labels);
    }
  }

  return {
    /** Draws what is in view, the names of towns clear of these markers. */
    update(markers) {
      busy = markers;
      update();
    },
    use(fond, tuiles, placeName) {
      silent = placeName ?? "";
      if (!source) start(fond);
      if (tuiles && !tiles) {
        map.setMaxZoom(DEEPEST_TILE);
        tiles = L.tileLayer(tuiles.adresse, { maxZoom: DEEPEST_TILE, maxNativeZoom: DEEPEST_TILE }).addTo(map);
        document.getElementById("carte-credit").textContent = ` Fond de carte\u00a0: ${tuiles.credit}.`;
      }
    },
  };
}

// --- Where the person lives ---------------------------------------------------------------------------------------------

function personsPlace(map) {
  const group = L.layerGroup().addTo(map);
  const said = Object.assign(document.createElement("span"), { className: "sr-only", textContent: "Lieu de la personne\u00a0: " });
  return {
    show(lieu) {
      group.clearLayers();
      if (!lieu) return;
      const here = [lieu.latitude, lieu.longitude];
      if (lieu.rayon_km) L.circle(here, { radius: lieu.rayon_km * 1000, className: "reach", interactive: false }).addTo(group);
      const html = document.createElement("span");
      html.append(said, lieu.nom);
      const icon = L.divIcon({ className: "pin home", html, iconSize: [26, 26], iconAnchor: [13, 44] });
      L.marker(here, { icon, interactive: false, keyboard: false, zIndexOffset: 500 }).addTo(group);
    },
  };
}

// --- Results ------------------------------------------------------------------------------------------------------------

function resultsOn(map, section, rendered) {
  const group = L.layerGroup().addTo(map);
  const choice = section.querySelector("#carte-choix");
  const alone = section.hasAttribute("data-alone"); // no list beside it: a marker only says what it is
  let index = null;
  let address = "";
  let pins = new Map(); // key of a marker → the marker
  let pinOf = new Map(); // sheet's address → the marker that shows it, alone or with others
  let awaited = null; // the result whose page of the list is on its way

  /** Makes the markers of what is in view again, in the order of the list; the focus stays on the same results. */
  function render() {
    if (!index) return;
    const held = [...pins.values()].find((pin) => pin.getElement() === document.activeElement)?.results[0];
    group.clearLayers();
    pins = new Map();
    pinOf = new Map();
    const view = map.getBounds().pad(0.2);
    const found = index.getClusters([view.getWest(), view.getSouth(), view.getEast(), view.getNorth()], Math.ceil(map.getZoom()));
    for (const one of found.sort((a, b) => a.properties.rang - b.properties.rang)) add(one);
    rendered([...pins.values()].map((pin) => pin.getLatLng()));
    if (held) pinOf.get(held.properties.href)?.getElement().focus({ preventScroll: true });
    followList();
  }

  function add(one) {
    const many = one.properties.cluster;
    const results = many ? index.getLeaves(one.properties.cluster_id, Infinity) : [one];
    results.sort((a, b) => a.properties.rang - b.properties.rang);
    const pin = L.marker(at(one), { icon: icon(results), riseOnHover: true });
    pin.results = results;
    pin.addTo(group);
    pins.set(results[0].properties.href, pin);
    for (const { properties } of results) pinOf.set(properties.href, pin);
    const button = pin.getElement();
    button.title = "";
    pin.on("click", () => choose(pin));
    for (const [event, lit] of [["mouseenter", true], ["focus", true], ["mouseleave", false], ["blur", false]]) {
      button.addEventListener(event, () => results.forEach(({ properties }) => card(properties.href)?.classList.toggle("is-lit", lit)));
    }
  }

  function icon(results) {
    if (results.length === 1) {
      const { properties } = results[0];
      const about = properties.approximatif ? "position approximative" : "";
      const label = [properties.nom, properties.par, properties.commune, properties.distance, about].filter(Boolean).join(", ");
      return new Pin({ className: about ? "pin about" : "pin", label, iconSize: [30, 30], iconAnchor: [15, about ? 15 : 26] });
    }
    const size = results.length < 10 ? 34 : results.length < 100 ? 40 : 48;
    const names = results.slice(0, 3).map(({ properties }) => properties.nom).join(", ");
    const label = `${results.length} résultats ici\u00a0: ${names}${results.length > 3 ? "…" : ""}`;
    return new Pin({ className: "pin many", label, text: String(results.length), iconSize: [size, size] });
  }

  function choose(pin) {
    choice.hidden = true;
    if (pin.results.length === 1) return alone ? tell(pin.results) : bring(pin.results[0]);
    const bounds = L.latLngBounds(pin.results.map(at));
    const together = bounds.getNorthEast().distanceTo(bounds.getSouthWest()) < 30;
    if (together || map.getZoom() >= map.getMaxZoom()) return alone ? tell(pin.results) : offer(pin.results);
    map.fitBounds(bounds, { padding: [40, 40] });
  }

  /** Results of one address: which one? */
  function offer(results) {
    const place = results[0].properties.approximatif ? "dans cette commune, sans adresse précise" : "à cet endroit";
    choice.querySelector("p").textContent = `${results.length} résultats ${place}\u00a0:`;
    choice.querySelector("ul").replaceChildren(...results.map((result) => {
      const { nom, par } = result.properties;
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: par ? `${nom} · ${par}` : nom });
      button.addEventListener("click", () => bring(result));
      const item = document.createElement("li");
      item.append(button);
      return item;
    }));
    choice.hidden = false;
    choice.querySelector("button").focus();
  }

  /** Says what is at this place. */
  function tell(results) {
    choice.querySelector("p").textContent = results.length === 1 ? "À cet endroit\u00a0:" : `${results.length} fiches à cet endroit\u00a0:`;
    choice.querySelector("ul").replaceChildren(...results.map(({ properties: { nom, commune } }) => (
      Object.assign(document.createElement("li"), { textContent: commune ? `${nom}, ${commune}` : nom })
    )));
    choice.hidden = false;
    choice.focus();
  }

  /** Brings the card of a result, from another page of the list if need be. */
  function bring(result) {
    const found = card(result.properties.href);
    if (!found) return turnTo(result);
    choice.hidden = true;
    document.querySelectorAll(".card.is-chosen").forEach((other) => other.classList.remove("is-chosen"));
    found.classList.add("is-chosen");
    found.querySelector(".card-title a").focus({ preventScroll: true });
    found.scrollIntoView({ block: "nearest" });
  }

  function turnTo(result) {
    awaited = result;
    const page = new URL(address, location.href);
    page.pathname = "/recherche";
    page.searchParams.set("page", Math.ceil(result.properties.rang / PER_PAGE));
    window.htmx.ajax("GET", page.pathname + page.search, { target: "#reponse", swap: "outerHTML show:none" });
  }

  /** The list has changed or the markers have: tie them again. */
  function followList() {
    const wanted = awaited;
    awaited = null;
    if (wanted && card(wanted.properties.href)) bring(wanted);
    else if (wanted) location.assign(wanted.properties.href); // the list has moved on since the map was drawn
    lightFrom(document.activeElement);
  }

  function card(href) {
    return [...document.querySelectorAll("#reponse .card-title a")].find((link) => link.getAttribute("href") === href)?.closest(".card");
  }

  /** Lights the marker of the card that holds `element`, and no other. */
  function lightFrom(element) {
    const href = element?.closest?.("#reponse .card")?.querySelector(".card-title a")?.getAttribute("href");
    const lit = pinOf.get(href);
    for (const pin of pins.values()) {
      pin.getElement()?.classList.toggle("is-lit", pin === lit);
      pin.setZIndexOffset(pin === lit ? 1000 : 0);
    }
  }

  document.addEventListener("pointerover", (event) => lightFrom(event.target));
  document.addEventListener("focusin", (event) => lightFrom(event.target));
  choice.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    choice.hidden = true;
    map.getContainer().focus();
  });
  map.on("moveend", render);
  map.on("click movestart", () => { choice.hidden = true; });
  return {
    followList,
    show(features, asked) {
      address = asked;
      choice.hidden = true;
      index = new Supercluster({
        radius: APART, extent: 256, maxZoom: DEEPEST_TILE,
        map: ({ rang }) => ({ rang }), reduce: (all, { rang }) => { all.rang = Math.min(all.rang, rang); },
      }).load(features);
      render();
    },
  };
}
