// The hit desk by keyboard: one card is chosen; j and k (see data-hit-move) move on, t takes it without leaving the
// desk, v opens it. The choice survives cards that come and go. On the page of one hit, data-hit-focus="#form" goes to
// the first field of a step, unfolding it where it is folded. Folded keys still work, so they stand outside of the fold.
const desk = document.querySelector("[data-hit-desk]");
let chosen = null;
let heldFocus = false;

function cards() {
  return [...desk.querySelectorAll("[data-hit]")];
}

function choose(card, focus) {
  const before = chosen;
  chosen = card?.dataset.hit ?? null;
  for (const one of cards()) {
    const is = one === card;
    if (is) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
    for (const control of one.querySelectorAll("[data-hit-key]")) {
      if (is) control.dataset.shortcut = control.dataset.hitKey;
      else delete control.dataset.shortcut;
    }
  }
  if (focus) card?.querySelector("[data-hit-open]")?.focus();
  if (before !== chosen) desk.dispatchEvent(new CustomEvent("desk:tidy"));
}

function move(by) {
  const all = cards();
  if (!all.length) return;
  const at = all.findIndex((card) => card.dataset.hit === chosen);
  const to = Math.min(Math.max(at + by, 0), all.length - 1);
  choose(all[to], true);
}

function again() {
  choose(cards().find((card) => card.dataset.hit === chosen) ?? cards()[0], false);
}

function say(card, words) {
  card.querySelector("[data-hit-said]")?.remove();
  const said = Object.assign(document.createElement("p"), { className: "hit-card__said", textContent: words });
  said.dataset.hitSaid = "";
  said.setAttribute("role", "alert");
  card.append(said);
}

const cardOf = (id) => cards().find((card) => card.dataset.hit === id);

// One request; the answer is the new card, or in words who has it. While it is on its way the button waits.
async function take(form) {
  const id = form.closest("[data-hit]").dataset.hit;
  const button = form.querySelector("button");
  button.disabled = true;
  let words = "The server did not answer. Try again, or open the hit.";
  try {
    const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
    const headers = { "X-CSRFToken": token, Accept: "application/json" };
    const answer = await fetch(form.dataset.hitTake, { method: "POST", headers, redirect: "manual" });
    if (answer.type === "opaqueredirect" || answer.status === 401) { location.reload(); return; }
    const given = await answer.json();
    if (answer.ok) {
      desk.dispatchEvent(new CustomEvent("desk:card", { detail: given.html }));
      words = "";
    } else if (given.words) {
      words = `${given.words} ${given.next}${given.code ? ` (${given.code}, record ${given.record})` : ""}`;
    }
  } catch {
    words = "The server did not answer. Try again, or open the hit.";
  } finally {
    button.disabled = false;
  }
  const card = cardOf(id);
  if (!card) return;
  if (words) say(card, words);
  else card.querySelector("[data-hit-open]")?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const selector = event.target.closest("[data-hit-focus]")?.dataset.hitFocus;
  const form = selector && document.querySelector(selector);
  if (!form) return;
  const fold = form.closest("details");
  if (fold) fold.open = true;
  form.querySelector("input:not([type=hidden]), textarea, select, button")?.focus();
});

if (desk) {
  again();
  desk.addEventListener("desk:drawn", again);
  desk.addEventListener("htmx:beforeSwap", () => { heldFocus = Boolean(cardOf(chosen)?.contains(document.activeElement)); });
  desk.addEventListener("htmx:afterSettle", () => {
    again();
    if (heldFocus) cardOf(chosen)?.querySelector("[data-hit-open]")?.focus({ preventScroll: true });
    heldFocus = false;
  });
  desk.addEventListener("focusin", (event) => {
    const card = event.target.closest("[data-hit]");
    if (card) choose(card, false);
  });
  desk.addEventListener("submit", (event) => {
    if (!event.target.dataset.hitTake) return;
    event.preventDefault();
    take(event.target);
  });
  // No buttons to see: the keys are listed under "?", and Tab moves through the cards as everywhere.
  document.addEventListener("click", (event) => {
    const control = event.target.closest("[data-hit-move]");
    if (control) move(Number(control.dataset.hitMove));
  });
}
