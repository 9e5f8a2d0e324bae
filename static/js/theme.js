// The light/dark switch: [data-theme-switch]. The choice lives in a cookie, so that the server draws the page in it.
const root = document.documentElement;
const system = window.matchMedia("(prefers-color-scheme: dark)");
const current = () => root.dataset.theme || (system.matches ? "dark" : "light");

function label() {
  for (const button of document.querySelectorAll("[data-theme-switch]")) {
    button.textContent = current() === "dark" ? "Light theme" : "Dark theme";
  }
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-switch]")) return;
  root.dataset.theme = current() === "dark" ? "light" : "dark";
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${root.dataset.theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  label();
  document.dispatchEvent(new CustomEvent("platekeeper:theme"));
});
system.addEventListener("change", label);
label();
