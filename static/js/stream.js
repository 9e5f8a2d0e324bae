// Live parts of a page. On the element:
//   data-stream-url      server-sent events; each `event: refresh` (or `hit`) asks for the part again
//   data-stream-target   selector of the part (with hx-get and hx-trigger="refresh"); default: the element itself
//   data-stream-state    selector of the element that says in words how the line is
//   data-stream-sound    selector of the button that turns the sound on; `hit` events beep when it is on
// Without a working line the part is asked for every 15 seconds.
const POLL = 15000;
const SILENCE = 45000;
const STORE = "platekeeper.sound";
let audio;

function beep() {
  audio ??= new AudioContext();
  const start = audio.currentTime;
  for (const [when, pitch] of [[0, 880], [0.18, 1175]]) {
    const tone = audio.createOscillator();
    const gain = audio.createGain();
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0.15, start + when);
    gain.gain.exponentialRampToValueAtTime(0.001, start + when + 0.16);
    tone.connect(gain).connect(audio.destination);
    tone.start(start + when);
    tone.stop(start + when + 0.17);
  }
}

function soundSwitch(button) {
  if (!button) return () => false;
  const on = () => localStorage.getItem(STORE) === "on";
  const draw = () => {
    button.setAttribute("aria-pressed", String(on()));
    button.textContent = on() ? "Sound is on" : "Sound is off";
  };
  button.addEventListener("click", () => {
    localStorage.setItem(STORE, on() ? "off" : "on");
    draw();
    if (on()) beep();
  });
  draw();
  return on;
}

function follow(element) {
  const find = (selector) => (selector ? document.querySelector(selector) : null);
  const target = find(element.dataset.streamTarget) || element;
  const state = find(element.dataset.streamState);
  const soundOn = soundSwitch(find(element.dataset.streamSound));
  let polling = null;
  let heard = Date.now();
  let source;

  const say = (name, words) => {
    if (!state || state.dataset.state === name) return;
    state.dataset.state = name;
    state.textContent = words;
  };
  const refresh = () => window.htmx?.trigger(target, "refresh");
  const live = () => {
    heard = Date.now();
    clearInterval(polling);
    polling = null;
    say("live", "Live: new hits appear by themselves");
  };
  const poll = () => {
    if (polling) return;
    say("polling", "No live line: looking again every 15 seconds");
    polling = setInterval(refresh, POLL);
  };
  const open = () => {
    source = new EventSource(element.dataset.streamUrl);
    source.addEventListener("open", live);
    source.addEventListener("ping", live);
    source.addEventListener("refresh", () => { live(); refresh(); });
    source.addEventListener("hit", () => { live(); refresh(); if (soundOn()) beep(); });
    source.addEventListener("error", poll);
  };
  // EventSource gives up for good on an answer that is not a stream (a sign-in page, 503), and a dead proxy says
  // nothing at all: both are noticed here.
  setInterval(() => {
    if (source.readyState === EventSource.CLOSED) open();
    else if (Date.now() - heard > SILENCE) { poll(); source.close(); open(); heard = Date.now(); }
  }, POLL);
  window.addEventListener("offline", () => say("lost", "This computer is offline"));
  window.addEventListener("online", refresh);
  document.addEventListener("htmx:responseError", () => say("lost", "The server does not answer: what you see may be old"));
  open();
}

document.querySelectorAll("[data-stream-url]").forEach(follow);
