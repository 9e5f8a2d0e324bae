// The admin's choosers put a name on bare spans, which screen readers skip: give those a role.
window.addEventListener("load", () => {
  for (const element of document.querySelectorAll("span[aria-label]:not([role])")) element.setAttribute("role", "img");
});
