// Panels of a profile are dragged to where they shall stand; what is dropped sends the same form as the buttons do.

let dragged = null;

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-panel]") ?? null;
  if (dragged) event.dataTransfer.effectAllowed = "move";
});

document.addEventListener("dragover", (event) => {
  if (dragged && event.target.closest("[data-column]")) event.preventDefault();
});

document.addEventListener("drop", (event) => {
  const column = event.target.closest("[data-column]");
  if (!dragged || !column) return;
  event.preventDefault();
  const under = event.target.closest("[data-panel]");
  if (under !== dragged) send(dragged.querySelector("form"), under, column.dataset.column);
  dragged = null;
});

function send(form, under, width) {
  add(form, "act", "put");
  if (under) add(form, "before", under.dataset.panel);
  add(form, "width", width);
  form.submit();
}

function add(form, name, value) {
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name, value });
  form.append(field);
}
