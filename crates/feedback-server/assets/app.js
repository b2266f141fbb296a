// Adds what plain forms and links cannot do: times in the reader's time zone, keyboard shortcuts and live updates.
"use strict";
document.documentElement.classList.add("has-script");

const times = (root) => {
  for (const time of root.querySelectorAll("time[datetime]:not([data-local])")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    time.dataset.local = "";
    time.title = time.dateTime;
    const styles = { time: { timeStyle: "medium" }, date: { dateStyle: "medium", timeZone: "UTC" } };
    const style = styles[time.dataset.style] ?? { dateStyle: "medium", timeStyle: "short" };
    time.textContent = new Intl.DateTimeFormat(undefined, style).format(moment);
  }
};

// Ctrl+Enter submits the form of the focused field; a button with `data-clear` empties the field with that id.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
    event.preventDefault();
    event.target.form.requestSubmit();
  }
});
document.addEventListener("click", (event) => {
  const clear = event.target.closest("[data-clear]");
  if (clear) {
    const field = document.getElementById(clear.dataset.clear);
    field.value = "";
    field.focus();
    const result = document.getElementById("result");
    if (result) result.replaceChildren();
  }
});

// Dispatches server-sent events on the body of the page, where htmx uses them as triggers, such as
// `hx-trigger="batch-3 from:body, stream from:body"`. Events with the same name are dispatched at most twice a second. The last
// event is never dropped, since it may report the end of the batch or training. `stream` is dispatched whenever the connection
// opens, because events may have been missed since the page was rendered or the connection was lost.
const listen = () => {
  if (!document.querySelector("[data-events]")) return;
  const source = new EventSource("/events");
  const held = new Map();
  const tell = (name, detail) => {
    if (held.has(name)) {
      held.set(name, detail);
      return;
    }
    document.body.dispatchEvent(new CustomEvent(name, { detail }));
    held.set(name, null);
    setTimeout(() => {
      const last = held.get(name);
      held.delete(name);
      if (last) tell(name, last);
    }, 500);
  };
  const pass = (event) => {
    const data = JSON.parse(event.data);
    const names = "id" in data ? [event.type, `${event.type}-${data.id}`] : [event.type];
    for (const name of names) tell(name, data);
  };
  for (const name of ["classified", "batch", "corrected", "model", "training"]) source.addEventListener(name, pass);
  source.addEventListener("open", () => tell("stream", {}));
  window.addEventListener("pagehide", () => source.close());
};

// The log page: adds new lines as they arrive.
const logs = () => {
  const list = document.querySelector("[data-log]");
  if (!list) return;
  let source = null;
  const follow = () => {
    source = new EventSource(list.dataset.log);
    source.addEventListener("line", (event) => {
      const { at, level, target, message } = JSON.parse(event.data);
      const line = document.createElement("li");
      const time = document.createElement("time");
      time.dateTime = at;
      time.dataset.style = "time";
      const grave = document.createElement("span");
      grave.className = level;
      grave.textContent = level;
      line.append(time, " ", grave, ` ${target} ${message}`);
      list.prepend(line);
      times(line);
      while (list.children.length > 500) list.lastChild.remove();
    });
  };
  const pause = document.getElementById("pause");
  pause.addEventListener("click", () => {
    if (source) source.close();
    source = source ? null : (follow(), source);
    pause.setAttribute("aria-pressed", String(source === null));
    pause.textContent = source ? "Pause" : "Resume";
  });
  document.getElementById("clear-view").addEventListener("click", () => list.replaceChildren());
  window.addEventListener("pagehide", () => source && source.close());
  follow();
};

// Keyboard shortcuts of the review and history pages: j and k move, 1 to 9 choose a label, a accepts the current label or saves the chosen ones, u undoes.
const review = () => {
  const queue = document.querySelector("[data-review]");
  if (!queue) return;
  const items = () => [...queue.children];
  const current = () => items().findIndex((item) => item.hasAttribute("aria-current"));
  const go = (index) => {
    const all = items();
    if (all.length === 0) return;
    const at = Math.max(0, Math.min(all.length - 1, index));
    for (const item of all) item.removeAttribute("aria-current");
    all[at].setAttribute("aria-current", "true");
    all[at].focus({ preventScroll: true });
    all[at].scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    if (!/^[jkau1-9]$/.test(event.key)) return;
    event.preventDefault();
    keys.push(event.key);
    next();
  });
  // What was typed while an answer is awaited is done after it: the answer moves to the next text.
  const keys = [];
  let awaited = 0;
  const next = () => {
    while (awaited === 0 && keys.length > 0) act(keys.shift());
  };
  const act = (key) => {
    const item = items()[Math.max(0, current())];
    const press = (selector) => item && item.querySelector(selector)?.click();
    if (key === "j") go(current() + 1);
    else if (key === "k") go(current() - 1);
    else if (key === "a") press('[aria-pressed="true"], [data-save]');
    else if (key === "u") undos.at(-1)?.click();
    else press(`[data-label="${key}"]`);
  };
  const answered = () => {
    awaited = Math.max(0, awaited - 1);
    next();
  };
  queue.addEventListener("htmx:beforeRequest", () => (awaited += 1));
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) document.addEventListener(name, answered);
  // The buttons that undo a label, the newest last.
  let undos = [];
  document.addEventListener("htmx:afterSettle", () => {
    undos = undos.filter((undo) => undo.isConnected);
    const answers = [...queue.querySelectorAll("[data-undo], [data-undone]")];
    const fresh = answers.find((answer) => !answer.dataset.seen);
    if (!fresh) return;
    fresh.dataset.seen = "1";
    fresh.closest("details")?.setAttribute("open", "");
    const at = items().indexOf(fresh.closest("[data-review] > *"));
    if (fresh.matches("[data-undo]")) undos.push(fresh);
    go(fresh.matches("[data-undone]") ? at : at + 1);
    answered();
  });
  if (location.hash === "" && items().length > 0) items()[0].setAttribute("aria-current", "true");
};

// A click on a column header sorts the table by that column.
const sortable = () => {
  for (const table of document.querySelectorAll("table[data-sortable]")) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) => row.cells[column].textContent.trim();
        const order = new Intl.Collator(undefined, { numeric: true });
        const rows = [...table.tBodies[0].rows].sort((a, b) => order.compare(key(a), key(b)));
        table.tBodies[0].append(...(down ? rows.reverse() : rows));
      });
    });
  }
};

document.addEventListener("DOMContentLoaded", () => {
  sortable();
  times(document);
  listen();
  logs();
  review();
});
document.addEventListener("htmx:afterSwap", (event) => times(event.target));
