// One window of the playground, in the terms of the person before it.
export class Playground {
  /** What the subscription of this window delivered. */
  frames = [];

  static async open(context, base) {
    const shop = new Playground();
    shop.page = await context.newPage();
    shop.page.on("websocket", (socket) =>
      socket.on("framereceived", ({ payload }) => {
        const message = JSON.parse(String(payload));
        if (message.type === "next") {
          shop.frames.push(message.payload);
        }
      }),
    );
    await shop.page.goto(base);
    await shop.page.locator(".graphiql-query-editor .CodeMirror").waitFor();
    return shop;
  }

  tabs() {
    return this.page.locator(".graphiql-tab").allInnerTexts();
  }

  async example(name) {
    // By keyboard, for the tabs slide about after one was closed.
    await this.page.locator(".graphiql-tab-button", { hasText: new RegExp(`^${name}$`) }).first().press("Enter");
    await this.page.locator(".graphiql-tab-active", { hasText: name }).waitFor();
    await this.#settled();
  }

  /** Opens a new tab and types into it. */
  async write(text) {
    await this.page.locator(".graphiql-tab-add").click();
    await this.#edit(".graphiql-query-editor .CodeMirror", "");
    await this.page.keyboard.type(text);
    await this.#settled();
  }

  async closeTab() {
    await this.page.locator(".graphiql-tab-active .graphiql-tab-close").click();
  }

  // GraphiQL notes an edit in its tab, and the tabs in the browser's storage, some moments later: a
  // change of tab before that would carry the edit into the wrong one.
  async #settled() {
    await this.page.waitForFunction(() => {
      const state = JSON.parse(localStorage.getItem("graphiql:tabState"));
      const tab = state?.tabs[state.activeTabIndex];
      const text = (editor) => document.querySelector(`${editor} .CodeMirror`).CodeMirror.getValue();
      return tab && (tab.query ?? "") === text(".graphiql-query-editor") && (tab.variables ?? "") === text(".graphiql-editor-tool");
    });
  }

  async completions() {
    await this.page.keyboard.press("Control+Space");
    const hints = await this.page.locator(".CodeMirror-hints").innerText();
    await this.page.keyboard.press("Escape");
    await this.closeTab();
    return hints;
  }

  async start() {
    await this.page.locator("button.graphiql-execute-button").click();
  }

  /** Runs the tab and gives what it answers. */
  async run() {
    await this.#edit(".graphiql-response .CodeMirror", "");
    await this.start();
    return JSON.parse(await this.answerMatches(/^\{[^]*\}$/));
  }

  /** The answer, as soon as it matches. */
  async answerMatches(pattern) {
    const answer = await this.page.waitForFunction(
      ([source, editor]) => {
        const text = document.querySelector(editor).CodeMirror.getValue().trim();
        return new RegExp(source).test(text) ? text : null;
      },
      [pattern.source, ".graphiql-response .CodeMirror"],
    ).catch(async (error) => {
      throw new Error(`no answer like ${pattern}, but:\n${await this.#text(".graphiql-response .CodeMirror")}`, { cause: error });
    });
    return answer.jsonValue();
  }

  async variables() {
    return JSON.parse(await this.#text(".graphiql-editor-tool .CodeMirror"));
  }

  async setVariables(value) {
    await this.#edit(".graphiql-editor-tool .CodeMirror", JSON.stringify(value));
    await this.#settled();
  }

  /** Opens the page again with an access token that ended an hour ago. */
  async endAccessToken() {
    await this.page.evaluate(() => {
      const memory = JSON.parse(localStorage.getItem("emporium:memory"));
      const claims = btoa(JSON.stringify({ exp: Math.floor(Date.now() / 1000) - 3600 }));
      localStorage.setItem("emporium:memory", JSON.stringify({ ...memory, token: `e30.${claims}.e30` }));
    });
    await this.page.reload();
    await this.page.locator(".graphiql-query-editor .CodeMirror").waitFor();
  }

  memory() {
    return this.page.locator(".memory").innerText();
  }

  async documentation() {
    return this.#panel("Show Documentation Explorer", ".graphiql-doc-explorer", "Mutation");
  }

  async history() {
    return this.#panel("Show History", ".graphiql-history", "PlaceOrder");
  }

  async #panel(button, content, word) {
    const shown = this.page.locator(content);
    if (!(await shown.isVisible())) {
      await this.page.locator(`button[aria-label="${button}"]`).click();
    }
    await shown.getByText(word, { exact: false }).first().waitFor();
    return shown.innerText();
  }

  #text(editor) {
    return this.page.evaluate((selector) => document.querySelector(selector).CodeMirror.getValue(), editor);
  }

  async #edit(editor, text) {
    await this.page.evaluate(([selector, value]) => {
      const { CodeMirror } = document.querySelector(selector);
      CodeMirror.setValue(value);
      CodeMirror.focus();
    }, [editor, text]);
  }
}
