// Draws what the server says of itself, `/openapi.json` and `/asyncapi.json`, below the words of the page.
// Everything goes in as text: nothing of the documents is ever read as HTML.

const METHODS = ["get", "post", "put", "patch", "delete"];
const DEPTH_MAX = 6;

const main = document.getElementById("main");
const end = main.querySelector(".neighbours");

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Text in which `code` stands between backticks. */
function prose(text = "") {
  return text.split("`").map((piece, at) => (at % 2 ? element("code", { textContent: piece }) : piece));
}

function table(heads, rows) {
  const line = (cells, name) => element("tr", {}, ...cells.map((cell) => element(name, {}, ...[cell].flat())));
  const body = element("tbody", {}, ...rows.map((row) => line(row, "td")));
  return element("div", { className: "table" }, element("table", {}, element("thead", {}, line(heads, "th")), body));
}

const code = (text) => element("code", { textContent: text });

class Document {
  constructor(json) {
    this.json = json;
  }

  resolved(part) {
    let at = part;
    while (at?.$ref) {
      at = at.$ref
        .slice(2)
        .split("/")
        .reduce((inner, key) => inner?.[decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~")], this.json);
    }
    return at;
  }

  /** The name of a type, as short as one can say it. */
  type(schema) {
    if (!schema) return "anything";
    if (schema.$ref) {
      const whole = this.resolved(schema);
      return whole?.enum ? this.type(whole) : schema.$ref.split("/").at(-1);
    }
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
    const either = schema.oneOf ?? schema.anyOf;
    if (either) return either.map((each) => this.type(each)).join(" | ");
    if (schema.allOf) return schema.allOf.map((each) => this.type(each)).join(" & ");
    const types = [schema.type ?? "object"].flat();
    return types.map((type) => (type === "array" ? `[${this.type(schema.items)}]` : type)).join(" | ");
  }

  /** A table of the fields, and below it one for each named type that they lead to. */
  fields(schema, shown = new Set(), depth = 0) {
    const name = schema?.$ref?.split("/").at(-1);
    if (name && shown.has(name)) return [];
    if (name) shown.add(name);
    const whole = this.resolved(schema);
    if (!whole || depth > DEPTH_MAX) return [];
    const inner = [whole.items, ...(whole.oneOf ?? []), ...(whole.anyOf ?? []), ...(whole.allOf ?? [])].filter(Boolean);
    const properties = Object.entries(whole.properties ?? {});
    const made = [];
    if (properties.length > 0) {
      if (depth > 0 && name) made.push(element("h4", { textContent: name }));
      const required = new Set(whole.required);
      const rows = properties.map(([key, field]) => [
        code(required.has(key) ? key : `${key}?`),
        this.type(field),
        prose(field.description ?? this.resolved(field)?.description ?? ""),
      ]);
      made.push(table(["field", "type", ""], rows));
    }
    for (const next of [...properties.map(([, field]) => field), ...inner]) made.push(...this.fields(next, shown, depth + 1));
    return made;
  }
}

function operation(kind, address, about, ...content) {
  return element(
    "details",
    { className: "operation", id: `${kind}-${address}`.replaceAll(/[^\w-]+/g, "-") },
    element("summary", {}, element("b", { className: `method ${kind}`, textContent: kind.toUpperCase() }), code(address), " ", element("span", {}, ...prose(about))),
    element("div", {}, ...content),
  );
}

function bodies(document, content) {
  return Object.entries(content ?? {}).flatMap(([kind, { schema }]) => [
    element("p", {}, code(kind), " ", document.type(schema)),
    ...document.fields(schema),
  ]);
}

function restOperation(document, address, method, asked) {
  const content = [];
  if (asked.description) content.push(element("p", {}, ...prose(asked.description)));
  content.push(element("p", { textContent: asked.security?.length ? "With a token." : "Without a token, too." }));
  const parameters = (asked.parameters ?? []).map((each) => document.resolved(each));
  if (parameters.length > 0) {
    const rows = parameters.map((each) => [code(each.required ? each.name : `${each.name}?`), each.in, document.type(each.schema), prose(each.description)]);
    content.push(element("h4", { textContent: "Parameters" }), table(["name", "in", "type", ""], rows));
  }
  const body = document.resolved(asked.requestBody);
  if (body) content.push(element("h4", { textContent: "Body" }), ...bodies(document, body.content));
  for (const [status, each] of Object.entries(asked.responses ?? {})) {
    const answer = document.resolved(each);
    content.push(element("h4", {}, `${status} `, ...prose(answer.description)));
    // The shape of a problem stands once, in the guide.
    if (status.startsWith("2")) content.push(...bodies(document, answer.content));
  }
  return operation(method, address, asked.summary, ...content);
}

function rest(json) {
  const document = new Document(json);
  const byTag = new Map();
  for (const [address, item] of Object.entries(json.paths)) {
    for (const method of METHODS.filter((each) => item[each])) {
      const tag = item[method].tags?.[0] ?? "other";
      if (!byTag.has(tag)) byTag.set(tag, []);
      byTag.get(tag).push(restOperation(document, address, method, item[method]));
    }
  }
  const parts = [...byTag].sort(([a], [b]) => a.localeCompare(b));
  return parts.flatMap(([tag, operations]) => [element("h3", { textContent: tag }), ...operations]);
}

function messages(json) {
  const document = new Document(json);
  return Object.entries(json.channels).flatMap(([channel, { title, address, description }]) => {
    const operations = Object.values(json.operations).filter(({ channel: of }) => of.$ref.endsWith(`/${channel}`));
    const drawn = operations.flatMap(({ action, reply, messages: sent }) =>
      sent.map((each) => {
        const message = document.resolved(document.resolved(each));
        const answers = (reply?.messages ?? []).map((answer) => document.resolved(document.resolved(answer)).name);
        const content = document.fields(message.payload);
        if (answers.length > 0) content.unshift(element("p", {}, "Answered by ", ...answers.flatMap((name, at) => [at ? ", " : "", code(name)]), "."));
        const example = message.examples?.[0]?.payload;
        if (example) content.push(element("pre", {}, code(JSON.stringify(example, null, 2))));
        // The document says what the server does: what it receives, a client sends.
        const kind = action === "receive" ? "send" : "receive";
        return operation(kind, `${channel} ${message.name}`, message.summary, ...content);
      }),
    );
    return [element("h3", {}, `${title ?? channel} `, code(address ?? "")), element("p", {}, ...prose(description)), ...drawn];
  });
}

async function draw(heading, name, drawn) {
  const address = new URL(`../${name}`, location.href);
  end.before(element("h2", { id: name, textContent: heading }), element("p", {}, element("a", { href: address, textContent: `/${name}` })));
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    end.before(...drawn(await answer.json()));
  } catch (fault) {
    end.before(element("p", { role: "alert", textContent: `${name} cannot be shown: ${fault.message}` }));
  }
}

/** Hides what has none of the words, and the headings that are left without anything. */
function filtered(words) {
  for (const each of main.querySelectorAll(".operation")) {
    const text = each.querySelector("summary").textContent.toLowerCase();
    each.hidden = !words.every((word) => text.includes(word));
  }
}

const filter = element("input", { className: "filter", type: "search", placeholder: "Filter: tickets, post, seat_update …", ariaLabel: "Filter" });
filter.addEventListener("input", () => filtered(filter.value.toLowerCase().split(/\s+/)));
end.before(element("p", {}, filter));
await draw("REST", "openapi.json", rest);
await draw("Live messages", "asyncapi.json", messages);
main.dataset.state = "drawn";
// What is linked to is there only now.
if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
