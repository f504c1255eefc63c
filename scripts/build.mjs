// Compiles src/ into dist/, which appears whole or not at all: tsc writes into a scratch folder that then takes dist's name.
//   node scripts/build.mjs             builds
//   node scripts/build.mjs --if-stale  builds only when a source is newer than dist/
// Several calls at once are safe: they queue for a lock, and with --if-stale the later ones find the work done.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
/** Its time is when the build began, so that a source saved meanwhile counts as newer. */
const STAMP = '.built';
const SCRATCH = 'dist.partial-';
const SOURCES = ['src', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

/** Whether dist/ is missing or older than a source; a few milliseconds. */
export function isStale() {
  const built = statSync(join(dist, STAMP), { throwIfNoEntry: false })?.mtimeMs;
  return built === undefined || SOURCES.some((name) => changedSince(join(root, name), built));
}

/** A folder's own time tells of files that were deleted or renamed. Tests are not built, and not looked at. */
function changedSince(path, time) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats || path.endsWith('.test.ts')) return false;
  if (stats.mtimeMs > time) return true;
  return stats.isDirectory() && readdirSync(path).some((name) => changedSince(join(path, name), time));
}

/**
 * Builds.
 * @param onlyIfStale looked at again when the lock is held: another process may have built meanwhile.
 * @throws Error when a tool is missing or the sources do not compile; the compiler's messages are its message.
 */
export async function build({ onlyIfStale = false } = {}) {
  const compiler = requireInstalled('typescript/bin/tsc');
  const { lock } = createRequire(import.meta.url)('proper-lockfile');
  const release = await lock(root, {
    lockfilePath: join(root, 'node_modules', '.dare-build.lock'),
    stale: 15_000,
    retries: { retries: 240, factor: 1, minTimeout: 500 },
  });
  try {
    if (onlyIfStale && !isStale()) return;
    for (const name of readdirSync(root)) if (name.startsWith(SCRATCH)) remove(join(root, name));
    const began = new Date();
    const scratch = join(root, `${SCRATCH}${process.pid}`);
    await compile(compiler, scratch);
    mkdirSync(scratch, { recursive: true });
    writeFileSync(join(scratch, STAMP), '');
    utimesSync(join(scratch, STAMP), began, began);
    const old = `${scratch}-old`;
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(scratch, dist);
    remove(old);
  } finally {
    await release();
  }
}

function requireInstalled(name) {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (error) {
    throw new Error(`the development tools are not installed (run "npm ci" in ${root})`, { cause: error });
  }
}

async function compile(compiler, outDir) {
  const tsc = spawn(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', outDir], { cwd: root });
  let output = '';
  for (const stream of [tsc.stdout, tsc.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const status = await new Promise((resolve, reject) => tsc.on('error', reject).on('close', resolve));
  if (status === 0) return;
  remove(outDir);
  throw new Error(`the sources do not compile:\n${output.trim()}`);
}

const remove = (path) => rmSync(path, { recursive: true, force: true });

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const onlyIfStale = process.argv.includes('--if-stale');
  try {
    if (!onlyIfStale || isStale()) await build({ onlyIfStale });
  } catch (error) {
    process.stderr.write(`build: ${error.message}\n`);
    process.exitCode = 1;
  }
}
