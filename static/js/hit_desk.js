// The hit desk by keyboard: one card is chosen; j and k (see data-hit-move) move on, t and v act on it. The choice
// survives a refresh of the list, which replaces the cards. On the page of one hit, data-hit-focus="#form" goes to the
// first field of a step, unfolding it where it is folded. Folded keys still work, so they stand outside of the fold.
const desk = document.querySelector("[data-hit-desk]");
let chosen = null;

function cards() {
  return [...desk.querySelectorAll("[data-hit]")];
}

function choose(card, focus) {
  chosen = card?.dataset.hit ?? null;
  for (const one of cards()) {
    const is = one === card;
    for (const control of one.querySelectorAll("[data-hit-key]")) {
      if (is) control.dataset.shortcut = control.dataset.hitKey;
      else delete control.dataset.shortcut;
    }
  }
  if (focus) card?.querySelector("[data-hit-open]")?.focus();
}

function move(by) {
  const all = cards();
  if (!all.length) return;
  const at = all.findIndex((card) => card.dataset.hit === chosen);
  choose(all[Math.min(Math.max(at + by, 0), all.length - 1)], true);
}

function again() {
  choose(cards().find((card) => card.dataset.hit === chosen) ?? cards()[0], false);
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
  desk.addEventListener("htmx:afterSettle", again);
  desk.addEventListener("focusin", (event) => choose(event.target.closest("[data-hit]"), false));
  // No buttons to see: the keys are listed under "?", and Tab moves through the cards as everywhere.
  document.addEventListener("click", (event) => {
    const control = event.target.closest("[data-hit-move]");
    if (control) move(Number(control.dataset.hitMove));
  });
}
