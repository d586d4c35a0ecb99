// Tells that a result was opened, for browsers that do not name the page of results they come from: the query of this
// page and the path of the result, nothing of the person (docs/search-steering.md). The link itself stays as it is.

export function resultClicks() {
  const list = document.querySelector("[data-opened]");
  if (!list || !navigator.sendBeacon) return;
  const tell = (event) => {
    const link = event.target.closest(".kp-list__title a");
    if (!link || (event.type === "auxclick" && event.button !== 1)) return;
    navigator.sendBeacon(list.dataset.opened, new URLSearchParams({ von: location.search, zu: link.pathname }));
  };
  list.addEventListener("click", tell);
  list.addEventListener("auxclick", tell);
}
