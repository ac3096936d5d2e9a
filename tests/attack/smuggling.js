// Requests that two readers would cut at different places (RFC 9112, section 6.3 and 11.2). Behind a proxy
// the second request would be one that the proxy never saw: it must not be answered.

const HIDDEN = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n';

const post = (headers, body) => `POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n${body}`;
const chunked = `0\r\n\r\n${HIDDEN}`;

/// What is sent, by name. After each the hidden request must have stayed unanswered.
export const SMUGGLED = {
  'length and chunks': post(`Content-Length: ${chunked.length}\r\nTransfer-Encoding: chunked\r\n`, chunked),
  'chunks and length': post(`Transfer-Encoding: chunked\r\nContent-Length: 4\r\n`, chunked),
  'two lengths': post(`Content-Length: 0\r\nContent-Length: ${HIDDEN.length}\r\n`, HIDDEN),
  'a list of lengths': post(`Content-Length: 0, ${HIDDEN.length}\r\n`, HIDDEN),
  'a length with a sign': post(`Content-Length: +0\r\n`, HIDDEN),
  'a negative length': post(`Content-Length: -1\r\n`, HIDDEN),
  'a length in hexadecimal': post(`Content-Length: 0x0\r\n`, HIDDEN),
  'chunks twice': post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', chunked),
  'chunks with a tab': post('Transfer-Encoding:\tchunked\r\nContent-Length: 0\r\n', chunked),
  'chunks, a blank before the colon': post('Transfer-Encoding : chunked\r\nContent-Length: 0\r\n', chunked),
  'chunks behind another coding': post('Transfer-Encoding: xchunked\r\nContent-Length: 0\r\n', chunked),
  'a folded line': post('X: a\r\n Content-Length: 0\r\n', HIDDEN),
  'a bare line feed': `GET / HTTP/1.1\r\nHost: x\nX: a\r\n\r\n${HIDDEN}`,
  'a bare carriage return': `GET / HTTP/1.1\r\nHost: x\rX: a\r\n\r\n${HIDDEN}`,
  'two hosts': `GET /health/live HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n${HIDDEN}`,
  'a NUL in a name': `GET / HTTP/1.1\r\nHost: x\r\nX\0Y: a\r\n\r\n${HIDDEN}`,
  'a chunk size that runs over': post('Transfer-Encoding: chunked\r\n', `10000000000000000\r\nx\r\n${chunked}`),
  'a chunk size with a sign': post('Transfer-Encoding: chunked\r\n', `-1\r\nx\r\n${chunked}`),
  'a chunk without its line end': post('Transfer-Encoding: chunked\r\n', `1\r\nxyz${chunked}`),
};

/// A request that is whole in itself and whose successor is another of the same sender: may be answered.
export const ASKED_TWICE = `${HIDDEN}${HIDDEN}`;
