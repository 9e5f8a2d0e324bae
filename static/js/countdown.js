// Time left on [data-countdown="ISO instant"]: fills its [data-countdown-left], marks .is-soon and .is-over.
// Counts by the server's clock (data-now on <html>), since a desk's own clock may be wrong.
const root = document.documentElement;
const offset = root.dataset.now ? Date.parse(root.dataset.now) - Date.now() : 0;
const SOON = 3600;

function words(seconds) {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor((seconds % 86400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days) return `${days} d ${hours} h left`;
  if (hours) return `${hours} h ${minutes} min left`;
  if (minutes >= 5) return `${minutes} min left`;
  return `${minutes}:${String(seconds % 60).padStart(2, "0")} left`;
}

function draw(element) {
  const left = Math.floor((Date.parse(element.dataset.countdown) - Date.now() - offset) / 1000);
  if (Number.isNaN(left)) return;
  const over = left <= 0;
  const target = element.querySelector("[data-countdown-left]");
  element.classList.toggle("is-over", over);
  element.classList.toggle("is-soon", !over && left <= Number(element.dataset.countdownSoon || SOON));
  if (target) target.textContent = over ? element.dataset.countdownOver || "expired" : words(left);
}

const tick = () => document.querySelectorAll("[data-countdown]").forEach(draw);
tick();
setInterval(tick, 1000);
document.addEventListener("htmx:load", tick);
