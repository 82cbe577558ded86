// Sorts and filters the boards, and keeps what was chosen in the address. Pages are whole without it.
"use strict";
(() => {
  const tables = [...document.querySelectorAll("table.board")];
  if (!tables.length) return;
  const form = document.querySelector("form.filters");
  const filters = ["track", "pair", "observation", "status"];
  const orders = ["none", "descending", "ascending"];
  const state = new URLSearchParams(location.search);
  const bodies = tables.flatMap((table) => [...table.tBodies]);
  for (const body of bodies) {
    body.lines = [...body.rows].filter((row) => !row.classList.contains("group"));
  }

  const keep = () => {
    const query = state.toString();
    try {
      history.replaceState(null, "", location.pathname + (query ? "?" + query : "") + location.hash);
    } catch {
      // Some browsers let no page opened as a file change its address; all else works.
    }
  };

  const filter = () => {
    const chosen = filters.filter((key) => state.get(key));
    const narrow = chosen.some((key) => key !== "pair");
    let seen = 0, all = 0;
    for (const body of bodies) {
      const here = !state.get("pair") || !form.elements.pair || body.dataset.pair === state.get("pair");
      let left = 0;
      for (const row of body.lines) {
        if (row.classList.contains("frame")) continue;
        row.hidden = !chosen.every((key) => key === "pair" || row.dataset[key] === state.get(key));
        all += 1;
        left += here && !row.hidden;
      }
      body.hidden = !here || (narrow && !left);
      seen += left;
    }
    if (form) form.querySelector("output").textContent = `${seen} of ${all} standings`;
  };

  const value = (row, at) => row.cells[at].dataset.v;
  const compare = (a, b) => {
    const [x, y] = [Number(a), Number(b)];
    return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b, "en") : x - y;
  };

  const sort = () => {
    const at = state.get("sort"), order = state.get("order");
    const sign = order === "ascending" ? 1 : -1;
    for (const button of document.querySelectorAll("th button[data-sort]")) {
      const now = button.dataset.sort === at && orders.includes(order) ? order : "none";
      button.closest("th").setAttribute("aria-sort", now);
    }
    for (const body of bodies) {
      const lines = [...body.lines];
      if (at !== null && order) {
        lines.sort((a, b) => {
          const [x, y] = [value(a, at), value(b, at)];
          if (x === "" || y === "") return (x === "") - (y === "");
          return sign * compare(x, y);
        });
      }
      body.append(...lines);
    }
  };

  const set = (key, to) => (to ? state.set(key, to) : state.delete(key));

  if (form) {
    form.hidden = false;
    for (const key of filters) {
      const select = form.elements[key];
      if (!select) continue;
      select.value = state.get(key) ?? "";
      if (select.selectedIndex < 0) {
        select.value = "";
        state.delete(key);
      }
    }
    form.addEventListener("change", (event) => {
      set(event.target.name, event.target.value);
      filter();
      keep();
    });
    form.addEventListener("reset", () => {
      filters.forEach((key) => state.delete(key));
      filter();
      keep();
    });
    form.addEventListener("submit", (event) => event.preventDefault());
  }
  for (const button of document.querySelectorAll("th button[data-sort]")) {
    button.addEventListener("click", () => {
      const now = state.get("sort") === button.dataset.sort ? state.get("order") : "none";
      const first = ["0", "1", "6", "7"].includes(button.dataset.sort) ? ["none", "ascending", "descending"] : orders;
      const next = first[(first.indexOf(now) + 1) % 3];
      set("sort", next === "none" ? "" : button.dataset.sort);
      set("order", next === "none" ? "" : next);
      sort();
      keep();
    });
  }
  const at = Number(state.get("sort"));
  if (state.get("sort") !== null && !(Number.isInteger(at) && at >= 0 && at <= 8 && orders.indexOf(state.get("order")) > 0)) {
    state.delete("sort");
    state.delete("order");
  }
  filter();
  sort();
})();
