// What pages can do more with JavaScript. Every part works without it.
import { copyLinks } from "./copy-links.js";
import { openByFragment } from "./fragment.js";
import { glossarySwitch } from "./glossary.js";
import { resultClicks } from "./result-clicks.js";
import { searchSuggest } from "./search-suggest.js";
import { themeSwitch } from "./theme-switch.js";
import { tableOfContents } from "./toc.js";
import { menu, errorSummary, printButtons } from "./page.js";

themeSwitch();
glossarySwitch();
menu();
errorSummary();
openByFragment();
copyLinks();
tableOfContents();
printButtons();
searchSuggest();
resultClicks();
