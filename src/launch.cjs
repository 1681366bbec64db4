/**
 * Starts a program on a Node that can run it: this one, or the one that npm installed. `node src/launch.cjs [--dev] <program> ...`, or
 * options of Node's in place of a program. Programs import this file first, so that a Node that strips types but can't run them is told so too.
 * Plain JavaScript that very old versions of Node understand.
 */
const { spawn } = require("child_process");
const { existsSync } = require("fs");
const { dirname, join, resolve } = require("path");

const root = dirname(__dirname);
const needed = 26; // what the tests run on
const fits = Number(process.versions.node.split(".")[0]) >= needed;

/** The Node among the packages, for this system. */
function installed() {
  const windows = process.platform === "win32";
  const system = `${windows ? "win" : process.platform}-${process.arch}`;
  const name = system === "darwin-arm64" ? `node-bin-${system}` : `node-${system}`;
  return join(root, "node_modules", name, "bin", windows ? "node.exe" : "node");
}

function refuse(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

const refuseNode = (why) =>
  refuse(
    `This needs Node ${needed} or newer, but ${why}: start it with \`npm start\` or \`npm run\` after \`npm ci\`, which brings one, or install it from https://nodejs.org.`,
  );

/** Programs that develop and train need packages that an installation for production leaves out. */
function checkPackages() {
  const { devDependencies } = require("../package.json");
  const missing = Object.keys(devDependencies).filter((name) => !existsSync(join(root, "node_modules", name)));
  if (missing.length > 0)
    refuse(`This needs packages that are not installed (${missing.join(", ")}): run \`npm ci --include=dev\` first.`);
}

/** Runs the program in this process. */
function runHere(program, words) {
  process.argv = [process.execPath, program].concat(words);
  require("module").runMain(program);
}

/** Runs Node in a process of its own, which gets this one's signals; this one ends as that one does. */
function runOn(node, words) {
  const child = spawn(node, words, { stdio: "inherit" });
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => {
      if (signal !== "SIGINT" || !terminal) child.kill(signal); // Ctrl-C reaches both without us
    });
  child.on("error", (error) => refuseNode(`this is ${process.version} and ${node} can't be started (${error.code})`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function launch(words) {
  if (words[0] === "--dev") checkPackages();
  const [first, ...rest] = words[0] === "--dev" ? words.slice(1) : words;
  if (fits && !first.startsWith("-")) return runHere(resolve(first), rest);
  const node = fits ? process.execPath : installed();
  if (existsSync(node)) runOn(node, [first, ...rest]);
  else refuseNode(`this is ${process.version}`);
}

if (require.main === module) launch(process.argv.slice(2));
else if (!fits) refuseNode(`this is ${process.version}`);
