// Says in words why a passkey did not work: fills [data-passkey-error]. The library only writes to the console.
const WORDS = {
  NotAllowedError: "The key was not used in time, or the request was cancelled. Try again.",
  InvalidStateError: "This key is already on your account.",
  NotSupportedError: "This browser or key cannot be used here.",
  SecurityError: "Keys work only on this site's own secure address (https).",
};

document.addEventListener("allauth.error", (event) => {
  const place = document.querySelector("[data-passkey-error]");
  if (!place) return;
  event.preventDefault();
  place.hidden = false;
  place.textContent = WORDS[event.detail.exception?.name] || "The key could not be used. Try again, or use another way in.";
});
if (!window.PublicKeyCredential) {
  document.querySelectorAll("[data-needs-passkey]").forEach((element) => { element.hidden = true; });
}
