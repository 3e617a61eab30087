// Carries operations to the graph: queries and mutations over HTTP, subscriptions over
// graphql-transport-ws. The remembered access token goes along unless a header says otherwise.
import { getOperationAST, parse } from "graphql";
import { createClient } from "graphql-ws";
import { fill, liveToken, remember } from "./memory.js";
import { renew } from "./renew.js";

const endpoint = new URL("graphql", document.baseURI);

export function fetcher({ query, variables, operationName }, { headers } = {}) {
  const operation = chosen(query, operationName);
  const request = {
    query,
    operationName: operation ? operation.name?.value : operationName,
    variables: variables && fill(variables),
  };
  return operation?.operation === "subscription" ? stream(request, headers) : post(request, headers);
}

// GraphiQL notes the operation's name a moment after a key is pressed, so a fast hand sends the old
// one: where the document holds one operation, that one is meant. What does not parse goes to the
// server as it is, whose answer tells what is wrong.
function chosen(query, operationName) {
  try {
    const document = parse(query);
    return getOperationAST(document) ?? getOperationAST(document, operationName);
  } catch {
    return null;
  }
}

// An `authorization` header written by hand wins; an empty one asks as nobody.
async function authorized(headers = {}) {
  const written = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  if (!written) {
    await renew(endpoint);
  }
  const token = liveToken();
  const all = token && !written ? { ...headers, authorization: `Bearer ${token}` } : headers;
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
}

async function post(request, headers) {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json",
      "apollo-require-preflight": "true",
      ...(await authorized(headers)),
    },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error(`HTTP ${response.status} ${response.statusText}\n${text}`);
  }
  if (request.operationName !== "IntrospectionQuery") {
    remember(answer.data);
  }
  return answer;
}

function stream(request, headers) {
  return {
    subscribe(observer) {
      const url = new URL(endpoint);
      url.protocol = url.protocol.replace("http", "ws");
      const client = createClient({ url: url.href, connectionParams: () => authorized(headers), retryAttempts: 0 });
      const stop = client.subscribe(request, {
        next(answer) {
          remember(answer.data);
          observer.next(answer);
        },
        error(reason) {
          observer.error(reason instanceof CloseEvent ? closed(reason) : reason);
          client.dispose();
        },
        complete() {
          observer.complete();
          client.dispose();
        },
      });
      return {
        unsubscribe() {
          stop();
          client.dispose();
        },
      };
    },
  };
}

function closed({ code, reason }) {
  return new Error(`The server ended the connection: ${code} ${reason || "(no reason given)"}`);
}
