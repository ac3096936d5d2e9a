// Makes the snippets of a page live, where a server in development mode shows it: they name this server and its next
// departure, and beside them is that departure's seat map, which reacts to what one pastes. Elsewhere a page stays
// as it is, but for a button that copies a block.

const EXAMPLE_SERVER = "http://localhost:3000";
const EXAMPLE_ROUTE = "0199c0de-0000-7000-8000-000000000001";

const here = (path) => new URL(`../${path}`, location.href);

async function json(path, options) {
  const answer = await fetch(here(path), options);
  if (!answer.ok) throw new Error(`${path}: status ${answer.status}`);
  return answer.json();
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function copyButton(label, text) {
  const button = element("button", { type: "button", className: "copy", textContent: label });
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(await text());
      button.textContent = "Copied";
    } catch (fault) {
      button.textContent = fault.message;
    }
  });
  return button;
}

const blocks = [...document.querySelectorAll("main pre > code")];
for (const code of blocks) code.parentElement.append(copyButton("Copy", () => code.textContent));

/** The texts name this server; where JSON is an example of a message, it names the departure. */
function fillIn(route) {
  for (const code of blocks) {
    const named = code.textContent.replaceAll(EXAMPLE_SERVER, here("").origin);
    // Programs use the example's id on purpose: as one that no departure has.
    code.textContent = code.className === "language-json" ? named.replaceAll(EXAMPLE_ROUTE, route.id) : named;
  }
}

/** Asked for when it is wanted: a login for each page that is read would soon be one too many. */
async function token({ email, password }) {
  const session = await json("auth/login", { method: "POST", body: JSON.stringify({ email, password }) });
  return session.token;
}

function panel(route, user) {
  const state = element("p", { className: "live-state" });
  const seats = element("ol", { className: "live-seats" });
  const last = element("p", { className: "live-last", role: "status" });
  const summary = element("summary", { textContent: `Live: ${route.fromCity} – ${route.toCity}` });
  const page = element("a", { href: here(`?route=${route.id}`), target: "_blank", textContent: "Book on its page" });
  const buttons = [copyButton("Copy its id", () => route.id), ...(user ? [copyButton("Copy a token", () => token(user))] : [])];
  const drawn = element("details", { id: "live", open: innerWidth >= 1200 }, summary, state, seats, last, element("p", {}, page), ...buttons);
  document.body.append(drawn);
  const show = (now) => {
    state.textContent = `${now.freeSeats.length} of ${now.seats.length} seats are free (${now.state})`;
    drawn.dataset.state = now.state;
    seats.replaceChildren(
      ...now.seats.map((seat) => {
        const item = element("li", { textContent: seat.seatNumber });
        item.dataset.state = seat.state;
        return item;
      }),
    );
    const { seq, seatNumber, eventType } = now.lastUpdate ?? {};
    if (eventType) last.textContent = `#${seq} seat ${seatNumber}: ${eventType}`;
  };
  return show;
}

/** Whether it is. */
async function makeLive() {
  const { mode, demoUsers } = await json("page-config.json");
  if (mode !== "development") return false;
  const [route] = await json("routes/upcoming?days=14&limit=1");
  if (!route) return false;
  const { seatMap } = await import(here("client/index.js"));
  fillIn(route);
  const user = demoUsers.find(({ role }) => role === "CUSTOMER");
  seatMap(here("").origin, route.id).subscribe(panel(route, user));
  return true;
}

// Where no server of ours shows the page there is nothing to be live about.
const isLive = blocks.length > 0 && (await makeLive().catch(() => false));
document.body.dataset.live = isLive ? "yes" : "no";
