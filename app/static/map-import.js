// The map of an import being tried: where its listings fall. The list of communes below says the same without it.
const section = document.getElementById("carte-essai");

async function draw() {
  for (const href of section.dataset.styles.split(" ")) {
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href }));
  }
  const answer = await fetch(section.dataset.points);
  if (answer.redirected || !answer.ok) throw new Error(`map: ${answer.status}`);
  await Promise.all(section.dataset.scripts.split(" ").map(script));
  const { createMap } = await import(section.dataset.drawing);
  section.hidden = false;
  createMap(section).show(await answer.json(), section.dataset.points);
}

function script(src) {
  return new Promise((resolve, reject) => {
    document.head.append(Object.assign(document.createElement("script"), { src, onload: resolve, onerror: reject }));
  });
}

if (section) draw().catch(() => { section.hidden = true; });
