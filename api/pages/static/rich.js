// Rich text without a mark-up language: a box that can be written in takes the place of each text field of that kind.
// What it holds is cleaned by the server when it is saved; without scripts the field itself takes plain text.

const ACTS = { bold: ["B", "bold"], italic: ["I", "italic"], insertUnorderedList: ["•", "list"] };

for (const field of document.querySelectorAll("textarea.rich")) {
  const box = document.createElement("div");
  box.className = "written wide";
  box.contentEditable = "true";
  box.setAttribute("role", "textbox");
  box.setAttribute("aria-multiline", "true");
  const label = document.querySelector(`label[for="${field.id}"]`);
  label.id ||= `${field.id}-label`;
  box.setAttribute("aria-labelledby", label.id);
  if (field.value.trimStart().startsWith("<")) box.innerHTML = clean(field.value);
  else box.innerText = field.value;

  const bar = document.createElement("div");
  bar.className = "row";
  for (const [act, [sign, word]] of Object.entries(ACTS)) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn low icon";
    button.textContent = sign;
    button.setAttribute("aria-label", field.form.dataset[word]);
    button.addEventListener("click", () => {
      box.focus();
      document.execCommand(act);
    });
    bar.append(button);
  }
  label.addEventListener("click", () => box.focus());
  box.addEventListener("paste", (event) => {
    event.preventDefault();
    document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
  });
  field.form.addEventListener("submit", () => {
    field.value = box.innerText.trim() ? box.innerHTML : "";
  });
  field.hidden = true;
  field.before(bar, box);
}

// A field of a refused form holds what was typed, which the server has not cleaned: nothing of it may run here.
function clean(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const element of parsed.body.querySelectorAll("script, style, iframe, object, embed, form, img, svg")) element.remove();
  for (const element of parsed.body.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      if (name !== "href" || !/^(https?|mailto|tel):/i.test(value)) element.removeAttribute(name);
    }
  }
  return parsed.body.innerHTML;
}
