// Decides what the page's head offers: the way to one's tickets, and logging in or out.

import { authPanel } from "./auth-panel.js";
import { el, icon, replace } from "./dom.js";
import { titled } from "./format.js";
import { currentUser, isStaff, logOut, onSessionChange } from "./session.js";

export function mountAccount(nav, { onTickets }) {
  const dialog = loginDialog();
  document.body.append(dialog);

  const ticketsWords = el("span", {});
  const tickets = el(
    "a",
    {
      class: "nav-link",
      href: "/?view=tickets",
      "data-testid": "my-tickets",
      onclick: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        onTickets();
      },
    },
    icon("ticket"),
    ticketsWords,
  );

  const render = () => {
    const user = currentUser();
    if (user && dialog.open) dialog.close();
    ticketsWords.textContent = isStaff() ? "Sold tickets" : user ? "My tickets" : "My booking";
    replace(nav, tickets, user ? accountMenu(user) : loginButton(dialog));
  };
  render();
  onSessionChange(render);
}

function loginButton(dialog) {
  return el(
    "button",
    {
      type: "button",
      class: "button button-quiet",
      "data-testid": "open-login",
      onclick: () => {
        replace(dialog.querySelector(".dialog-body"), authPanel());
        dialog.showModal();
      },
    },
    "Log in",
  );
}

function loginDialog() {
  const dialog = el(
    "dialog",
    {
      class: "dialog",
      "aria-label": "Log in",
      onclose: () => replace(dialog.querySelector(".dialog-body")),
      onclick: (event) => {
        if (event.target === dialog) dialog.close();
      },
    },
    el(
      "div",
      { class: "dialog-inner" },
      el(
        "div",
        { class: "dialog-head" },
        el("h2", {}, "Welcome"),
        el("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: () => dialog.close() }, icon("close")),
      ),
      el("div", { class: "dialog-body" }),
    ),
  );
  return dialog;
}

function accountMenu(user) {
  const name = `${user.firstName ?? ""} ${user.lastName ?? ""}`.trim() || user.email;
  const initials = [user.firstName, user.lastName]
    .map((part) => part?.trim().charAt(0).toLocaleUpperCase("tr") ?? "")
    .join("");
  return el(
    "details",
    {
      class: "menu",
      "data-testid": "account-menu",
      onfocusout: ({ currentTarget, relatedTarget }) => {
        if (relatedTarget && !currentTarget.contains(relatedTarget)) currentTarget.open = false;
      },
    },
    el(
      "summary",
      { "aria-label": `Account of ${name}` },
      el("span", { class: "avatar", "aria-hidden": "true" }, initials || icon("user")),
      el("span", { class: "menu-name", lang: "tr", "data-testid": "user-name" }, name),
    ),
    el(
      "div",
      { class: "menu-body" },
      el("p", { class: "menu-title", lang: "tr" }, name),
      el("p", { class: "menu-note" }, user.email),
      el("p", { class: "chip", "data-testid": "user-role", "data-role": user.role }, titled(user.role)),
      el("button", { type: "button", class: "button wide", "data-testid": "logout", onclick: logOut }, "Log out"),
    ),
  );
}
