// Rows of tables to fill in: one more on demand, and rows copied from a spreadsheet fall into place when pasted.

const typed = (row) => [...row.querySelectorAll("input:not([type=hidden], [type=checkbox])")];

const addRow = (table) => {
  const body = table.tBodies[0];
  const place = body.rows.length;
  if (place >= Number(table.dataset.most)) return null;
  const row = body.rows[place - 1].cloneNode(true);
  for (const field of row.querySelectorAll("input, select")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
    if (field.type === "checkbox") {
      field.checked = false;
      field.value = place;
    } else {
      field.value = "";
    }
    if (field.id) field.id = `${field.name}-${place}`;
    const label = field.getAttribute("aria-label");
    if (label) field.setAttribute("aria-label", label.replace(/\d+(?!.*\d)/, place + 1));
  }
  for (const told of row.querySelectorAll(".error")) told.remove();
  body.append(row);
  return row;
};

// Only what looks like a table is taken over: several lines, or two cells.
document.addEventListener("paste", (event) => {
  const start = event.target.closest("table[data-most] tr");
  const text = event.clipboardData.getData("text/plain").replace(/\r?\n$/, "");
  if (!start || !/[\t\n]/.test(text)) return;
  event.preventDefault();
  const table = start.closest("table");
  const column = typed(start).indexOf(event.target);
  let place = start.sectionRowIndex;
  let last = event.target;
  for (const line of text.split(/\r?\n/)) {
    const row = table.tBodies[0].rows[place] ?? addRow(table);
    if (!row) break;
    const fields = typed(row).slice(column);
    for (const [index, cell] of line.split("\t").entries()) {
      if (!fields[index]) break;
      fields[index].value = cell.trim();
      last = fields[index];
    }
    place += 1;
  }
  last.focus();
});

for (const more of document.querySelectorAll("[data-adds]")) {
  more.hidden = false;
  more.addEventListener("click", () => {
    const row = addRow(document.getElementById(more.dataset.adds));
    if (row) typed(row)[0].focus();
  });
}
