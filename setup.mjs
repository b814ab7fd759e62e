// Makes a fresh clone ready for `npm start`, `npm test`, `npm run check` and `npm run bench`; does nothing when nothing changed.
// Plain JavaScript for the machine's own Node (20 or newer): it runs before Node 24 and every other dependency is there.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = dirname(fileURLToPath(import.meta.url));
process.chdir(top);
const purpose = process.argv[2] ?? 'start';
const windows = process.platform === 'win32';

/** SHA-256 over the names and contents of files, so that "unchanged" never depends on clocks. */
function digest(paths) {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(path).update('\0').update(readFileSync(path)).update('\0');
  return hash.digest('hex');
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'dist' && entry.name !== 'node_modules')
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)]))
    .sort();
}

function stamped(file, value) {
  return existsSync(file) && readFileSync(file, 'utf8') === value;
}

function step(text, command, args, env = {}) {
  console.log(`tocsin set-up: ${text}`);
  const { status, error } = spawnSync(command, args, {
    stdio: 'inherit',
    shell: windows,
    env: { ...process.env, ...env },
  });
  if (status !== 0) {
    console.error(`tocsin set-up: ${text} failed (${error?.message ?? `exit ${status}`}).`);
    process.exit(1);
  }
}

function installPackages() {
  const rooms = JSON.parse(readFileSync('package.json', 'utf8')).workspaces;
  const wanted = digest([
    'package.json',
    'package-lock.json',
    '.npmrc',
    ...rooms.map((room) => `${room}/package.json`),
  ]);
  const stamp = 'node_modules/.tocsin-installed';
  if (stamped(stamp, wanted)) return;
  // package.json forbids the script by which onnxruntime-node would fetch GPU libraries; an npm that does not know allowScripts is told here.
  step(
    'installing packages (about half a minute, once)',
    windows ? 'npm.cmd' : 'npm',
    ['ci', '--loglevel=error', '--no-audit', '--no-fund'],
    { npm_config_onnxruntime_node_install: 'skip', ONNXRUNTIME_NODE_INSTALL: 'skip' },
  );
  writeFileSync(stamp, wanted);
}

function buildConsole() {
  if (!existsSync('dashboard/web/index.html')) return;
  const wanted = digest(['package-lock.json', ...filesBelow('dashboard/web'), ...filesBelow('contracts')]);
  const stamp = 'dashboard/web/dist/.built';
  if (stamped(stamp, wanted)) return;
  step(
    'building the console page',
    join(top, 'node_modules/.bin/node'),
    ['node_modules/vite/bin/vite.js', 'build', 'dashboard/web', '--logLevel', 'warn'],
    {
      NODE_ENV: 'production',
    },
  );
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function has(program) {
  return (process.env.PATH ?? '').split(':').some((folder) => {
    try {
      return statSync(join(folder, program)).isFile();
    } catch {
      return false;
    }
  });
}

/** Compiles the programs once, so that the first start is as quick as every other. */
function warmUp() {
  if (existsSync('.cache/compile')) return;
  for (const command of ['demo', 'up', 'edge']) {
    spawnSync(join(top, 'node_modules/.bin/node'), ['bin/tocsin.js', command, '--help'], {
      stdio: 'ignore',
      shell: windows,
    });
  }
}

/** True when GStreamer's RTSP server can be used from Python. */
function hasRtspServer() {
  const look = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer";
  return spawnSync('/usr/bin/python3', ['-c', look], { stdio: 'ignore' }).status === 0;
}

/** What the tests need from the machine besides Node, and how to see that it is there. */
const testTools = [
  {
    name: 'Chromium',
    tests: 'the browser tests',
    packages: ['chromium', 'fonts-dejavu-core'],
    isThere: () => has('chromium') || has('chromium-browser') || has('google-chrome'),
  },
  { name: 'ffmpeg', tests: 'the camera tests', packages: ['ffmpeg'], isThere: () => has('ffmpeg') },
  {
    name: "GStreamer's RTSP server",
    tests: 'the RTSP tests',
    packages: ['python3-gi', 'gir1.2-gst-rtsp-server-1.0', 'gstreamer1.0-plugins-good'],
    isThere: hasRtspServer,
  },
];

/** Installs from Debian what the tests lack; where that may not be done, one clear sentence says what to do. */
function installTestTools() {
  const missing = testTools.filter(({ isThere }) => !isThere());
  if (missing.length === 0) return;
  const root = typeof process.getuid === 'function' && process.getuid() === 0;
  if (!root || !has('apt-get')) {
    for (const { name, tests, packages } of missing)
      console.error(
        `tocsin set-up: ${tests} need ${name}; install it (Debian: sudo apt-get install ${packages.join(' ')}) and run npm test again.`,
      );
    return;
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const [i, { name, tests, packages }] of missing.entries()) {
    console.log(`tocsin set-up: installing ${name} with apt-get (once)`);
    try {
      if (i === 0) execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env });
      execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env,
      });
    } catch (error) {
      console.error(`tocsin set-up: ${name} could not be installed (${error.message}); ${tests} will say so.`);
    }
  }
}

installPackages();
if (purpose === 'start' || purpose === 'test') buildConsole();
if (purpose === 'start') warmUp();
if (purpose === 'test') installTestTools();
