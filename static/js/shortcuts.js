// Single keys: data-shortcut="k" on a link, button or field; data-shortcut-label names it in the list under "?".
// Off while typing, with a modifier key or an open dialog; the list has a switch for people who speak to their
// computer (WCAG 2.1.4), remembered in this browser.
const STORE = "platekeeper.shortcuts";
const off = () => localStorage.getItem(STORE) === "off";
const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
const all = () => [...document.querySelectorAll("[data-shortcut]")].filter((element) => element.checkVisibility?.() ?? true);

function list() {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-label", "Keys on this page");
  const title = document.createElement("h2");
  title.textContent = "Keys on this page";
  const keys = Object.assign(document.createElement("dl"), { className: "facts" });
  for (const element of all()) {
    const key = document.createElement("dt");
    key.append(Object.assign(document.createElement("kbd"), { textContent: element.dataset.shortcut }));
    const name = document.createElement("dd");
    name.textContent = element.dataset.shortcutLabel || element.textContent.trim() || element.getAttribute("aria-label") || "";
    keys.append(key, name);
  }
  const buttons = Object.assign(document.createElement("div"), { className: "buttons" });
  const toggle = Object.assign(document.createElement("button"), { type: "button", className: "usa-button usa-button--outline" });
  const label = () => { toggle.textContent = off() ? "Turn keys on" : "Turn keys off"; };
  toggle.addEventListener("click", () => { localStorage.setItem(STORE, off() ? "on" : "off"); label(); });
  label();
  const close = Object.assign(document.createElement("button"), { type: "button", className: "usa-button", textContent: "Close" });
  close.addEventListener("click", () => dialog.close());
  buttons.append(close, toggle);
  dialog.append(title, keys, buttons);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "?") { event.preventDefault(); list(); return; }
  if (off()) return;
  const target = all().find((element) => element.dataset.shortcut.toLowerCase() === event.key.toLowerCase());
  if (!target) return;
  event.preventDefault();
  if (target.matches("input, textarea, select")) target.focus();
  else target.click();
});
document.addEventListener("click", (event) => { if (event.target.closest("[data-shortcut-list]")) list(); });
