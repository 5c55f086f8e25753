// Cards of the board are dragged to where they may go; what is dropped sends the same form as its button does.

let dragged = null;

document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-task]") ?? null;
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  for (const column of document.querySelectorAll("[data-state]")) column.toggleAttribute("data-open", fits(column));
});

document.addEventListener("dragend", () => {
  dragged = null;
  for (const column of document.querySelectorAll("[data-open]")) column.removeAttribute("data-open");
});

document.addEventListener("dragover", (event) => {
  const column = event.target.closest("[data-state]");
  if (dragged && column && fits(column)) event.preventDefault();
});

document.addEventListener("drop", (event) => {
  const column = event.target.closest("[data-state]");
  if (!dragged || !column || !fits(column)) return;
  event.preventDefault();
  const form = dragged.querySelector("form");
  form.elements.to.value = column.dataset.state;
  form.requestSubmit();
});

function fits(column) {
  return dragged.dataset.to.split(" ").includes(column.dataset.state);
}
