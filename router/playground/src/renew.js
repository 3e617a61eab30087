// Renews the access token when it has ended. A refresh token is good once, and using it twice ends
// the session: so one window asks at a time, and the others take what it was given.
import { expiry, memory, remember } from "./memory.js";

const MARGIN = 30_000;
const RENEW = `mutation RenewToken($input: RefreshTokenInput!) {
  refreshToken(input: $input) { session { accessToken refreshToken } }
}`;

/** Settles when the remembered token is good for a while, or cannot be made so. */
export async function renew(endpoint) {
  if (isDue(memory.get())) {
    await alone(() => isDue(memory.latest()) && ask(endpoint));
  }
}

function isDue({ token, refreshToken }) {
  return Boolean(token && refreshToken) && expiry(token) - MARGIN < Date.now();
}

// Locks exist in secure contexts only; without them each window minds itself.
let asked = Promise.resolve();
function alone(work) {
  if (navigator.locks) {
    return navigator.locks.request("emporium:renew", work);
  }
  asked = asked.then(work, work);
  return asked;
}

async function ask(endpoint) {
  const { refreshToken } = memory.get();
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json", "apollo-require-preflight": "true" },
    body: JSON.stringify({ query: RENEW, variables: { input: { refreshToken } } }),
  });
  const answer = await response.json();
  if (answer.data?.refreshToken.session) {
    remember(answer.data);
  } else if (answer.data) {
    memory.forgetRefreshToken();
  }
}
