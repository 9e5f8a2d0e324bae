// Sends a file with a bar that says how far it is: form[data-upload]. Without scripts the form is sent as any other.
const form = document.querySelector("form[data-upload]");

function size(bytes) {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} KB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

if (form) {
  const file = form.querySelector("[data-upload-file]");
  const box = form.querySelector("[data-upload-sending]");
  const bar = box.querySelector("progress");
  const words = box.querySelector("[data-upload-words]");
  const wrong = form.querySelector("[data-upload-wrong]");
  const button = form.querySelector("button[type=submit]");
  const stop = box.querySelector("[data-upload-stop]");
  const most = Number(form.dataset.upload);

  function fail(text) {
    box.hidden = true;
    button.disabled = false;
    wrong.hidden = false;
    wrong.textContent = text;
    wrong.focus();
  }

  form.addEventListener("submit", (event) => {
    const chosen = file.files[0];
    if (!chosen) return;
    event.preventDefault();
    wrong.hidden = true;
    if (chosen.size > most) {
      fail(`The file is ${size(chosen.size)}; at most ${size(most)} are taken. Hand it in in parts.`);
      return;
    }
    const sending = new XMLHttpRequest();
    sending.open("POST", form.action);
    sending.setRequestHeader("Accept", "application/json");
    sending.upload.addEventListener("progress", (moment) => {
      if (!moment.lengthComputable) return;
      bar.max = moment.total;
      bar.value = moment.loaded;
      const all = moment.loaded === moment.total;
      words.textContent = all ? "Sent. Being looked at …" : `${size(moment.loaded)} of ${size(moment.total)} sent`;
    });
    sending.addEventListener("load", () => {
      let answer = {};
      try {
        answer = JSON.parse(sending.responseText);
      } catch {
        // An error page of the server or the proxy: the words below say enough.
      }
      if (sending.status === 201 && answer.url) window.location.assign(answer.url);
      else fail(answer.reason || `The file was not taken (${sending.status}). Nothing was kept.`);
    });
    sending.addEventListener("error", () => fail("The line broke before all was sent. Nothing was kept: send it again."));
    sending.addEventListener("abort", () => fail("Not sent. Nothing was kept."));
    stop.onclick = () => sending.abort();
    box.hidden = false;
    button.disabled = true;
    bar.removeAttribute("value");
    words.textContent = "Sending …";
    sending.send(new FormData(form));
  });
}
