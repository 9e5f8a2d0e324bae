// Pictures of a result: a place that becomes the small picture once somebody asks for it, since each look is recorded.
for (const slot of document.querySelectorAll("[data-picture]")) {
  slot.addEventListener("click", (event) => {
    if (slot.querySelector("img") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const words = slot.querySelector("[data-picture-words]");
    const picture = Object.assign(document.createElement("img"), {
      src: slot.dataset.picture, alt: words.textContent.replace("Open picture", "Picture of read"),
    });
    picture.addEventListener("error", () => {
      picture.remove();
      words.hidden = false;
      words.textContent = "Not there any more, or the link is old";
    });
    words.hidden = true;
    slot.prepend(picture);
  });
}
