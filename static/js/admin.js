/* Names for controls that Wagtail draws without one. The admin works without this file. */

const FILES = "#fileupload:not([aria-label])";
const TAGS = ".tagit-new > input:not([aria-label])";

/** The text of the label of the field that the list of tags stands for. */
function nameOfTags(input) {
  const field = input.closest("ul")?.previousElementSibling;
  const label = field?.labels?.[0]?.textContent.replace("*", "").trim();
  return label || "Schlagwörter";
}

function nameControls() {
  for (const input of document.querySelectorAll(FILES)) {
    input.setAttribute("aria-label", "Dateien auswählen");
  }
  for (const input of document.querySelectorAll(TAGS)) {
    input.setAttribute("aria-label", nameOfTags(input));
  }
}

nameControls();
// Forms come later too: after an upload, in dialogs, with a new block.
new MutationObserver(nameControls).observe(document.body, { childList: true, subtree: true });
