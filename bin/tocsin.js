#!/usr/bin/env node
// Starts the command line under Node 24, whichever Node runs this file: the project brings its own as the npm package `node`.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
/** A gateway has little memory and little garbage: a small young generation keeps it light. */
const flags = process.argv[2] === 'edge' ? ['--max-semi-space-size=4'] : [];
const [major] = process.versions.node.split('.').map(Number);
if (major >= 24) {
  // What was compiled once (and stripped of its types) is kept: the next start is three times as quick and 30 MB lighter.
  module.enableCompileCache?.(join(here, '../.cache/compile'));
  setTimeout(() => module.flushCompileCache?.(), 5_000).unref();
  const { main } = await import('./cli.ts');
  await main(process.argv.slice(2));
} else {
  const node = join(here, '../node_modules/node/bin/node');
  if (!existsSync(node)) {
    console.error('tocsin needs Node 24, which its own packages bring. Run `npm ci` in the project folder first.');
    process.exit(1);
  }
  const child = spawn(node, [...flags, fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => child.kill(name));
  child.on('exit', (status, signal) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
    if (signal) process.kill(process.pid, signal);
    else process.exit(status ?? 1);
  });
}
