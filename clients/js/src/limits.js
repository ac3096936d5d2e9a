// How long the client waits for what. An application may set each of them.

export const LIMITS = Object.freeze({
  backoffBaseMs: 500,
  backoffMaxMs: 15_000,
  connectMaxMs: 10_000,
  // The server's pings are invisible to scripts, so silence alone proves nothing; it only asks.
  silenceMs: 30_000,
  answerMaxMs: 10_000,
  retryMs: 3_000,
  // Offers are asked for after every change of a seat, but not more often.
  offersEveryMs: 200,
});
