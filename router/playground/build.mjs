// Bundles the playground into dist/, each file compressed, byte for byte the same on every machine.
import { build } from "esbuild";
import { gzipAsync } from "@gfx/zopfli";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";

const root = import.meta.dirname;
const dist = path.join(root, "dist");

// GraphiQL embeds two font families as data URLs, which are most of its style sheet: the
// playground uses the fonts of the system.
const systemFonts = {
  name: "system-fonts",
  setup(bundler) {
    bundler.onLoad({ filter: /graphiql[/\\]dist[/\\]style\.css$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, "utf8")).replaceAll(/@font-face\s*\{[^}]*\}/g, ""),
      loader: "css",
    }));
  },
};

const result = await build({
  absWorkingDir: root,
  entryPoints: { playground: "src/main.jsx" },
  outdir: path.join(dist, "assets"),
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome115", "firefox115", "safari16"],
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  loader: { ".graphql": "text", ".json": "text" },
  legalComments: "none",
  plugins: [systemFonts],
  metafile: true,
  write: false,
});

const files = new Map(result.outputFiles.map((file) => [path.relative(dist, file.path), file.contents]));
for (const name of ["index.html", "favicon.svg"]) {
  files.set(name, await readFile(path.join(root, "src", name)));
}

files.set("licenses.txt", Buffer.from(await licenses(Object.keys(result.metafile.inputs))));

await rm(dist, { recursive: true, force: true });
let total = 0;
for (const [name, contents] of files) {
  const compressed = await gzipAsync(contents, { numiterations: 15 });
  const file = path.join(dist, `${name}.gz`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, compressed);
  total += compressed.length;
  console.log(`${String(compressed.length).padStart(8)}  ${name}.gz`);
}
console.log(`${String(total).padStart(8)}  bytes in all`);

// The licences of all that is bundled ask to be passed on with it.
async function licenses(inputs) {
  const packages = new Set(inputs.flatMap((file) => file.match(/^node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []));
  const holders = new Map();
  for (const folder of [...packages].sort()) {
    const { name, version, license, author } = JSON.parse(await readFile(path.join(root, folder, "package.json"), "utf8"));
    const file = (await readdir(path.join(root, folder))).sort().find((entry) => /^licen[cs]e/i.test(entry));
    const by = author ? ` by ${author.name ?? author}` : "";
    const text = file ? await readFile(path.join(root, folder, file), "utf8") : `${license} license${by}`;
    holders.set(text.trim(), [...(holders.get(text.trim()) ?? []), `${name} ${version}`]);
  }
  return [...holders].map(([text, names]) => `${names.join(", ")}\n\n${text}\n`).join(`\n${"-".repeat(80)}\n\n`);
}

if (process.argv.includes("--analyze")) {
  const { analyzeMetafile } = await import("esbuild");
  console.log(await analyzeMetafile(result.metafile));
}
