// Marks in the table of contents which part of the text is being read.
export function tableOfContents() {
  const links = new Map();
  for (const link of document.querySelectorAll(".kp-toc--wide a[href^='#']")) {
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (target) links.set(target, link);
  }
  if (!links.size) return;
  const mark = () => {
    const line = innerHeight * 0.3;
    let current = null;
    for (const target of links.keys()) {
      if (target.getBoundingClientRect().top <= line) current = target;
    }
    for (const [target, link] of links) {
      if (target === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  let waiting = false;
  const later = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      mark();
    });
  };
  addEventListener("scroll", later, { passive: true });
  addEventListener("resize", later, { passive: true });
  mark();
}
