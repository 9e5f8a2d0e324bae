// The sound of the hit desk: a rising pair of tones for a new hit, three falling ones for a hit that was escalated.
// `desk:sound` events on the document (detail "hit" or "escalation") ask for it; the switch is remembered in this
// browser. A browser may keep a page silent until someone has touched it: then the switch says so.
const STORE = "platekeeper.sound";
const TONES = {
  hit: [[0, 880], [0.18, 1175]],
  escalation: [[0, 1047], [0.22, 784], [0.44, 523], [0.8, 1047], [1.02, 784], [1.24, 523]],
};
const button = document.querySelector("[data-sound]");
const on = () => localStorage.getItem(STORE) === "on";
let audio = null;

function draw() {
  if (!button) return;
  const blocked = on() && audio?.state === "suspended";
  button.setAttribute("aria-pressed", String(on()));
  button.textContent = blocked ? "Sound is on, but this browser keeps it silent: click here" : on() ? "Sound is on" : "Sound is off";
  button.classList.toggle("is-blocked", blocked);
}

function wake() {
  if (!on()) return;
  if (!audio) {
    audio = new AudioContext();
    audio.addEventListener("statechange", draw);
  }
  if (audio.state === "suspended") audio.resume().then(draw, draw);
  draw();
}

function play(name) {
  if (!on()) return;
  wake();
  if (audio.state !== "running") return;
  const start = audio.currentTime;
  for (const [when, pitch] of TONES[name] ?? TONES.hit) {
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0.15, start + when);
    gain.gain.exponentialRampToValueAtTime(0.001, start + when + 0.2);
    tone.connect(gain).connect(audio.destination);
    tone.start(start + when);
    tone.stop(start + when + 0.21);
  }
}

button?.addEventListener("click", () => {
  const blocked = on() && audio?.state !== "running";
  if (!blocked) localStorage.setItem(STORE, on() ? "off" : "on");
  wake();
  draw();
  if (on()) audio.resume().then(() => play("hit"), draw);
});
document.addEventListener("desk:sound", (event) => play(event.detail));
for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, wake, { passive: true });
wake();
draw();
