// Text pasted from an office program keeps its headings, lists and tables: the HTML of the clipboard goes into a
// hidden field, the field itself shows the words. Without this module the words alone are taken.

const MAX_HTML = 6 * 1024 * 1024;
const field = document.querySelector("[data-word-paste]");
const html = document.querySelector("[data-word-html]");
const status = document.querySelector("[data-word-status]");
const clear = document.querySelector("[data-word-clear]");

function hold(words) {
  field.readOnly = Boolean(html.value);
  clear.hidden = !html.value;
  status.textContent = words;
}

field.addEventListener("paste", (event) => {
  const rich = event.clipboardData?.getData("text/html") ?? "";
  if (html.value) {
    event.preventDefault();
    return;
  }
  if (!rich.trim()) return;
  if (rich.length > MAX_HTML) {
    status.textContent =
      "Der Text ist mit seinen Bildern zu groß, um ihn mit Formatierung einzufügen. Speichern Sie ihn als .docx und laden Sie die Datei hoch.";
    return;
  }
  event.preventDefault();
  html.value = rich;
  field.value = event.clipboardData.getData("text/plain");
  hold("Der Text ist mit Überschriften, Listen und Tabellen eingefügt. Ändern können Sie ihn im Entwurf.");
});

clear.addEventListener("click", () => {
  html.value = "";
  field.value = "";
  hold("Der eingefügte Text ist entfernt.");
  field.focus();
});

if (html.value) hold("Der eingefügte Text ist noch da, mit seiner Formatierung.");
