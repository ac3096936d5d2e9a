// Decides what a demonstration adds to the page: one click per demo role, above everything else.
// Empty, and absent, wherever the server offers no demo users.

import { config } from "./config.js";
import { announce, el, replace } from "./dom.js";
import { titled } from "./format.js";
import { currentUser, logIn, onSessionChange } from "./session.js";

export function mountDemoBar(bar) {
  if (config.demoUsers.length === 0) return;
  bar.hidden = false;
  const render = () => {
    const seen = new Set();
    const buttons = config.demoUsers.map((user) => {
      const testId = seen.has(user.role) ? undefined : `login-demo-${user.role}`;
      seen.add(user.role);
      return demoButton(user, { testId });
    });
    replace(bar, el("span", { class: "demo-label" }, "Demo"), el("span", { class: "demo-hint" }, "log in as"), buttons);
  };
  render();
  onSessionChange(render);
}

/** Logs in as a demo user. */
export function demoButton(user, { testId } = {}) {
  const isCurrent = currentUser()?.email === user.email;
  const button = el(
    "button",
    {
      type: "button",
      class: "demo-button",
      title: user.label,
      "data-testid": testId,
      "data-demo-role": user.role,
      "aria-pressed": String(isCurrent),
      onclick: async () => {
        button.disabled = true;
        try {
          await logIn({ email: user.email, password: user.password });
        } catch (error) {
          announce(error.message);
          button.title = error.message;
        } finally {
          button.disabled = false;
        }
      },
    },
    titled(user.role),
  );
  return button;
}
