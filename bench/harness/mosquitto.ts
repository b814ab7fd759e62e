import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, freePort, startProgram } from './child.ts';

const program = '/usr/sbin/mosquitto';

/**
 * Debian's mosquitto, installed with apt when it is missing and may be; answers its version, or undefined with a
 * reason why not.
 */
export function installMosquitto(): { version?: string; why?: string } {
  if (!existsSync(program)) {
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'mosquitto'], { stdio: 'ignore' });
  }
  if (!existsSync(program)) return { why: 'mosquitto is not here and apt could not install it' };
  const help = spawnSync(program, ['-h'], { encoding: 'utf8' });
  return { version: /mosquitto version (\S+)/.exec(`${help.stdout}${help.stderr}`)?.[1] ?? 'unknown' };
}

/**
 * Starts mosquitto on a free loopback port as fast as it can be set: no log-in, no rights, no persistence, TCP_NODELAY,
 * and no bound on what is in flight (its default of 20 a client would hold a fast subscriber back).
 */
export async function startMosquitto(): Promise<Child & { port: number }> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const file = join(directory, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence false',
    'set_tcp_nodelay true',
    'max_inflight_messages 0',
    'max_queued_messages 0',
    'log_dest none',
    'user root',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const child = await startProgram('sh', ['-c', `ulimit -n 20000; exec ${program} -c ${file}`]);
  for (let tries = 0; !(await answers(port)); tries += 1) {
    if (tries > 200) throw new Error('mosquitto does not answer.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    ...child,
    port,
    async stop() {
      await child.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
