import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@tocsin/contracts';
import { openSqliteLog } from '@tocsin/ingest/log';
import { expect, test } from 'vitest';

/** Appends batches for ever and says each mark once `append` has returned, as ingest acknowledges it. */
const appender = `
  import { silentLogger, systemClock } from '@tocsin/contracts';
  import { openSqliteLog } from '@tocsin/ingest/log';
  const log = openSqliteLog(process.argv[1], { clock: systemClock, logger: silentLogger });
  let seq = log.mark('quarry', 'e1', 'live');
  for (;;) {
    const entries = Array.from({ length: 1 + (seq % 7) }, (_, i) => ({
      site: 'quarry', epoch: 'e1', lane: 'live', seq: seq + 1 + i, receivedAtMs: 1, body: Buffer.from('batch ' + (seq + 1 + i)),
    }));
    seq = log.append(entries).at(-1).storedThrough;
    process.stdout.write(seq + '\\n');
    if (seq % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
  }`;

test('whatever was acknowledged is there, once and in order, after every one of six kills', {
  timeout: 60_000,
}, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-crash-'));
  const path = join(dir, 'log.sqlite');
  let acknowledged = 0;
  try {
    for (let round = 0; round < 6; round += 1) {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', appender, path], {
        cwd: import.meta.dirname,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      let wanted = 40 + round * 17;
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        wanted -= chunk.toString().split('\n').length - 1;
        if (wanted <= 0) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const said = text.slice(0, text.lastIndexOf('\n')).split('\n').map(Number).at(-1)!;
      expect(said, 'Each round must have got on.').toBeGreaterThan(acknowledged);
      acknowledged = said;
      const log = openSqliteLog(path, { clock: systemClock, logger: silentLogger });
      const entries = log.read(0, 1_000_000);
      expect(log.recovered()).toBeUndefined();
      expect(log.mark('quarry', 'e1', 'live')).toBe(entries.length);
      expect(entries.length).toBeGreaterThanOrEqual(acknowledged);
      const wrong = entries.filter(
        ({ seq, body }, i) => seq !== i + 1 || Buffer.from(body).toString() !== `batch ${seq}`,
      );
      expect(wrong).toEqual([]);
      log.close();
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
