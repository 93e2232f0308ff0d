// Holds the promise that the first load stays under 400 kB of gzipped script.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const LIMIT = 400 * 1000;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

/** Every script the browser needs before it can show the given manifest entries. */
function scriptsOf(keys) {
  const seen = new Set();
  const visit = (key) => {
    const chunk = manifest[key];
    if (!chunk || seen.has(chunk.file)) return;
    seen.add(chunk.file);
    (chunk.imports ?? []).forEach(visit);
  };
  keys.forEach(visit);
  return [...seen].filter((file) => file.endsWith(".js"));
}

const size = (file) => gzipSync(readFileSync(new URL(file, dist))).length;
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
let failed = false;
for (const page of [null, ...Object.keys(manifest).filter((key) => key.startsWith("src/pages/") && manifest[key].isDynamicEntry)]) {
  const total = scriptsOf(page ? [entry, page] : [entry]).reduce((sum, file) => sum + size(file), 0);
  const over = total > LIMIT;
  failed ||= over;
  process.stdout.write(`${(total / 1000).toFixed(0).padStart(5)} kB gzip  ${page ?? "frame"}${over ? "  OVER 400 kB" : ""}\n`);
}
process.exit(failed ? 1 : 0);
