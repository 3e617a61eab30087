import { GraphiQL } from "graphiql";
import { useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import "graphiql/graphiql.css";
import "./style.css";
import { examples, newTab } from "./examples.js";
import { fetcher } from "./fetcher.js";
import { expiry, liveToken, memory } from "./memory.js";

const TAB_STATE = "graphiql:tabState";

function Playground() {
  return (
    <GraphiQL
      fetcher={fetcher}
      defaultTabs={examples}
      defaultQuery={newTab}
      defaultEditorToolsVisibility="variables"
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>Emporium</GraphiQL.Logo>
      <GraphiQL.Footer>
        <Memory />
      </GraphiQL.Footer>
    </GraphiQL>
  );
}

/** One quiet line: which token goes along, which ids fill the variables, and how to forget them. */
function Memory() {
  const { token, ids } = useSyncExternalStore(memory.subscribe, memory.get);
  const names = Object.keys(ids);
  return (
    <div className="memory">
      <span>{token ? tokenNote(token) : "Not signed in"}</span>
      {names.length > 0 && (
        <span title={names.map((name) => `{{${name}}} = ${ids[name]}`).join("\n")}>
          remembered: <code>{names.join(" ")}</code>
        </span>
      )}
      <span className="links">
        {(token || names.length > 0) && <button type="button" onClick={memory.forget}>Forget</button>}
        <button type="button" onClick={resetTabs}>Reset tabs</button>
      </span>
    </div>
  );
}

function tokenNote(token) {
  if (memory.get().refreshToken) {
    return "Signed in: your access token goes with every request, and is renewed when it ends";
  }
  if (!liveToken()) {
    return "Your access token has expired: run LogIn again";
  }
  const end = expiry(token);
  const until = Number.isFinite(end) ? ` until ${new Date(end).toLocaleTimeString()}` : "";
  return `Signed in: your access token goes with every request${until}`;
}

function resetTabs() {
  if (confirm("Close all tabs and open the examples again?")) {
    localStorage.removeItem(TAB_STATE);
    location.reload();
  }
}

// GraphiQL fills its editors from these two keys, not from the first of the default tabs.
if (!localStorage.getItem(TAB_STATE)) {
  localStorage.setItem("graphiql:query", examples[0].query);
  localStorage.setItem("graphiql:variables", examples[0].variables);
}

createRoot(document.getElementById("playground")).render(<Playground />);
