// Periodic task form of the admin: says the chosen crontab in words under its field.
document.addEventListener("DOMContentLoaded", () => {
  const names = document.getElementById("readable-crontabs");
  const choice = document.getElementById("id_crontab");
  document.querySelector(".field-crontab_translation")?.classList.add("is-hidden");
  if (!names || !choice) return;
  const readable = JSON.parse(names.textContent);
  const place = document.createElement("div");
  place.className = "help";
  choice.closest(".field-crontab")?.append(place);
  const say = () => { place.textContent = readable[choice.value] ? `In words: ${readable[choice.value]}` : ""; };
  choice.addEventListener("change", say);
  say();
});
