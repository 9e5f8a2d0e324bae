// Live parts of a page. On the element:
//   data-stream-url      server-sent events; `hit`, `change` and `counts` carry JSON and become a `stream:told` event on
//                        the target; `refresh` says that there is something to see: the part is asked for again
//   data-stream-target   selector of the part (with hx-get and hx-trigger="refresh"); default: the element itself
//   data-stream-state    selector of the element that says in words how the line is
// Without a working line, or while the last look failed, the part is asked for every 15 seconds.
// A `stream:behind` event on the target asks for a look some seconds later.
const POLL = 15000;
const SILENCE = 45000;
const WORDS = {
  live: "Live: new hits appear by themselves",
  polling: "No live line: looking again every 15 seconds",
  lost: "The server does not answer: what you see may be old",
  offline: "This computer is offline",
};

function follow(element) {
  const find = (selector) => (selector ? document.querySelector(selector) : null);
  const target = find(element.dataset.streamTarget) || element;
  const state = find(element.dataset.streamState);
  let lineLives = false;
  let lookFailed = false;
  let later = null;
  let heard = Date.now();
  let last = "";
  let source;

  const draw = () => {
    const name = navigator.onLine === false ? "offline" : lookFailed ? "lost" : lineLives ? "live" : "polling";
    if (!state || state.dataset.state === name) return;
    state.dataset.state = name;
    state.textContent = WORDS[name];
  };
  const refresh = () => {
    clearTimeout(later);
    later = null;
    window.htmx?.trigger(target, "refresh");
  };
  // Desks that were told the same do not all ask in the same moment.
  const refreshWithin = (seconds) => { later ??= setTimeout(refresh, Math.random() * seconds * 1000); };
  const live = () => {
    heard = Date.now();
    lineLives = true;
    draw();
  };
  const broken = () => {
    lineLives = false;
    draw();
  };
  const told = (event) => {
    live();
    last = event.lastEventId || last;
    target.dispatchEvent(new CustomEvent("stream:told", { detail: JSON.parse(event.data) }));
  };
  const open = () => {
    const address = new URL(element.dataset.streamUrl, location.href);
    if (last) address.searchParams.set("after", last);
    source = new EventSource(address);
    for (const name of ["open", "ping"]) source.addEventListener(name, live);
    for (const name of ["hit", "change", "counts"]) source.addEventListener(name, told);
    source.addEventListener("refresh", (event) => {
      live();
      last = event.lastEventId || last;
      refreshWithin(2);
    });
    source.addEventListener("error", broken);
  };
  // EventSource gives up for good on an answer that is not a stream (a sign-in page, 503), and a dead proxy says
  // nothing at all: both are noticed here.
  setInterval(() => {
    if (source.readyState === EventSource.CLOSED) { broken(); open(); }
    else if (Date.now() - heard > SILENCE) { broken(); source.close(); open(); heard = Date.now(); }
    if (!lineLives || lookFailed) refresh();
  }, POLL);
  target.addEventListener("stream:behind", () => refreshWithin(20));
  target.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt !== target) return;
    lookFailed = !event.detail.successful;
    draw();
  });
  window.addEventListener("offline", draw);
  window.addEventListener("online", refresh);
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) { open(); refresh(); } });
  open();
}

document.querySelectorAll("[data-stream-url]").forEach(follow);
