// Decides how somebody logs in or registers. It only asks; whoever shows it learns of success through the
// session, so that a form waiting behind it is never lost.

import { config } from "./config.js";
import { demoButton } from "./demo-bar.js";
import { el, notice, replace } from "./dom.js";
import { field, sendingForm, submitButton } from "./fields.js";
import { logIn, register } from "./session.js";

export function authPanel({ reason } = {}) {
  const panel = el("div", { class: "auth-panel" });
  const show = (mode) => {
    const form = mode === "login" ? loginForm() : registerForm();
    replace(
      panel,
      reason && notice("calm", reason),
      el(
        "div",
        { class: "tabs", role: "group", "aria-label": "Log in or create an account" },
        tab("Log in", "show-login", mode === "login", () => show("login")),
        tab("Create account", "show-register", mode === "register", () => show("register")),
      ),
      form,
      config.demoUsers.length > 0 &&
        el(
          "div",
          { class: "demo-inline" },
          el("span", {}, "Demo: continue as"),
          config.demoUsers.map((user) => demoButton(user)),
        ),
    );
  };
  show("login");
  return panel;
}

function tab(label, testId, pressed, onclick) {
  return el("button", { type: "button", class: "tab", "aria-pressed": String(pressed), "data-testid": testId, onclick }, label);
}

function loginForm() {
  const input = el("input", { type: "text", autocomplete: "one-time-code" });
  const code = field({ label: "Code from your authenticator app", name: "code", hint: "Or one of your recovery codes", control: input });
  code.hidden = true;
  // Asked for only once the server has: most accounts have none.
  const send = async ({ code: typed, ...credentials }) => {
    try {
      await logIn(typed ? { ...credentials, code: typed } : credentials);
    } catch (error) {
      const isAsked = error.code === "totp_required";
      if (isAsked) {
        code.hidden = false;
        input.required = true;
      }
      if (isAsked || error.code === "totp_wrong") {
        error.faults = [{ name: "code", pointer: "/code", message: isAsked ? "Please enter the code." : error.message }];
      }
      throw error;
    }
  };
  return credentialsForm("login-form", "Log in", "login-submit", send, [
    field({ label: "E-mail", name: "email", type: "email", autocomplete: "username", inputmode: "email" }),
    field({ label: "Password", name: "password", type: "password", autocomplete: "current-password" }),
    code,
  ]);
}

function registerForm() {
  return credentialsForm("register-form", "Create account", "register-submit", register, [
    el(
      "div",
      { class: "field-row" },
      field({ label: "First name", name: "firstName", autocomplete: "given-name", lang: "tr" }),
      field({ label: "Last name", name: "lastName", autocomplete: "family-name", lang: "tr" }),
    ),
    field({ label: "E-mail", name: "email", type: "email", autocomplete: "email", inputmode: "email" }),
    field({ label: "Password", name: "password", type: "password", autocomplete: "new-password" }),
    field({ label: "Mobile phone", name: "phone", type: "tel", autocomplete: "tel", optional: true }),
  ]);
}

function credentialsForm(testId, label, submitTestId, send, fields) {
  return sendingForm({ testId, fields, submit: submitButton(label, { testId: submitTestId, extraClass: "wide" }), send });
}
