// Which server a page talks to and which departure it shows: from its address, or the next one of all.

const asked = new URLSearchParams(location.search);

export const server = asked.get("server") ?? "http://localhost:3000";

export async function departure() {
  const id = asked.get("route");
  if (id) return getJson(`/routes/${id}`);
  const [route] = await getJson("/routes/upcoming?days=14&limit=1");
  if (!route) throw new Error(`no departure within 14 days on ${server}`);
  return route;
}

export async function getJson(path) {
  const response = await fetch(server + path);
  const body = await response.json();
  if (!response.ok) throw new Error(`${path}: ${body.detail}`);
  return body;
}
