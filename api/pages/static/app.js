// What scripts add to pages that work without them: menus close, and the keyboard keeps its place when a list is swapped.

const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// htmx gives the focus back to an element of the same id. At the end of a list that is a disabled button: then the
// list itself takes it, so that the next Tab goes on from there.
document.addEventListener("htmx:afterSettle", (event) => {
  const active = document.activeElement;
  if (active && active !== document.body && !active.disabled) return;
  event.detail.elt.focus({ preventScroll: true });
});
