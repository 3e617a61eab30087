// A newcomer's way through the playground: the page opens without internet, shows the documentation,
// runs a query of its own, and the example tabs buy something while a second window watches the order.
import assert from "node:assert/strict";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";
import { Playground } from "./page.mjs";

const base = process.env.EMPORIUM_URL;
const PATIENCE = 30_000;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-quic", "--disable-background-networking"],
});
const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
context.setDefaultTimeout(PATIENCE);

const outside = [];
const complaints = [];
await context.route("**/*", (route) => {
  const url = new URL(route.request().url());
  if (["localhost", "127.0.0.1", "[::1]"].includes(url.hostname)) {
    return route.continue();
  }
  outside.push(url.href);
  return route.abort();
});
// The browser notes the 400 that the wrong query gets.
const expected = /status of 400/;
context.on("console", (message) => {
  if (message.type() === "error" && !expected.test(message.text())) {
    complaints.push(message.text());
  }
});
context.on("weberror", (error) => complaints.push(String(error.error())));

const steps = {
  async "opens with the example tabs"(shop) {
    assert.equal((await shop.tabs()).length, 10);
  },

  async "shows the documentation"(shop) {
    assert.match(await shop.documentation(), /Mutation/);
  },

  async "completes a field name"(shop) {
    await shop.write("{ __");
    assert.match(await shop.completions(), /__schema/);
  },

  async "runs a query written by hand"(shop) {
    await shop.write("{ __typename }");
    assert.deepEqual(await shop.run(), { data: { __typename: "Query" } });
    await shop.closeTab();
  },

  async "shows an error as the server gives it"(shop) {
    await shop.write("{ noSuchField }");
    assert.match(JSON.stringify(await shop.run()), /noSuchField/);
    await shop.closeTab();
  },

  async "buys through the example tabs while a second window watches"(shop) {
    await shop.example("Register");
    await shop.setVariables({ input: { ...(await shop.variables()).input, email: buyer } });
    succeeded(await shop.run());
    await shop.example("LogIn");
    await shop.setVariables({ input: { ...(await shop.variables()).input, email: buyer } });
    succeeded(await shop.run());
    assert.match(await shop.memory(), /Signed in/);
    for (const name of ["SearchProducts", "AddToCart", "SetAddress", "PlaceOrder"]) {
      await shop.example(name);
      succeeded(await shop.run());
    }

    const watcher = await Playground.open(context, base);
    await watcher.example("WatchOrder");
    await watcher.start();
    await watcher.answerMatches(/"AWAITING_PAYMENT"/);
    for (const name of ["CreatePayment", "ConfirmPayment"]) {
      await shop.example(name);
      succeeded(await shop.run());
    }
    await watcher.answerMatches(/"PAID"/);
    assert.ok(watcher.frames.length >= 2, `${watcher.frames.length} statuses were delivered`);

    await shop.example("OrderHistory");
    assert.match(JSON.stringify(succeeded(await shop.run())), /"PAID"/);
  },

  async "renews an access token that has ended"(shop) {
    await shop.endAccessToken();
    await shop.write("{ me { email } }");
    assert.deepEqual(await shop.run(), { data: { me: { email: buyer } } });
    await shop.closeTab();
  },

  async "keeps a history"(shop) {
    assert.match(await shop.history(), /PlaceOrder/);
  },

  async "asked nothing outside and complained of nothing"() {
    assert.deepEqual(outside, []);
    assert.deepEqual(complaints, []);
  },
};

const buyer = `buyer-${process.hrtime.bigint()}@example.com`;

/** An answer without errors, neither thrown nor in a payload. */
function succeeded(answer) {
  assert.ok(answer.data && !answer.errors, JSON.stringify(answer, null, 2));
  for (const payload of Object.values(answer.data)) {
    assert.deepEqual(payload?.userErrors ?? [], [], JSON.stringify(answer, null, 2));
  }
  return answer;
}

let doing = "opens";
try {
  const shop = await Playground.open(context, base);
  for (const [name, step] of Object.entries(steps)) {
    doing = name;
    await step(shop);
    console.log(`ok: ${name}`);
  }
} catch (error) {
  const folder = await mkdtemp(path.join(tmpdir(), "playground-"));
  for (const [index, page] of context.pages().entries()) {
    await page.screenshot({ path: path.join(folder, `${index}.png`) });
  }
  console.error(`FAILED: ${doing}\n${error.stack ?? error}\ncomplaints: ${complaints.join("\n")}\nscreenshots in ${folder}`);
  process.exitCode = 1;
} finally {
  await browser.close();
}
