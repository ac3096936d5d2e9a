// Headers that claim to be somebody else, or to come from elsewhere. None of them changes who is asking
// while no proxy is trusted, and none makes an answer that a cache or a page could be tricked with.

/// Headers that a careless server believes, each with an address that changes from try to try.
export function claimed(index) {
  const address = `203.0.113.${index % 250}`;
  return {
    'x-forwarded-for': `${address}, 127.0.0.1`,
    forwarded: `for=${address};proto=https;host=bank.example`,
    'x-real-ip': address,
    'x-client-ip': address,
    'cf-connecting-ip': address,
    'true-client-ip': address,
    'x-forwarded-host': 'bank.example',
    'x-original-url': '/audit',
    'x-rewrite-url': '/audit',
    'x-http-method-override': 'DELETE',
  };
}

/// Origins that look like one that is allowed, beside `https://shop.example`.
export const LOOKALIKES = [
  'https://shop.example.evil.example',
  'https://evilshop.example',
  'https://shop.example:444',
  'http://shop.example',
  'https://SHOP.example.',
  'https://shop.example@evil.example',
  'null',
  'file://',
];
