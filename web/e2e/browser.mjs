// What the end-to-end tests share: one browser, and pages that remember what went wrong in them.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

/** Where a running Picket answers. */
export const PICKET = process.env.PICKET_URL ?? "http://127.0.0.1:8080";

const EXECUTABLES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];

export function launch() {
  const executablePath = EXECUTABLES.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error("Chromium is not installed; install it or name it in CHROMIUM");
  return chromium.launch({ executablePath, args: FLAGS });
}

/** Opens a page of Picket; `problems` gathers console errors, failed requests and uncaught exceptions. */
export async function open(browser, path, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("response", (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(new URL(path, PICKET).href);
  await page.getByRole("heading", { level: 1 }).waitFor();
  return { page, problems, close: () => context.close() };
}

export async function api(path, init) {
  const response = await fetch(new URL(`/api/v1/${path}`, PICKET), init);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
