// A mark that needs words takes the cursor to them first, instead of asking the server. Without scripts the server says so.
const form = document.querySelector("[data-marks]");
const words = form?.querySelector("textarea");
const hint = document.querySelector("[data-marks-hint]");

form?.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button?.hasAttribute("data-needs-words") || words.value.trim().split(/\s+/).filter(Boolean).length >= 3) return;
  event.preventDefault();
  hint.textContent = `“${button.dataset.shortcutLabel}” needs at least three words. Type them, then press the button again.`;
  words.focus();
});
