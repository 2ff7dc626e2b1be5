"use strict";
/* The page of the local workspace. The server draws; this script sends acts to /drive/* and puts drawn pieces in place. */
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const me = document.body.dataset.person;
  const strings = JSON.parse(document.body.dataset.strings);
  const errors = JSON.parse(document.body.dataset.errors);
  const pickers = JSON.parse(document.body.dataset.pickers);
  const main = () => $("#main");
  const here = () => main().dataset.channel;
  const say = (key, fills = {}) => strings[key].replace(/\{(\w+)\}/g, (_, name) => fills[name] ?? "");
  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) if (value !== undefined) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };
  const fragment = (html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  };

  /* ---- talking to the server ---- */

  function toast(text, kind = "note") {
    const node = make("div", { class: `toast toast-${kind}` }, text);
    const holder = $("#toasts");
    holder.append(node);
    holder.hidePopover();
    holder.showPopover();
    setTimeout(() => node.remove(), kind === "error" ? 8000 : 4000);
  }

  async function answer(response) {
    const body = await response.json().catch(() => ({}));
    if (response.ok) return body;
    toast(errors[body.error] || body.detail || body.error || say("failed"), "error");
    return null;
  }

  async function drive(call, body) {
    try {
      const response = await fetch(`/drive/${call}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      return await answer(response);
    } catch {
      toast(say("offline"), "error");
      return null;
    }
  }

  async function ask(call, query) {
    return answer(await fetch(`/drive/${call}?${new URLSearchParams(query)}`));
  }

  /* ---- moving about ---- */

  const drafts = new Map();
  const whispers = new Map();
  const draftKey = (composer) => `${composer.dataset.channel}|${composer.dataset.thread}`;

  function address(href) {
    const url = new URL(href, location.href);
    const now = new URLSearchParams(location.search);
    for (const name of ["as", "lang"]) if (!url.searchParams.has(name) && now.has(name)) url.searchParams.set(name, now.get(name));
    if (!url.searchParams.has("as")) url.searchParams.set("as", me);
    for (const once of ["key", "at"]) url.searchParams.delete(once);
    return url;
  }

  function keepDrafts() {
    for (const composer of $$("[data-composer]")) {
      const box = $("textarea", composer);
      if (box) drafts.set(draftKey(composer), box.value);
    }
  }

  let trips = 0;
  let travelling = Promise.resolve();
  let rereading = false;

  function visit(href, options) {
    travelling = go(href, options);
    return travelling;
  }

  /* Reads this place again, after any way to another one is done. */
  async function reread() {
    if (rereading) return;
    rereading = true;
    await travelling;
    rereading = false;
    await visit(location.href, { push: false, focus: false });
  }

  async function go(href, { push = true, focus = true } = {}) {
    const trip = (trips += 1);
    const url = address(href);
    keepDrafts();
    const response = await fetch(url).catch(() => null);
    if (trip !== trips) return;
    if (!response?.ok) return toast(say("failed"), "error");
    keepDrafts();
    const next = new DOMParser().parseFromString(await response.text(), "text/html");
    const sameThread = main().dataset.thread === $("#main", next).dataset.thread && here() === $("#main", next).dataset.channel;
    const scrolled = $$(".scroller").map((pane) => [pane.closest("[data-region]").id, pane.scrollTop, atEnd(pane)]);
    for (const region of $$("[data-region]")) {
      if (region.id === "dialogs") syncForms($("#dialogs", next).innerHTML);
      else region.replaceWith(document.adoptNode($(`#${region.id}`, next)));
    }
    document.title = next.title;
    Object.assign(pickers, JSON.parse(next.body.dataset.pickers));
    const at = new URL(href, location.href).searchParams.get("at");
    if (push) history.pushState(null, "", url);
    document.body.classList.remove("show-sidebar");
    settleRegions(sameThread ? scrolled : []);
    if (at) pointAt(at);
    if (focus) focusComposer();
    // What came while this was fetched went into what is now replaced: hear it again.
    lastId = "";
    listen();
  }

  function settleRegions(scrolled) {
    for (const composer of $$("[data-composer]")) {
      const box = $("textarea", composer);
      if (!box) continue;
      box.value = drafts.get(draftKey(composer)) || "";
      grow(box);
    }
    for (const [key, messages] of whispers) {
      const [channel, root] = key.split("|");
      const list = channel !== here() ? null : root ? threadList(root) : $('[data-list="list"]');
      if (list) for (const html of messages.values()) upsert(list, html);
    }
    for (const list of $$("[data-list]")) arrange(list);
    for (const pane of $$(".scroller")) {
      const before = scrolled.find(([id, , end]) => id === pane.closest("[data-region]").id && !end);
      if (before) pane.scrollTop = before[1];
      else reveal(pane);
      pane.addEventListener("scroll", () => atEnd(pane) && hideToEnd(pane), { passive: true });
    }
    prepare(document);
    document.body.classList.toggle("has-thread", Boolean(main().dataset.thread));
    if (main().dataset.app === "yes") ask("home", { person: me, tab: main().dataset.tab });
  }

  function focusComposer() {
    if (matchMedia("(max-width: 720px)").matches || $("dialog[open]")) return;
    const pane = main().dataset.thread ? $("#thread") : main();
    $("[data-composer] textarea", pane)?.focus();
  }

  const threadList = (root) => (main().dataset.thread === root ? $('[data-list="thread"]') : null);
  const threadHref = (root) => `/c/${here()}${root ? `?thread=${root}` : ""}`;

  /* ---- messages ---- */

  const atEnd = (pane) => pane.scrollHeight - pane.scrollTop - pane.clientHeight < 80;
  function pointAt(ts) {
    const item = $$(`li.message[data-ts="${CSS.escape(ts)}"]`).at(-1);
    item?.scrollIntoView({ block: item.offsetHeight > 400 ? "start" : "center" });
    item?.classList.add("changed", "pointed");
  }

  /* The end of the list; a last message that is taller than the pane is shown from its beginning. */
  function reveal(pane) {
    const last = $$("li.message", pane).at(-1);
    pane.scrollTop = last && last.offsetHeight > pane.clientHeight ? last.offsetTop - 8 : pane.scrollHeight;
  }

  /* Until when whatever comes is taken for the answer to what I just sent. */
  let expecting = 0;

  const hideToEnd = (pane) => { const button = $("[data-to-end]", pane.parentElement); if (button) button.hidden = true; };

  function upsert(list, html) {
    const fresh = $("li", fragment(html));
    const old = $(`li[data-ts="${fresh.dataset.ts}"]`, list);
    const pane = list.closest(".scroller");
    const stick = atEnd(pane);
    if (old) {
      const focused = old.contains(document.activeElement) ? trace(document.activeElement) : null;
      const kept = readState(old);
      fresh.classList.add("changed");
      old.replaceWith(fresh);
      restore(fresh, kept);
      if (focused) refocus(fresh, focused);
    } else {
      const after = $$("li.message", list).find((item) => item.dataset.ts > fresh.dataset.ts);
      list.insertBefore(fresh, after || null);
      fresh.classList.add("fresh");
    }
    prepare(fresh);
    arrange(list);
    if (!old && (stick || fresh.dataset.user === me || Date.now() < expecting)) reveal(pane);
    else if (old && stick) pane.scrollTop = pane.scrollHeight;
    else if (!old) { const button = $("[data-to-end]", pane.parentElement); if (button) button.hidden = false; }
  }

  function trace(node) {
    const holder = node.closest("[data-aid]");
    return holder ? { bid: holder.dataset.bid, aid: holder.dataset.aid, value: holder.dataset.value } : { selector: node.dataset.react ? `[data-react="${node.dataset.react}"]` : "" };
  }

  function refocus(root, { bid, aid, selector }) {
    const node = selector !== undefined ? selector && $(selector, root) : find(root, bid, aid);
    (node || $("button, select, input", root))?.focus({ preventScroll: true });
  }

  const find = (root, bid, aid) => $$("[data-aid]", root).find((node) => node.dataset.bid === bid && node.dataset.aid === aid);

  function arrange(list) {
    for (const line of $$("li.day", list)) line.remove();
    let before = null;
    for (const item of $$("li.message", list)) {
      if (before === null || before.dataset.day !== item.dataset.day) {
        list.insertBefore(make("li", { class: "day" }, make("span", {}, item.dataset.day)), item);
        before = null;
      }
      const follows = before && before.dataset.user === item.dataset.user && Number(item.dataset.ts) - Number(before.dataset.ts) < 300
        && !item.matches(".ephemeral") && !before.matches(".ephemeral");
      item.classList.toggle("follow", Boolean(follows));
      before = item;
    }
  }

  function prepare(root) {
    for (const multi of $$(".multi", root)) showChosen(multi);
    for (const table of $$(".data-table", root)) page(table, 0);
  }

  const target = (node) => {
    const message = node.closest("li.message");
    if (message) return { channel: message.dataset.channel, ts: message.dataset.ts };
    return { on: node.closest("dialog.form") ? "form" : "home" };
  };

  /* ---- controls: what each is set to, in the words that /drive/press and /drive/submit take ---- */

  const option = (node) => (node && node.dataset.option ? JSON.parse(node.dataset.option) : null);

  /* An option by its text, or by its value where another one reads the same. */
  function spoken(node, control) {
    const one = option(node);
    if (!one) return null;
    const twins = $$("[data-option]", control).filter((other) => option(other).text.text === one.text.text);
    return twins.length > 1 ? one.value : one.text.text;
  }

  /* null, or an empty list, when nothing is chosen or typed. */
  function wordsOf(control) {
    const type = control.dataset.type;
    const checked = $$("input:checked", control);
    if (type === "static_select") return spoken(control.selectedOptions[0], control);
    if (type === "external_select") return spoken(control, control);
    if (type === "radio_buttons") return spoken(checked[0], control);
    if (["checkboxes", "multi_static_select"].includes(type)) return checked.map((box) => spoken(box, control));
    if (type.startsWith("multi_")) return checked.map((box) => box.value);
    if (type === "datetimepicker") return control.value ? new Date(epoch(control.value) * 1000).toISOString() : null;
    return control.value || null;
  }

  /* A wall time in the person's zone as seconds since 1970. */
  function epoch(wall) {
    const guess = Date.parse(`${wall}:00Z`);
    const shown = new Date(guess).toLocaleString("sv-SE", { timeZone: document.body.dataset.zone });
    return (2 * guess - Date.parse(`${shown.replace(" ", "T")}Z`)) / 1000;
  }

  const controls = (root) => $$("[data-aid]", root).filter((node) => !["button", "overflow"].includes(node.dataset.type));

  /* What stands in a form's inputs, by block_id. */
  function formValues(dialog) {
    const values = {};
    for (const block of $$("[data-input]", dialog)) {
      const control = $("[data-aid]", block);
      if (control) values[block.dataset.input] = wordsOf(control);
    }
    return values;
  }

  const readState = (root) => controls(root).map((control) => ({
    bid: control.dataset.bid, aid: control.dataset.aid, value: control.value, option: control.dataset.option,
    checked: $$("input:checked", control).map((box) => box.value), touched: control.dataset.touched,
  }));

  function restore(root, kept) {
    for (const { bid, aid, value, option: chosen, checked, touched } of kept) {
      const control = touched && find(root, bid, aid);
      if (!control) continue;
      if (control.matches("fieldset, details")) for (const box of $$("input", control)) box.checked = checked.includes(box.value);
      else control.value = value;
      if (chosen && control.type === "search") control.dataset.option = chosen;
      control.dataset.touched = touched;
    }
  }

  function showChosen(multi) {
    const words = $$("input:checked", multi).map((box) => box.closest("label").textContent.trim());
    const shown = $(".multi-shown", multi);
    shown.textContent = words.join(", ") || shown.dataset.empty;
    shown.classList.toggle("empty", !words.length);
  }

  function confirmed(spec) {
    const dialog = $("#confirm");
    const [no, yes] = $$("footer button", dialog);
    $("#confirm-title").textContent = spec.title?.text || say("sure");
    $("#confirm-text").textContent = spec.text?.text || "";
    no.textContent = spec.deny?.text || say("no");
    yes.textContent = spec.confirm?.text || say("ok");
    yes.className = `btn btn-${spec.style === "danger" ? "danger" : "primary"}`;
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
  }

  /* `chosen`: what the control was set to, as /drive/press takes it. */
  async function press(control, chosen = {}) {
    if (control.dataset.confirm && !(await confirmed(JSON.parse(control.dataset.confirm)))) return;
    if (control.dataset.url) window.open(control.dataset.url, "_blank", "noopener,noreferrer");
    const place = target(control);
    const body = { person: me, ...place, action_id: control.dataset.aid, block_id: control.dataset.bid, confirm: true, ...chosen };
    if (place.on === "form") body.values = formValues(control.closest("dialog"));
    control.setAttribute("aria-busy", "true");
    await drive("press", body);
    control.removeAttribute("aria-busy");
  }

  /* In a form, an input block keeps its value to itself unless it dispatches. */
  function firesAlone(control) {
    const input = control.closest("[data-input]");
    return !input || input.dataset.dispatch === "yes";
  }

  async function suggest(control) {
    const words = control.value.trim();
    if (words.length < Number(control.dataset.min)) return;
    const place = target(control);
    const found = await ask("suggest", { person: me, ...place, channel: place.channel || here(), label: control.dataset.label || control.getAttribute("aria-label"), query: words });
    const offered = (found?.options || []).map((one) => (typeof one === "string" ? { text: { type: "plain_text", text: one }, value: one } : one));
    control.list.replaceChildren(...offered.map((one) => make("option", { value: one.text.text ?? one.text, "data-option": JSON.stringify(one) })));
  }

  /* ---- forms ---- */

  function syncForms(html) {
    const holder = $("#dialogs");
    const next = $$("dialog", fragment(html));
    for (const dialog of $$("dialog", holder)) {
      if (next.some((fresh) => fresh.dataset.view === dialog.dataset.view)) continue;
      if (dialog.open) dialog.close();
      dialog.remove();
    }
    for (const fresh of next) {
      const old = $(`dialog[data-view="${fresh.dataset.view}"]`, holder);
      if (!old) holder.append(fresh);
      else if (old.dataset.hash !== fresh.dataset.hash) redrawForm(old, fresh);
    }
    openForms();
  }

  function redrawForm(old, fresh) {
    const kept = readState(old);
    const focused = old.contains(document.activeElement) ? trace(document.activeElement) : null;
    old.replaceChildren(...fresh.childNodes);
    old.dataset.hash = fresh.dataset.hash;
    restore(old, kept);
    prepare(old);
    if (focused) refocus(old, focused);
  }

  function openForms() {
    for (const dialog of $$("#dialogs dialog")) {
      if (dialog.open) continue;
      prepare(dialog);
      dialog.showModal();
      const first = $("[data-input] .field, [data-input] input, [data-input] select", dialog);
      first?.focus();
    }
  }

  function showErrors(dialog, found) {
    clearErrors(dialog);
    let first = null;
    for (const [name, text] of Object.entries(found)) {
      const block = $$("[data-input]", dialog).find((one) => one.dataset.input === name || one.dataset.label === name);
      if (!block) { $(".form-error", dialog).textContent = text; continue; }
      const message = $(".error", block);
      const control = $("[data-aid]", block);
      message.textContent = text;
      control?.setAttribute("aria-invalid", "true");
      control?.setAttribute("aria-describedby", message.id);
      block.classList.add("wrong");
      first ||= control;
    }
    first?.focus();
    first?.scrollIntoView({ block: "nearest" });
  }

  function clearErrors(root) {
    for (const block of $$("[data-input]", root)) clearError(block);
    const general = $(".form-error", root);
    if (general) general.textContent = "";
  }

  function clearError(block) {
    block.classList.remove("wrong");
    $(".error", block).textContent = "";
    $("[aria-invalid]", block)?.removeAttribute("aria-invalid");
  }

  function missing(dialog) {
    const empty = {};
    for (const block of $$('[data-input][data-optional="no"]', dialog)) {
      const control = $("[data-aid]", block);
      if (!control || control.dataset.type === "checkboxes" && !$("input", control)) continue;
      const value = wordsOf(control);
      if (value === null || (Array.isArray(value) && !value.length)) empty[block.dataset.input] = say("required");
    }
    return empty;
  }

  async function submitForm(form) {
    const dialog = form.closest("dialog");
    const empty = missing(dialog);
    if (Object.keys(empty).length) return showErrors(dialog, empty);
    const button = $("[type=submit]", form);
    button.setAttribute("aria-busy", "true");
    const done = await drive("submit", { person: me, values: formValues(dialog) });
    button.removeAttribute("aria-busy");
    if (done?.errors) showErrors(dialog, errors[done.error] ? { "": errors[done.error] } : done.errors);
  }

  function dismiss(dialog) {
    dialog.close();
    dialog.remove();
    drive("dismiss", { person: me });
  }

  /* ---- composer ---- */

  function grow(box) {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 220)}px`;
  }

  async function send(composer) {
    const box = $("textarea", composer);
    const text = box.value.trim();
    if (!text) return;
    const body = { person: me, channel: composer.dataset.channel, text };
    if (composer.dataset.thread) body.thread = composer.dataset.thread;
    if ($("[data-broadcast]", composer)?.checked) body.broadcast = true;
    box.value = "";
    drafts.delete(draftKey(composer));
    grow(box);
    closeSuggestions(composer);
    expecting = Date.now() + 4000;
    const done = await drive("say", body);
    if (!done && !box.value) { box.value = text; grow(box); }
    if ($("[data-broadcast]", composer)) $("[data-broadcast]", composer).checked = false;
  }

  async function upload(composer, files) {
    for (const file of files) {
      const form = new FormData();
      form.append("person", me);
      form.append("channel", composer.dataset.channel);
      if (composer.dataset.thread) form.append("thread", composer.dataset.thread);
      form.append("file", file);
      toast(say("uploading"));
      await answer(await fetch("/drive/upload", { method: "POST", body: form }));
    }
  }

  function offers(box) {
    const before = box.value.slice(0, box.selectionStart);
    const slash = /^\/(\S*)(\s?)/.exec(box.value);
    if (slash) {
      const typed = `/${slash[1]}`;
      const found = pickers.commands.filter((one) => (slash[2] ? one.name === typed : one.name.startsWith(typed)));
      return { from: 0, to: typed.length, fixed: Boolean(slash[2]) || found.some((one) => one.name === typed), found: found.map((one) => ({ insert: one.name, name: one.name, usage: one.usage, note: one.note })) };
    }
    const mark = /(?:^|[^A-Za-z0-9_])([@#])([^\s@#]{0,20})$/.exec(before);
    if (!mark) return null;
    const words = mark[2].toLowerCase();
    const pool = mark[1] === "@" ? pickers.people : pickers.channels;
    const found = pool.filter((one) => one.name.toLowerCase().includes(words) || one.note.toLowerCase().includes(words)).slice(0, 8);
    return { from: before.length - mark[2].length - 1, to: before.length, fixed: false, found: found.map((one) => ({ insert: mark[1] + one.name, name: mark[1] + one.name, usage: "", note: one.note })) };
  }

  function updateSuggestions(box) {
    const composer = box.closest("[data-composer]");
    const list = $(".suggestions", composer);
    const offer = offers(box);
    if (!offer || !offer.found.length) return closeSuggestions(composer);
    list.replaceChildren(...offer.found.map((one, index) => make("div",
      { role: "option", id: `${list.id}-${index}`, "aria-selected": String(index === 0), "data-insert-text": one.insert },
      make("b", {}, one.name), make("code", {}, one.usage), make("span", {}, one.note))));
    list.dataset.from = offer.from;
    list.dataset.to = offer.to;
    list.dataset.fixed = offer.fixed ? "yes" : "no";
    list.hidden = false;
    box.setAttribute("aria-activedescendant", `${list.id}-0`);
  }

  function closeSuggestions(composer) {
    const list = $(".suggestions", composer);
    const box = $("textarea", composer);
    if (!list || list.hidden) return false;
    list.hidden = true;
    box.removeAttribute("aria-activedescendant");
    return true;
  }

  function moveSuggestion(list, box, step) {
    const rows = $$("[role=option]", list);
    const at = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
    const next = rows[(at + step + rows.length) % rows.length];
    for (const row of rows) row.setAttribute("aria-selected", String(row === next));
    box.setAttribute("aria-activedescendant", next.id);
    next.scrollIntoView({ block: "nearest" });
  }

  function takeSuggestion(list, row) {
    const composer = list.closest("[data-composer]");
    const box = $("textarea", composer);
    const rest = box.value.slice(Number(list.dataset.to)).replace(/^ /, "");
    const start = `${box.value.slice(0, Number(list.dataset.from))}${row.dataset.insertText} `;
    box.value = start + rest;
    box.setSelectionRange(start.length, start.length);
    box.focus();
    grow(box);
    updateSuggestions(box);
  }

  function composerKey(event, box) {
    const composer = box.closest("[data-composer]");
    const list = $(".suggestions", composer);
    const composing = event.isComposing || event.keyCode === 229;
    if (composing) return;
    const open = !list.hidden && list.dataset.fixed === "no";
    if (open && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      return moveSuggestion(list, box, event.key === "ArrowDown" ? 1 : -1);
    }
    if (open && (event.key === "Tab" || event.key === "Enter")) {
      event.preventDefault();
      return takeSuggestion(list, $('[aria-selected="true"]', list));
    }
    if (event.key === "Escape" && closeSuggestions(composer)) return event.stopPropagation();
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send(composer);
    }
  }

  function type(text, channel) {
    const put = () => {
      const box = $("[data-composer] textarea", main());
      if (!box) return;
      box.value = text;
      grow(box);
      box.focus();
      box.setSelectionRange(text.length, text.length);
      updateSuggestions(box);
    };
    if (channel && channel !== here()) visit(`/c/${channel}`).then(put);
    else put();
  }

  /* ---- popovers and pick lists ---- */

  let popoverOwner = null;

  function popover(owner, items) {
    const box = $("#popover");
    popoverOwner = owner;
    box.replaceChildren(...items.map(({ label, run, kind, hint }) => {
      const button = make("button", { type: "button", role: "menuitem", class: kind || "", title: hint }, label);
      button.addEventListener("click", () => { closePopover(); run(); });
      return button;
    }));
    box.hidden = false;
    const place = owner.getBoundingClientRect();
    const left = Math.max(8, Math.min(place.right - box.offsetWidth, innerWidth - box.offsetWidth - 8));
    const below = place.bottom + 4 + box.offsetHeight < innerHeight;
    box.style.left = `${left}px`;
    box.style.top = `${below ? place.bottom + 4 : Math.max(8, place.top - box.offsetHeight - 4)}px`;
    $("button", box)?.focus();
  }

  function closePopover() {
    const box = $("#popover");
    if (box.hidden) return false;
    box.hidden = true;
    if (popoverOwner?.isConnected) popoverOwner.focus({ preventScroll: true });
    return true;
  }

  function pick(title, rows, extra) {
    const dialog = make("dialog", { class: "modal modal-small pick", "aria-label": title });
    const filter = make("input", { class: "field", type: "search", "aria-label": title, placeholder: title });
    const list = make("div", { class: "pick-list" });
    const draw = () => {
      const words = filter.value.trim().toLowerCase();
      const shown = rows.filter((row) => `${row.name} ${row.note || ""}`.toLowerCase().includes(words));
      list.replaceChildren(...shown.map((row) => {
        const button = make("button", { type: "button", class: "pick-row" }, make("b", {}, row.name), make("span", {}, row.note || ""));
        button.addEventListener("click", () => { dialog.close(); row.run?.(); });
        return button;
      }));
      if (!shown.length && !extra) list.append(make("p", { class: "empty" }, say("nothing")));
      if (extra) for (const one of extra(filter.value.trim())) {
        const button = make("button", { type: "button", class: "pick-row pick-extra" }, make("b", {}, one.name));
        button.addEventListener("click", () => { dialog.close(); one.run(); });
        list.append(button);
      }
    };
    filter.addEventListener("input", draw);
    dialog.append(make("div", { class: "pick-head" }, filter), list);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    draw();
    dialog.showModal();
    filter.focus();
  }

  const channelDo = (action, channel, who) => drive("channel", { person: me, channel, do: action, ...(who ? { who } : {}) });

  async function createChannel(name, isPrivate) {
    const made = await drive("channel", { person: me, channel: name.replace(/^#/, ""), do: "create", private: isPrivate });
    if (made) visit(`/c/${made.id}`);
  }

  function browseChannels() {
    const rows = pickers.channels.map((one) => ({ name: `#${one.name}`, note: one.note, run: () => visit(`/c/${one.id}`) }));
    pick(say("channel_name"), rows, (name) => (name ? [
      { name: `${say("create")} · #${name}`, run: () => createChannel(name, false) },
      { name: `${say("create_private")} · #${name}`, run: () => createChannel(name, true) },
    ] : []));
  }

  function choosePerson(title, run) {
    const people = pickers.people.filter((one) => one.id !== me);
    pick(title, people.map((one) => ({ name: one.name, note: one.note, run: () => run(one) })));
  }

  function showMembers(node) {
    const members = JSON.parse(node.dataset.members);
    const rows = pickers.people.filter((one) => members.includes(one.id)).map(({ name, note }) => ({ name, note }));
    const others = pickers.people.filter((one) => !members.includes(one.id));
    const invite = (one) => ({ name: one.name, note: one.note, run: () => channelDo("invite", here(), one.id) });
    pick(say("members"), rows, () => [
      ...(others.length ? [{ name: say("invite"), run: () => pick(say("invite"), others.map(invite)) }] : []),
      { name: say("leave"), run: () => channelDo("leave", here()).then(reread) },
      { name: say("archive"), run: () => channelDo("archive", here()) },
    ]);
  }

  function shortcuts(kind, owner, place) {
    const rows = pickers.shortcuts.filter((one) => one.type === kind);
    return rows.map((one) => ({ label: one.name, hint: one.note, run: () => drive("shortcut", { person: me, label: one.name, ...place }) }));
  }

  function messageMenu(owner) {
    const item = owner.closest("li.message");
    const place = { channel: item.dataset.channel, ts: item.dataset.ts };
    const items = shortcuts("message", owner, place);
    if (owner.dataset.mine === "yes") items.push({ label: say("edit"), run: () => editMessage(item, place) });
    if (owner.dataset.deletable === "yes") items.push({ label: say("delete"), kind: "danger", run: () => deleteMessage(place) });
    popover(owner, items.length ? items : [{ label: say("no_shortcuts"), run: () => {} }]);
  }

  async function deleteMessage(place) {
    const spec = { title: { text: say("delete_title") }, confirm: { text: say("delete_yes") }, style: "danger" };
    if (await confirmed(spec)) drive("delete", { person: me, ...place });
  }

  function editMessage(item, place) {
    const dialog = $("#edit");
    const box = $("textarea", dialog);
    const copy = $(".text", item)?.cloneNode(true);
    copy?.querySelector(".edited")?.remove();
    box.value = copy ? copy.innerText.trim() : "";
    dialog.returnValue = "no";
    dialog.showModal();
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "yes" && box.value.trim()) drive("edit", { person: me, ...place, text: box.value.trim() });
    }, { once: true });
  }

  function react(item, emoji, remove = false) {
    const body = { person: me, channel: item.dataset.channel, ts: item.dataset.ts, emoji };
    drive("react", remove ? { ...body, remove: true } : body);
  }

  function reactionMenu(owner) {
    const item = owner.closest("li.message");
    popover(owner, pickers.emoji.map(([name, glyph]) => ({ label: glyph, hint: `:${name}:`, kind: "emoji", run: () => react(item, name) })));
  }

  /* ---- panel: guide, clock, wire log, faults ---- */

  let panelTab = "";

  function showPanel(name) {
    const panel = $("#panel");
    panelTab = name;
    panel.hidden = !name;
    document.body.classList.toggle("has-panel", Boolean(name));
    sessionStorage.setItem("panel", name);
    for (const tab of $$("[role=tab]", panel)) {
      const on = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
    }
    for (const body of $$("[role=tabpanel]", panel)) body.hidden = body.id !== `panel-${name}`;
    if (name === "wire") readWire();
    if (name === "faults") readFaults();
    listen();
  }

  async function readWire() {
    const found = await ask("wire", {});
    $("#wire").replaceChildren();
    for (const entry of (found || []).slice(-300)) wireRow(entry);
    filterWire();
  }

  function wireRow(entry) {
    const list = $("#wire");
    const row = make("li", { class: entry.ok ? "" : "failed", "data-wire": entry.seq },
      make("details", {},
        make("summary", {},
          make("span", { class: "wire-way" }, entry.direction === "in" ? "←" : "→"),
          make("b", {}, entry.method || entry.type || ""),
          make("span", { class: "wire-summary" }, entry.summary || ""),
          make("span", { class: "wire-ms" }, entry.ms === null || entry.ms === undefined ? "…" : `${Math.round(entry.ms)} ms`)),
        make("p", { class: "wire-full" }, `${new Date(entry.at).toLocaleTimeString("sv-SE", { timeZone: document.body.dataset.zone })} ${entry.summary || ""}`),
        make("pre", { tabindex: "0" }, entry.body || "")));
    row.firstChild.addEventListener("toggle", () => { $("pre", row).textContent = readable(entry.body || ""); }, { once: true });
    const old = $(`[data-wire="${entry.seq}"]`, list);
    if (old) {
      $("details", row).open = $("details", old).open;
      old.replaceWith(row);
    } else list.prepend(row);
    while (list.children.length > 400) list.lastChild.remove();
    return row;
  }

  /* A long body is cut in the log and no longer JSON; then it stays as it is. */
  function readable(body) {
    try {
      return JSON.stringify(JSON.parse(body), null, 2);
    } catch {
      return body;
    }
  }

  function filterWire() {
    const words = $("#wire-filter").value.trim().toLowerCase();
    const failures = $("#wire-failures").checked;
    for (const row of $$("#wire li")) row.hidden = (failures && !row.matches(".failed")) || !row.textContent.toLowerCase().includes(words);
  }

  async function moveClock(body) {
    $("#clock-result").textContent = say("walking");
    const done = await drive("clock", body);
    if (!done) return ($("#clock-result").textContent = "");
    const waiting = Array.isArray(done.waiting) ? done.waiting : [];
    $("#clock-result").textContent = waiting.length ? say("clock_waiting", { waiting: waiting.join("; ") }) : say("clock_done", { now: clockText(new Date(done.now)), fired: done.fired });
  }

  let drift = Date.parse(main().dataset.now) - Date.now();

  function clockText(at) {
    const zone = document.body.dataset.zone;
    const locale = document.body.dataset.lang === "zh_CN" ? "zh-CN" : "en-US";
    const time = at.toLocaleTimeString("sv-SE", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
    if (locale === "zh-CN") {
      const day = new Intl.DateTimeFormat(locale, { timeZone: zone, month: "long", day: "numeric" }).format(at);
      return `${day} ${new Intl.DateTimeFormat(locale, { timeZone: zone, weekday: "short" }).format(at)} ${time}`;
    }
    return `${new Intl.DateTimeFormat(locale, { timeZone: zone, weekday: "short", month: "short", day: "numeric" }).format(at)} ${time}`;
  }

  function tick() {
    const at = new Date(Date.now() + drift);
    const text = clockText(at);
    for (const id of ["#now", "#clock-now"]) if ($(id).textContent !== text) $(id).textContent = text;
  }

  function fault(form) {
    const data = Object.fromEntries(new FormData(form));
    const kinds = {
      rate: { http_status: 429, error: "ratelimited", retry_after_s: 2 }, error: { error: data.error }, status: { http_status: 500 },
      delay: { delay_ms: 3000 }, drop: { drop_after: true }, disconnect: { method: "socket", disconnect: true }, ack: { method: "ack" },
    };
    return drive("fault", { method: data.method, times: Number(data.times), ...kinds[data.kind] });
  }

  async function readFaults() {
    const found = await ask("faults", {});
    $("#faults-armed").replaceChildren(...(found?.faults || []).map((one) => {
      const what = Object.entries(one).filter(([name, value]) => value && !["method", "times"].includes(name)).map(([name, value]) => (value === true ? name : `${name} ${value}`));
      return make("li", {}, make("code", {}, one.method), ` × ${one.times}  ${what.join(", ")}`);
    }));
  }

  async function reset() {
    const spec = { title: { text: say("reset_title") }, text: { text: say("reset_text") }, confirm: { text: say("reset_yes") }, style: "danger" };
    if (!(await confirmed(spec))) return;
    if (await drive("reset", {})) toast(say("reset_done"));
  }

  /* ---- tables ---- */

  function page(table, step) {
    const size = Number(table.dataset.pageSize);
    const rows = $$("tbody tr", table);
    const pages = Math.max(1, Math.ceil(rows.length / size));
    const at = Math.max(0, Math.min(pages - 1, Number(table.dataset.at || 0) + step));
    table.dataset.at = at;
    rows.forEach((row, index) => { row.hidden = index < at * size || index >= (at + 1) * size; });
    const pager = $("[data-pager]", table.parentElement);
    pager.hidden = pages === 1;
    $(".pager-at", pager).textContent = say("page_of", { at: at + 1, all: pages });
  }

  function sortTable(button) {
    const table = button.closest("table");
    const head = button.closest("th");
    const column = Number(button.dataset.column);
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const cell of $$("th", head.parentElement)) cell.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = (row) => row.children[column].dataset.sort || row.children[column].textContent;
    const compare = (a, b) => (isNaN(key(a)) || isNaN(key(b)) ? key(a).localeCompare(key(b), "zh") : key(a) - key(b));
    const rows = $$("tbody tr", table).sort((a, b) => (up ? compare(a, b) : compare(b, a)));
    $("tbody", table).append(...rows);
    table.dataset.at = 0;
    page(table, 0);
  }

  /* ---- the stream ---- */

  let stream = null;
  let lastId = "";
  let lost = false;
  let patience = 0;

  /* The browser comes again by itself unless it was refused; a short break is nobody's business. */
  function lose() {
    lost = true;
    document.body.classList.add("lost");
    clearTimeout(patience);
    patience = setTimeout(() => {
      if (!lost) return;
      toast(say("offline"), "error");
      if (stream.readyState === EventSource.CLOSED) listen();
    }, 3000);
  }

  function regain() {
    if (lost) toast(say("online"));
    lost = false;
    document.body.classList.remove("lost");
  }

  function listen() {
    stream?.close();
    const query = new URLSearchParams({ as: me, since: lastId || main().dataset.seq, channel: here(), thread: main().dataset.thread, tab: main().dataset.tab, lang: document.body.dataset.lang });
    if (panelTab === "wire") query.set("wire", "1");
    stream = new EventSource(`/events?${query}`);
    stream.onopen = regain;
    stream.onerror = lose;
    for (const [kind, hear] of Object.entries(hearers)) {
      stream.addEventListener(kind, (event) => {
        if (event.lastEventId) lastId = event.lastEventId;
        hear(JSON.parse(event.data));
      });
    }
  }

  function setUnread(counts) {
    for (const row of $$("[data-channel-row]")) {
      const n = row.dataset.channelRow === here() && main().dataset.tab !== "home" ? 0 : counts[row.dataset.channelRow] || 0;
      const badge = $(".badge", row);
      row.classList.toggle("unread", n > 0);
      badge.hidden = n === 0;
      $(".badge-count", badge).textContent = n;
    }
  }

  function placeMessage(data) {
    if (data.unread) setUnread(data.unread);
    if (data.gone) return removeMessage(data);
    if (data.list && data.channel === here()) { const list = $('[data-list="list"]'); if (list) upsert(list, data.list); }
    if (data.thread) { const list = $('[data-list="thread"]'); if (list) upsert(list, data.thread); }
  }

  function removeMessage({ channel, ts }) {
    for (const messages of whispers.values()) messages.delete(ts);
    for (const item of $$(`li.message[data-ts="${ts}"][data-channel="${channel}"]`)) {
      const list = item.parentElement;
      item.remove();
      arrange(list);
    }
  }

  function placeEphemeral(data) {
    const key = `${data.channel}|${data.root}`;
    if (!whispers.has(key)) whispers.set(key, new Map());
    whispers.get(key).set(data.ts, data.list || data.thread);
    if (data.channel !== here()) return toast(say("only_you"));
    if (data.thread) {
      const list = threadList(data.root);
      return list ? upsert(list, data.thread) : undefined;
    }
    const list = $('[data-list="list"]');
    if (list) upsert(list, data.list);
  }

  const hearers = {
    message: placeMessage,
    message_deleted: placeMessage,
    ephemeral: placeEphemeral,
    ephemeral_deleted: removeMessage,
    form: ({ html }) => syncForms(html),
    home: ({ html }) => { const home = $("#home"); if (home) { home.replaceChildren(fragment(html)); prepare(home); } },
    unread: ({ unread }) => setUnread(unread),
    clock: ({ iso, wall }) => { drift = Date.parse(iso) - Date.now(); tick(); $("[data-clock-form] [type=datetime-local]").value = wall; },
    guide: ({ html }) => { $("#guide-steps").replaceChildren(fragment(html)); toast(say("step_done")); },
    toast: ({ code }) => toast(errors[code] || `${say("failed")} · ${code}`, "error"),
    wire: (entry) => { wireRow(entry); filterWire(); },
    channel: reread,
    person: reread,
    faults: readFaults,
    reset: () => { whispers.clear(); drafts.clear(); location.reload(); },
    resync: () => { lastId = ""; reread(); },
  };

  /* ---- one listener for each kind of event ---- */

  /* A message's own address, /archives/CHANNEL/pDIGITS, as the place on this page where it stands. */
  function archived(url) {
    const match = url.origin === location.origin && /^\/archives\/(\w+)\/p(\d+)(\d{6})$/.exec(url.pathname);
    if (!match) return null;
    const thread = url.searchParams.get("thread_ts");
    return `/c/${match[1]}?at=${match[2]}.${match[3]}${thread ? `&thread=${thread}` : ""}`;
  }

  const clicks = [
    ['a[href*="/archives/"]', (node, event) => { const href = archived(new URL(node.href)); if (href) { event.preventDefault(); visit(href); } }],
    ["a[data-visit], a.mention[href]", (node, event) => { if (event.metaKey || event.ctrlKey) return; event.preventDefault(); visit(node.href); }],
    ["[data-open-thread]", (node) => visit(threadHref(node.dataset.openThread))],
    ["[data-close-thread]", () => visit(threadHref(""))],
    ["[data-dismiss]", (node) => dismiss(node.closest("dialog"))],
    ["[data-react]", (node) => react(node.closest("li.message"), node.dataset.react, node.getAttribute("aria-pressed") === "true")],
    ["[data-open-reactions]", reactionMenu],
    ["[data-open-message-menu]", messageMenu],
    ["[data-open-shortcuts]", (node) => { const items = shortcuts("global", node, {}); popover(node, items.length ? items : [{ label: say("no_shortcuts"), run: () => {} }]); }],
    ["[data-open-channels]", browseChannels],
    ["[data-open-people]", (node) => choosePerson(node.textContent.trim(), (one) => visit(`/c/${encodeURIComponent(`@${one.name}`)}`))],
    ["[data-open-members]", showMembers],
    ["[data-open-differences]", () => $("#differences").showModal()],
    ["[data-new-tab]", () => choosePerson(say("new_tab"), (one) => { const url = new URL(`/c/${here()}`, location.href); url.searchParams.set("as", one.id); window.open(url, "_blank"); })],
    ["[data-channel-do]", (node) => channelDo(node.dataset.channelDo, here())],
    ["[data-panel]", (node) => showPanel(panelTab === node.dataset.panel ? "" : node.dataset.panel)],
    ["[data-close-panel]", () => { localStorage.setItem("guide-closed", "yes"); showPanel(""); }],
    ["[role=tab]", (node) => showPanel(node.dataset.tab)],
    ["[data-clock-advance]", (node) => moveClock({ advance: node.dataset.clockAdvance })],
    ["[data-clock-to]", (node) => moveClock({ to: node.dataset.clockTo })],
    ["[data-reset]", reset],
    ["[data-redeliver]", async () => { if (await drive("redeliver", { event: "last", times: 1 })) $("#fault-result").textContent = say("redelivered"); }],
    ["[data-show-sidebar]", () => document.body.classList.toggle("show-sidebar")],
    ["[data-theme-switch]", switchTheme],
    ["[data-language]", (node) => { const url = address(location.href); url.searchParams.set("lang", node.dataset.language); location.assign(url); }],
    ["[data-try]", (node) => type(node.dataset.try, node.dataset.tryChannel)],
    ["[data-to-end]", (node) => { const pane = $(".scroller", node.parentElement); pane.scrollTop = pane.scrollHeight; node.hidden = true; }],
    ["[data-insert]", (node) => insert(node)],
    ["[data-insert-text]", (node) => takeSuggestion(node.parentElement, node)],
    [".sort", sortTable],
    ["[data-page]", (node) => page($("table", node.closest(".table-scroll")), Number(node.dataset.page))],
    ["button[data-type=button]", (node) => press(node)],
    [".overflow .menu-item", (node) => { const menu = node.closest("details"); menu.open = false; press(menu, { value: option(node).text.text }); }],
  ];

  function insert(node) {
    const box = $("textarea", node.closest("[data-composer]"));
    const mark = node.dataset.insert;
    if (mark === "/") box.value = "/";
    else box.setRangeText(/\s$|^$/.test(box.value.slice(0, box.selectionStart)) ? mark : ` ${mark}`, box.selectionStart, box.selectionEnd, "end");
    box.focus();
    updateSuggestions(box);
  }

  function switchTheme() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; SameSite=Strict`;
  }

  document.addEventListener("click", (event) => {
    for (const menu of $$("details.menu[open], details.multi[open]")) if (!menu.contains(event.target)) menu.open = false;
    if (!event.target.closest("#popover") && event.target.closest("[data-open-reactions], [data-open-message-menu], [data-open-shortcuts]") !== popoverOwner) closePopover();
    for (const [selector, run] of clicks) {
      const node = event.target.closest(selector);
      if (node && !node.disabled) return run(node, event);
    }
  });

  document.addEventListener("change", (event) => {
    const node = event.target;
    if (node.id === "persona") { const url = address(location.href); url.searchParams.set("as", node.value); url.searchParams.delete("lang"); return location.assign(url); }
    if (node.matches("[data-upload]")) { upload(node.closest("[data-composer]"), node.files); node.value = ""; return; }
    if (node.id === "wire-failures") return filterWire();
    const control = node.closest("[data-aid]");
    if (!control) return;
    control.dataset.touched = "yes";
    if (control.matches(".multi")) showChosen(control);
    if (control.type === "search") control.dataset.option = [...control.list.options].find((one) => one.value === control.value)?.dataset.option || "";
    const typed = control.matches("textarea, input:not([type=date]):not([type=time]):not([type=datetime-local]):not([type=search])");
    if (typed || !firesAlone(control) || (control.matches("select, [type=search]") && wordsOf(control) === null)) return;
    if (control.dataset.type === "checkboxes") return press(control, { label: option(node).text.text, value: node.checked });
    press(control, { value: wordsOf(control) });
  });

  let searching = 0;
  document.addEventListener("input", (event) => {
    const node = event.target;
    if (node.matches("[data-composer] textarea")) { grow(node); updateSuggestions(node); return; }
    if (node.id === "wire-filter") return filterWire();
    const block = node.closest("[data-input]");
    if (block) clearError(block);
    const control = node.closest("[data-aid]");
    if (control) control.dataset.touched = "yes";
    if (node.type === "search" && control) { clearTimeout(searching); searching = setTimeout(() => suggest(control), 200); }
    if (control?.dataset.dispatch?.includes("on_character_entered") && firesAlone(control)) press(control, { value: control.value });
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.method === "dialog") return;
    event.preventDefault();
    if (form.matches("[data-composer]")) return send(form);
    if (form.matches("[data-form]")) return submitForm(form);
    if (form.matches("[data-clock-form]")) {
      const wall = $("[type=datetime-local]", form).value;
      return moveClock({ to: new Date(epoch(wall) * 1000).toISOString(), ...($("[name=sleep]", form).checked ? { sleep: true } : {}) });
    }
    if (form.matches("[data-fault-form]") && (await fault(form))) $("#fault-result").textContent = say("fault_armed");
  });

  document.addEventListener("cancel", (event) => {
    if (!event.target.matches("dialog.form")) return;
    event.preventDefault();
    dismiss(event.target);
  }, true);

  document.addEventListener("keydown", (event) => {
    const node = event.target;
    if (node.matches("[data-composer] textarea")) composerKey(event, node);
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Escape" && closeMenu()) return event.preventDefault();
    if (node.matches("[data-aid]") && event.key === "Enter" && node.matches("input") && firesAlone(node) && node.closest("[data-input]")) {
      event.preventDefault();
      return press(node, { value: node.value });
    }
    if (event.key === "/" && !node.matches("input, textarea, select") && !$("dialog[open]")) { event.preventDefault(); return type("/"); }
    if (node.closest("#popover") && ["ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft"].includes(event.key)) return walk($$("#popover button"), node, event);
    if (node.matches("[role=tab]") && ["ArrowRight", "ArrowLeft"].includes(event.key)) { walk($$("#panel [role=tab]"), node, event); return showPanel(document.activeElement.dataset.tab); }
    if (event.key === "Escape" && !$("dialog[open]")) escape();
  });

  function walk(nodes, node, event) {
    event.preventDefault();
    const step = ["ArrowDown", "ArrowRight"].includes(event.key) ? 1 : -1;
    nodes[(nodes.indexOf(node) + step + nodes.length) % nodes.length].focus();
  }

  function closeMenu() {
    const menu = $("details.menu[open], details.multi[open]");
    if (!menu) return false;
    menu.open = false;
    $("summary", menu).focus();
    return true;
  }

  function escape() {
    if (closePopover()) return;
    if (document.body.matches(".show-sidebar")) return document.body.classList.remove("show-sidebar");
    if (main().dataset.thread) return void visit(threadHref(""));
    if (panelTab) showPanel("");
  }

  document.addEventListener("dragover", (event) => { if (event.target.closest("[data-region]")) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    const composer = $("[data-composer]", event.target.closest("[data-region]") || document);
    if (!composer || !event.dataTransfer.files.length) return;
    event.preventDefault();
    upload(composer, event.dataTransfer.files);
  });

  addEventListener("popstate", () => visit(location.href, { push: false }));

  function countTabs() {
    const channel = new BroadcastChannel("callsheet-tabs");
    let others = 0;
    channel.onmessage = ({ data }) => { if (data === "who") channel.postMessage("me"); else others += 1; };
    channel.postMessage("who");
    setTimeout(() => { if (others >= 5) toast(say("too_many_tabs"), "error"); }, 400);
  }

  /* ---- start ---- */

  const pointedAt = new URLSearchParams(location.search).get("at");
  history.replaceState(null, "", address(location.pathname === "/" ? `/c/${here()}` : location.href));
  settleRegions([]);
  if (pointedAt) pointAt(pointedAt);
  openForms();
  focusComposer();
  tick();
  setInterval(tick, 5000);
  countTabs();
  const remembered = sessionStorage.getItem("panel");
  const firstVisit = !localStorage.getItem("guide-closed") && $("#guide-steps li.now") && innerWidth >= 1100;
  showPanel(remembered ?? (firstVisit ? "guide" : ""));
})();
