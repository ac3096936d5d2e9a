// Decides which of a page's signals speak of its connection. Knows nothing of what is done then.

/**
 * @param {any} window  Where they are heard; nothing is heard without one.
 * @param {{wake: () => void, drop: () => void}} signals
 *   `wake`: the page is looked at, or the network is back; `drop`: the network has gone.
 * @returns {() => void} ends it
 */
export function hearPage(window, { wake, drop }) {
  if (!window?.addEventListener) return () => {};
  const wakeIfVisible = () => {
    if (window.document?.visibilityState === "visible") wake();
  };
  const targets = /** @type {[any, string, () => void][]} */ ([
    [window, "online", wake],
    [window, "offline", drop],
    [window, "pageshow", wake],
    [window.document, "visibilitychange", wakeIfVisible],
  ]);
  for (const [target, event, handler] of targets) target?.addEventListener(event, handler);
  return () => {
    for (const [target, event, handler] of targets) target?.removeEventListener(event, handler);
  };
}
