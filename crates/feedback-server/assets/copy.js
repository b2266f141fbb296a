// Adds buttons that copy the charts of a card as one picture, and its table for a spreadsheet. The browser's clipboard takes pictures only
// on `localhost` and over HTTPS; elsewhere, the picture is downloaded.
"use strict";
const SCALE = 2; // pixels per unit of a drawing, so that pictures are sharp in slides
const GAP = 16;
const PROPERTIES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-weight", "text-anchor", "opacity"];

// Copies a drawing with the colours and sizes that the style sheets give it. The links of columns are left out.
const drawn = (svg) => {
  const copy = svg.cloneNode(true);
  const [from, to] = [svg, copy].map((root) => [root, ...root.querySelectorAll("*")]);
  from.forEach((element, place) => {
    const style = getComputedStyle(element);
    for (const name of PROPERTIES) to[place].setAttribute(name, style.getPropertyValue(name));
    to[place].removeAttribute("class");
  });
  for (const link of copy.querySelectorAll("a")) link.replaceWith(...link.childNodes);
  copy.setAttribute("font-family", getComputedStyle(document.body).fontFamily);
  return copy;
};

// Places all drawings of a card below its heading, as they are on the page.
const picture = (card) => {
  const box = card.getBoundingClientRect();
  const name = "http://www.w3.org/2000/svg";
  const all = document.createElementNS(name, "svg");
  const [ink, ground] = ["color", "background-color"].map((part) => getComputedStyle(card).getPropertyValue(part));
  const text = (content, x, y, size, weight) => {
    const element = document.createElementNS(name, "text");
    const set = { x, y, fill: ink, "font-size": size, "font-weight": weight, "font-family": getComputedStyle(document.body).fontFamily };
    for (const [key, value] of Object.entries(set)) element.setAttribute(key, value);
    element.textContent = content;
    return element;
  };
  const heading = card.querySelector("h2, h3")?.textContent ?? document.title;
  const backdrop = document.createElementNS(name, "rect");
  all.append(backdrop, text(heading, GAP, GAP + 14, 18, 600));
  const charts = [...card.querySelectorAll("svg.chart")];
  const places = charts.map((chart) => chart.getBoundingClientRect());
  const [left, top] = [Math.min(...places.map((place) => place.left)), Math.min(...places.map((place) => place.top))];
  const above = GAP + 44; // for the heading, and the name of each small chart
  let [width, height] = [box.width, 0];
  charts.forEach((chart, index) => {
    const [x, y] = [GAP + places[index].left - left, above + places[index].top - top];
    const caption = chart.closest("figure")?.querySelector("figcaption");
    if (caption) all.append(text(caption.textContent, x, y - 6, 13, 600));
    const copy = drawn(chart);
    for (const [key, value] of Object.entries({ x, y, width: places[index].width, height: places[index].height })) copy.setAttribute(key, value);
    all.append(copy);
    width = Math.max(width, x + places[index].width + GAP);
    height = Math.max(height, y + places[index].height + GAP);
  });
  for (const [key, value] of Object.entries({ width, height, fill: ground })) backdrop.setAttribute(key, value);
  for (const [key, value] of Object.entries({ width, height, viewBox: `0 0 ${width} ${height}` })) all.setAttribute(key, value);
  return { all, width, height, heading };
};

const png = ({ all, width, height }) =>
  new Promise((resolve, reject) => {
    const address = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(all)], { type: "image/svg+xml" }));
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [width * SCALE, height * SCALE];
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      URL.revokeObjectURL(address);
      canvas.toBlob(resolve, "image/png");
    };
    image.onerror = reject;
    image.src = address;
  });

const copyPicture = async (card) => {
  const found = picture(card);
  if (navigator.clipboard?.write && window.ClipboardItem) {
    await navigator.clipboard.write([new ClipboardItem({ "image/png": png(found) })]);
    return "Copied";
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await png(found));
  link.download = `${found.heading}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // some browsers read it only later
  return "Downloaded";
};

// Copying a selection keeps rows and columns apart in spreadsheets and documents, and also works without HTTPS.
const copyTable = (table) => {
  const folded = table.closest("details:not([open])");
  if (folded) folded.open = true;
  const selection = getSelection();
  selection.removeAllRanges();
  const range = document.createRange();
  range.selectNode(table);
  selection.addRange(range);
  const done = document.execCommand("copy");
  selection.removeAllRanges();
  if (folded) folded.open = false;
  if (!done) throw new Error("the browser does not copy");
  return "Copied";
};

// Says what a button did, for people who cannot see it change.
const spoken = document.createElement("div");
spoken.className = "unseen";
spoken.setAttribute("aria-live", "polite");

const button = (words, act) => {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = words;
  made.addEventListener("click", async () => {
    let said = "This browser cannot copy it";
    try {
      said = await act();
    } catch (error) {
      console.warn(error);
    }
    made.textContent = said;
    spoken.textContent = said;
    setTimeout(() => {
      made.textContent = words;
      spoken.textContent = "";
    }, 2000);
  });
  return made;
};

const row = (...buttons) => {
  const made = document.createElement("div");
  made.className = "row copy";
  made.append(...buttons);
  return made;
};

document.addEventListener("DOMContentLoaded", () => {
  document.body.append(spoken);
  for (const card of document.querySelectorAll("section.card")) {
    const hasCharts = card.querySelector("svg.chart") !== null;
    if (!hasCharts && !card.hasAttribute("data-copy")) continue;
    const buttons = hasCharts ? [button("Copy as picture", () => copyPicture(card))] : [];
    for (const table of card.querySelectorAll("table")) {
      const copy = button("Copy as table", () => copyTable(table));
      if (table.closest("details")) buttons.push(copy);
      else (table.closest(".scroll") ?? table).after(row(copy));
    }
    if (buttons.length > 0) card.append(row(...buttons));
  }
});
