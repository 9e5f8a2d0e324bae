// The search form: shows the fields of the chosen way only, reveals scenes one by one, filters the cameras, and while
// a search runs says for how long and lets one stop it. Without scripts every field is there and the form is sent.
const form = document.querySelector("[data-search]");

function showWay() {
  const chosen = form.querySelector("[name=way]:checked")?.value ?? "plate";
  for (const part of form.querySelectorAll("[data-ways]")) part.hidden = !part.dataset.ways.split(" ").includes(chosen);
  for (const box of form.querySelectorAll("[data-open-for]")) {
    if (box.dataset.openFor.split(" ").includes(chosen)) box.open = true;
  }
  const from = form.elements.from_at;
  const usual = [from.dataset.usual, from.dataset.usualCanvass];
  if (usual.includes(from.value)) from.value = usual[Number(chosen === "canvass")]; // what nobody has typed yet
  document.dispatchEvent(new CustomEvent("platekeeper:places"));
}

function revealScenes() {
  const scenes = [...form.querySelectorAll("[data-place^=scene]")];
  const more = form.querySelector("[data-add-scene]");
  const offer = () => { more.hidden = scenes.every((scene) => !scene.hidden); };
  scenes.forEach((scene, index) => { scene.hidden = index > 1 && !("filled" in scene.dataset); });
  more.addEventListener("click", () => {
    const next = scenes.find((scene) => scene.hidden);
    if (!next) return;
    next.hidden = false;
    next.querySelector("input")?.focus();
    offer();
  });
  offer();
}

function filterCameras() {
  const filter = form.querySelector("[data-camera-filter]");
  const rows = [...form.querySelectorAll(".camera-list .usa-checkbox")];
  filter.addEventListener("input", () => {
    const wanted = filter.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}

function watchRun() {
  const [go, end, words] = ["[data-search-go]", "[data-search-end]", "[data-search-state]"].map((name) => form.querySelector(name));
  const before = { label: go.textContent, words: words.textContent };
  let clock = 0;
  const stop = () => {
    const body = new URLSearchParams({
      ticket: form.elements.ticket.value, csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
    });
    fetch(form.dataset.searchStop, { method: "POST", body, credentials: "same-origin", keepalive: true }).catch(() => {});
  };
  const settle = () => {
    clearInterval(clock);
    clock = 0;
    end.hidden = true;
    go.disabled = false;
    Object.assign(go, { textContent: before.label });
    Object.assign(words, { textContent: before.words });
  };
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.submitter?.name === "ask") return;
    const began = performance.now();
    const tell = () => { words.textContent = `Searching for ${Math.round((performance.now() - began) / 1000)} s.`; };
    go.textContent = "Searching…";
    end.hidden = false;
    tell();
    clock = setInterval(tell, 1000);
    setTimeout(() => { if (clock) go.disabled = true; }); // after the form's data are gathered
  });
  end.addEventListener("click", () => {
    words.textContent = "Stopping.";
    stop();
  });
  // Closed or left while the search still runs: it is stopped. Once the answer is here there is nothing left to stop.
  addEventListener("pagehide", () => { if (clock) stop(); });
  addEventListener("pageshow", (event) => { if (event.persisted) settle(); });
}

if (form) {
  for (const radio of form.querySelectorAll("[name=way]")) radio.addEventListener("change", showWay);
  revealScenes();
  filterCameras();
  watchRun();
  showWay();
}
