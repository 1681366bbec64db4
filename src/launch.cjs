/**
 * Starts a program on a suitable Node: the running one, or the one that npm installed. `node src/launch.cjs [--dev] <program> ...`;
 * options of Node may stand in place of a program. Programs also import this file first, which checks the version of Node.
 * Plain JavaScript for very old versions of Node.
 */
const { spawn } = require("child_process");
const { existsSync } = require("fs");
const { dirname, join, resolve } = require("path");

const root = dirname(__dirname);
const needed = 26; // what the tests run on
const fits = Number(process.versions.node.split(".")[0]) >= needed;

/** Path of the Node that npm installed for this system. */
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

/** Development and training need packages that a production installation omits. */
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

/** Runs Node as a child process, forwards signals to it, and exits as it does. */
function runOn(node, words) {
  const child = spawn(node, words, { stdio: "inherit" });
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.on(signal, () => {
      if (signal !== "SIGINT" || !terminal) child.kill(signal); // the terminal sends Ctrl-C to both
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
