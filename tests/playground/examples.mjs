// Each example tab of the playground is valid against the committed supergraph, its variables included.
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { buildASTSchema, getVariableValues, parse, validate } from "graphql";

const root = path.join(import.meta.dirname, "../..");
const folder = path.join(root, "router/playground/examples");

const supergraph = parse(await readFile(path.join(root, "schema/supergraph.graphql"), "utf8"));
const schema = buildASTSchema(supergraph, { assumeValidSDL: true });

const names = (await readdir(folder)).filter((name) => name.endsWith(".graphql")).sort();
for (const name of names) {
  const document = parse(await readFile(path.join(folder, name), "utf8"));
  const variables = JSON.parse(await readFile(path.join(folder, name.replace(/graphql$/, "json")), "utf8"));
  const mistakes = [...validate(schema, document)];
  if (mistakes.length === 0) {
    const { variableDefinitions } = document.definitions[0];
    mistakes.push(...(getVariableValues(schema, variableDefinitions ?? [], variables).errors ?? []));
  }
  for (const { message } of mistakes) {
    console.error(`FAILED: ${name}: ${message}`);
    process.exitCode = 1;
  }
}
if (!process.exitCode) {
  console.log(`ok: ${names.length} examples are valid`);
}
