/* Names for controls that Wagtail draws without one. The admin works without this file. */

const FILES = "#fileupload:not([aria-label])";
const PEOPLE = ".w-editing-sessions__session:not([aria-label])";
const TAGS = ".tagit-new > input:not([aria-label])";

/** The text of the label of the field that the list of tags stands for. */
function nameOfTags(input) {
  const field = input.closest("ul")?.previousElementSibling;
  const label = field?.labels?.[0]?.textContent.replace("*", "").trim();
  return label || "Schlagwörter";
}

/** Who else has opened what one edits: Wagtail says it in a bubble only, which it takes out of the button. */
function nameOfPerson(button) {
  const bubble = button.querySelector(".w-editing-sessions__popup") ?? button._tippy?.props.content;
  return bubble?.textContent?.replace(/\s+/g, " ").trim() || "Eine weitere Person ist hier";
}

function nameControls() {
  for (const input of document.querySelectorAll(FILES)) {
    input.setAttribute("aria-label", "Dateien auswählen");
  }
  for (const button of document.querySelectorAll(PEOPLE)) {
    button.setAttribute("aria-label", nameOfPerson(button));
  }
  for (const input of document.querySelectorAll(TAGS)) {
    input.setAttribute("aria-label", nameOfTags(input));
  }
}

nameControls();
// Forms come later too: after an upload, in dialogs, with a new block.
new MutationObserver(nameControls).observe(document.body, { childList: true, subtree: true });
