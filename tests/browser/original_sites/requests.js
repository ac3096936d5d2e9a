// How both sites ask: JSON in and out, a bearer token when somebody has logged in. Shared by the pages.

const { server } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
let token;

async function ask(method, path, body) {
  const response = await fetch(server + path, {
    method,
    headers: {
      'Content-Type': 'application/json',
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const answer = text === '' ? undefined : JSON.parse(text);
  if (response.ok) return answer;
  // As such frontends show it: one line for each bad field, or the message.
  const told = answer.messages.length > 0 ? answer.messages.join('\n') : answer.message;
  document.getElementById('error').textContent = `${response.status} ${told}`;
  throw new Error(`${response.status} ${told}`);
}

async function logIn({ email, password }) {
  ({ token } = await ask('POST', '/auth/login', { email, password }));
}

/// A new element; `data` becomes its data attributes.
function put(parent, tag, text, data = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  Object.assign(element.dataset, data);
  parent.append(element);
  return element;
}

/// The page says what it is doing, so that whoever uses it knows when it is done.
function doing(what, work) {
  const body = document.body.dataset;
  body.done = '';
  return work().then(
    () => { body.done = what; },
    () => { body.done = `${what} failed`; },
  );
}
