// A question before an act: data-confirm="What will happen?" on a form or a submit button.
// data-confirm-title and data-confirm-yes are optional. Without scripts the form is simply sent.
// Also takes the reader to the summary of a form that came back with errors.
const settled = new WeakSet();

function ask(form, submitter, source) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("aria-labelledby", "confirm-title");
  const title = Object.assign(document.createElement("h2"), { id: "confirm-title" });
  title.textContent = source.dataset.confirmTitle || "Please confirm";
  const question = document.createElement("p");
  question.textContent = source.dataset.confirm;
  const buttons = Object.assign(document.createElement("div"), { className: "buttons" });
  const yes = Object.assign(document.createElement("button"), { type: "button", className: "usa-button" });
  yes.textContent = source.dataset.confirmYes || submitter?.textContent?.trim() || "Go on";
  const no = Object.assign(document.createElement("button"), { type: "button", className: "usa-button usa-button--outline" });
  no.textContent = "Go back";
  buttons.append(yes, no);
  dialog.append(title, question, buttons);
  document.body.append(dialog);
  yes.addEventListener("click", () => {
    dialog.close();
    settled.add(form);
    form.requestSubmit(submitter ?? undefined);
  });
  no.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  no.focus();
}

// On the capture phase, before htmx and the browser act on the form.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const source = event.submitter?.dataset.confirm ? event.submitter : form;
  if (!source.dataset.confirm || settled.delete(form)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(form, event.submitter, source);
}, true);

document.querySelector("[data-error-summary]")?.focus();
