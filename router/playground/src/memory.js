// What earlier answers told: the session's tokens and the latest ids. Kept in the browser's storage, so
// that a second window (to watch an order while paying for it) knows them as well.
const KEY = "emporium:memory";
const EMPTY = { token: null, refreshToken: null, ids: {} };
const REMEMBERED = { cart: "cartId", order: "orderId", payment: "paymentId", variant: "variantId", variants: "variantId" };

const listeners = new Set();
let state = load();

function load() {
  try {
    return { ...EMPTY, ...JSON.parse(localStorage.getItem(KEY)) };
  } catch {
    return EMPTY;
  }
}

function save(next) {
  state = next;
  localStorage.setItem(KEY, JSON.stringify(state));
  listeners.forEach((listener) => listener());
}

addEventListener("storage", (event) => {
  if (event.key === KEY || event.key === null) {
    state = load();
    listeners.forEach((listener) => listener());
  }
});

export const memory = {
  get: () => state,
  /** What another window has noted in the meantime, too. */
  latest: () => (state = load()),
  forget: () => save(EMPTY),
  forgetRefreshToken: () => save({ ...state, refreshToken: null }),
  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

/** The time a JWT ends, in milliseconds since the epoch; never, when it does not say. */
export function expiry(token) {
  try {
    const claims = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    return claims.exp * 1000 || Infinity;
  } catch {
    return Infinity;
  }
}

/** The remembered token, unless it has expired: then the request goes out without one. */
export function liveToken() {
  return state.token && expiry(state.token) > Date.now() ? state.token : null;
}

/** Takes the session's tokens and the first cart, order, payment and variant id out of an answer. */
export function remember(data) {
  const found = { ids: {} };
  walk(data, null, found);
  const { ids, ...session } = found;
  if (session.token || Object.keys(ids).length > 0) {
    // A new access token leaves no refresh token of another session behind.
    save({ ...state, ...(session.token && { refreshToken: null }), ...session, ids: { ...state.ids, ...ids } });
  }
}

function walk(value, key, found) {
  if (Array.isArray(value)) {
    value.forEach((item) => walk(item, key, found));
  } else if (value && typeof value === "object") {
    if (REMEMBERED[key] && typeof value.id === "string") {
      found.ids[REMEMBERED[key]] ??= value.id;
    }
    if (typeof value.accessToken === "string") {
      found.token = value.accessToken;
    }
    if (typeof value.refreshToken === "string") {
      found.refreshToken = value.refreshToken;
    }
    Object.entries(value).forEach(([name, item]) => walk(item, name, found));
  }
}

/** Fills `{{orderId}}` and the like from memory; `{{uuid}}` is a new one at every use. */
export function fill(value) {
  if (Array.isArray(value)) {
    return value.map(fill);
  }
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fill(item)]));
  }
  const name = typeof value === "string" && /^\{\{(\w+)\}\}$/.exec(value)?.[1];
  if (!name) {
    return value;
  }
  const known = name === "uuid" ? uuid() : state.ids[name];
  if (!known) {
    throw new Error(`No answer has told a value for {{${name}}} so far: run the tab that gives it first, or write your own value.`);
  }
  return known;
}

// crypto.randomUUID exists in secure contexts only, and a playground may be opened over plain HTTP.
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
