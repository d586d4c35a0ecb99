// A button beside every heading of a text (and every question of an accordion) that copies its address.
import { say } from "./status.js";

const ICON =
  '<svg viewBox="0 -960 960 960" aria-hidden="true" focusable="false"><path d="M440-280H280q-83 0-141.5-58.5T80-480q0-83 58.5-141.5T280-680h160v80H280q-50 0-85 35t-35 85q0 50 35 85t85 35h160v80ZM320-440v-80h320v80H320Zm200 160v-80h160q50 0 85-35t35-85q0-50-35-85t-85-35H520v-80h160q83 0 141.5 58.5T880-480q0 83-58.5 141.5T680-280H520Z"/></svg>';

async function copy(address) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(address);
    return;
  }
  const field = document.createElement("textarea");
  field.value = address;
  field.className = "kern-sr-only";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("copy refused");
}

function button(id, label) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "kp-copy";
  element.title = "Link kopieren";
  element.setAttribute("aria-label", `Link zu „${label}“ kopieren`);
  element.innerHTML = ICON;
  element.addEventListener("click", async () => {
    const address = new URL(`#${id}`, location.href).href;
    try {
      await copy(address);
      say("Link kopiert");
    } catch {
      location.hash = id;
      say("Kopieren nicht möglich. Der Link steht in der Adresszeile.");
    }
    element.dataset.done = "";
    setTimeout(() => delete element.dataset.done, 2000);
  });
  return element;
}

export function copyLinks() {
  for (const heading of document.querySelectorAll(".kp-prose :is(h2, h3, h4)[id]")) {
    if (heading.closest("summary, .callout, details")) continue;
    const frame = document.createElement("div");
    frame.className = `kp-heading kp-heading--${heading.localName}`;
    heading.replaceWith(frame);
    frame.append(heading, button(heading.id, heading.textContent.trim()));
  }
  for (const place of document.querySelectorAll("[data-copy-link]")) {
    place.append(button(place.dataset.copyLink, place.dataset.copyLabel));
  }
}
