// The cards of the hit desk. `stream:told` brings cards that the server rendered and has put on record for this desk;
// each is put in its place or replaces its older self, without a reload. What belongs to a person is added here:
// "yours", the tab, the filter. The chosen card is never taken away under someone's hands: it goes when left.
const desk = document.querySelector("[data-hit-desk]");
const root = document.documentElement;
const offset = root.dataset.now ? Date.parse(root.dataset.now) - Date.now() : 0;
const MOST = 100;
const title = document.title;
let unseen = 0;

const list = () => desk.querySelector("[data-hit-cards]");
const cardOf = (id) => desk.querySelector(`[data-hit="${CSS.escape(id)}"]`);

function belongs(card) {
  const is = card.dataset;
  const asks = desk.dataset;
  if (asks.onlyCamera && asks.onlyCamera !== is.camera) return false;
  if (asks.onlyCategory && asks.onlyCategory !== is.category) return false;
  if (asks.onlyList && asks.onlyList !== is.list) return false;
  const waits = is.status !== "closed";
  const information = is.informational === "1";
  if (asks.show === "closed") return !waits;
  if (asks.show === "mine") return waits && is.owner === asks.me;
  if (asks.show === "information") return waits && information;
  if (asks.show === "new") return is.status === "new" && !information;
  return waits && !information;
}

function parse(html) {
  // Drawn and escaped by the server, the same part as in the page; what is parsed so never runs scripts.
  const card = new DOMParser().parseFromString(html, "text/html").querySelector("[data-hit]");
  return card && document.adoptNode(card);
}

function words(seconds) {
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min ago`;
  return `${Math.floor(seconds / 86400)} days ago`;
}

function age() {
  for (const one of desk.querySelectorAll("[data-age]")) {
    const seconds = Math.max(Math.round((Date.now() + offset - Date.parse(one.dateTime)) / 1000), 0);
    if (one.textContent !== words(seconds)) one.textContent = words(seconds);
  }
}

function personal(card) {
  const owner = card.querySelector("[data-owner-name]");
  if (owner && card.dataset.owner === desk.dataset.me) owner.textContent = "yours";
  if ("looksOnly" in desk.dataset) card.querySelector("[data-hit-take]")?.remove();
}

// Where the focus was in the old card, it goes to the same thing in the new one; where that is gone, to its plate.
function focusAgain(card, held) {
  if (!held) return;
  const same = held.dataset.hitKey && card.querySelector(`[data-hit-key="${held.dataset.hitKey}"]`);
  (same || card.querySelector("[data-hit-open]")).focus({ preventScroll: true });
}

function replace(old, card) {
  const held = old.contains(document.activeElement) ? document.activeElement : null;
  const said = old.querySelector("[data-hit-said]");
  if (said) card.append(said);
  if (old.hasAttribute("aria-current")) card.setAttribute("aria-current", "true"); // still the chosen one, so it stays
  old.replaceWith(card);
  if (!belongs(card)) card.dataset.leaves = "1";
  focusAgain(card, held);
}

function insert(card) {
  const younger = [...list().children].find((one) => Number(one.dataset.at) <= Number(card.dataset.at));
  list().insertBefore(card, younger ?? null);
}

// Cards that no longer belong here go, but for the one that is chosen.
function tidy() {
  for (const card of list().querySelectorAll("[data-leaves]")) {
    if (!card.hasAttribute("aria-current") && !card.contains(document.activeElement)) card.remove();
  }
  const over = [...list().children].slice(MOST).filter((card) => !card.hasAttribute("aria-current"));
  for (const card of over) card.remove();
  if (over.length) desk.querySelector("[data-hit-more]").hidden = false;
  desk.querySelector("[data-hit-none]").hidden = list().children.length > 0;
}

function show(card, isNew) {
  const old = cardOf(card.dataset.hit);
  const escalated = card.dataset.escalated && !old?.dataset.escalated && card.dataset.status === "new";
  personal(card);
  if (old) replace(old, card);
  else if (belongs(card)) insert(card);
  if (escalated && belongs(card)) return "escalation";
  return isNew && !old && belongs(card) ? "hit" : "";
}

function count(counts) {
  const numbers = { ...counts, mine: counts.mine[desk.dataset.me] ?? 0 };
  for (const one of desk.querySelectorAll("[data-count]")) {
    if (one.dataset.count in numbers) one.textContent = numbers[one.dataset.count];
  }
}

function say(sounds) {
  const name = sounds.includes("escalation") ? "escalation" : sounds.includes("hit") ? "hit" : "";
  if (!name) return;
  document.dispatchEvent(new CustomEvent("desk:sound", { detail: name }));
  if (document.hidden) document.title = `(${++unseen}) ${title}`;
  const spoken = document.querySelector("[data-desk-said]");
  if (spoken) spoken.textContent = name === "hit" ? "New hit on the desk." : "A hit was escalated.";
}

function told({ cards, more, counts, record }) {
  const sounds = cards.map(({ html, new: isNew }) => show(parse(html), isNew));
  count(counts);
  tidy();
  say(sounds);
  const mark = desk.querySelector("[data-hit-told]");
  if (mark && record !== null && cards.length) {
    mark.hidden = false;
    mark.querySelector(".mono").textContent = record;
  }
  desk.dispatchEvent(new CustomEvent("desk:drawn"));
  if (more) desk.dispatchEvent(new CustomEvent("stream:behind"));
}

if (desk) {
  desk.addEventListener("stream:told", (event) => told(event.detail));
  desk.addEventListener("desk:tidy", tidy);
  desk.addEventListener("desk:card", (event) => {
    show(parse(event.detail), false);
    desk.dispatchEvent(new CustomEvent("desk:drawn"));
  });
  desk.addEventListener("htmx:afterSettle", age);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) { unseen = 0; document.title = title; }
  });
  setInterval(age, 1000);
  age();
}
