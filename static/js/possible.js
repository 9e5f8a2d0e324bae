// Possible matches by keyboard. In the queue one card is chosen: j and k (data-possible-move) move on, and the keys of
// the card's own controls (data-possible-key) work on the chosen one. On a page of one, data-possible-choose picks an outcome.
const queue = document.querySelector("[data-possible-queue]");
const cards = () => [...queue.querySelectorAll("[data-possible]")];

function choose(card) {
  for (const one of cards()) {
    const is = one === card;
    one.classList.toggle("is-chosen", is);
    for (const control of one.querySelectorAll("[data-possible-key]")) {
      if (is) {
        control.dataset.shortcut = control.dataset.possibleKey;
        control.dataset.shortcutLabel = control.dataset.possibleLabel;
      } else delete control.dataset.shortcut;
    }
  }
}

function move(by) {
  const all = cards();
  if (!all.length) return;
  const at = all.findIndex((card) => card.classList.contains("is-chosen"));
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  choose(next);
  next.querySelector("[data-possible-open]").focus();
}

if (queue) {
  choose(cards()[0]);
  queue.addEventListener("focusin", (event) => choose(event.target.closest("[data-possible]")));
  // A key focuses a field and does not tick it; x is to tick. It answers before the list of keys does.
  document.addEventListener("keydown", (event) => {
    const field = queue.querySelector("input[data-shortcut]");
    if (!field || event.key !== field.dataset.shortcut || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (localStorage.getItem("platekeeper.shortcuts") === "off" || document.querySelector("dialog[open]")) return;
    if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    field.click();
  }, true);
}

document.addEventListener("click", (event) => {
  const step = event.target.closest("[data-possible-move]");
  if (step && queue) move(Number(step.dataset.possibleMove));
  const wanted = event.target.closest("[data-possible-choose]")?.dataset.possibleChoose;
  const field = wanted && document.querySelector(`input[name=outcome][value="${wanted}"]`);
  if (!field) return;
  field.click();
  field.focus();
});
