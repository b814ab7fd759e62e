import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BIGINT, DOUBLE, DuckDBDataChunk, DuckDBInstance, INTEGER, UTINYINT } from '@duckdb/node-api';
import { startMs } from './load.ts';

/** Rows a DuckDB data chunk holds, and rows per transaction as the series writer has them at full load. */
const chunkRows = 2_048;
const transactionRows = 65_536;

/**
 * The floor: rows of the hot table's shape through DuckDB's own appender, chunk by chunk with its documented calls, into a file with a
 * commit now and then. No decoding, no judging, no log, no dictionary. Answers rows per second, wall and CPU.
 */
export async function bareAppender(rows: number, series: number): Promise<{ perSecond: number; perCpuSecond: number }> {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-bare-'));
  const options = { memory_limit: '512MB', threads: '1' };
  const instance = await DuckDBInstance.create(join(dir, 'bare.duckdb'), options);
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE reading (
    series_id INTEGER NOT NULL, taken_at_ms BIGINT NOT NULL, value DOUBLE NOT NULL, quality UTINYINT NOT NULL)`);
  const chunk = DuckDBDataChunk.create([INTEGER, BIGINT, DOUBLE, UTINYINT]);
  const columns = Array.from({ length: 8 }, (_, k) => [
    Array.from({ length: chunkRows }, (__, i) => (k * chunkRows + i) % series),
    Array.from({ length: chunkRows }, (__, i) => BigInt(startMs + k * chunkRows + i)),
    Array.from({ length: chunkRows }, (__, i) => Math.round(Math.sin(i) * 10_000) / 100),
    new Array<number>(chunkRows).fill(0),
  ]);
  const cpu = process.cpuUsage();
  const began = performance.now();
  for (let done = 0; done < rows; ) {
    await connection.run('BEGIN');
    const appender = await connection.createAppender('reading');
    for (let inside = 0; inside < transactionRows && done < rows; inside += chunkRows, done += chunkRows) {
      chunk.setColumns(columns[(done / chunkRows) % columns.length]!);
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
    await connection.run('COMMIT');
  }
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  connection.closeSync();
  instance.closeSync();
  rmSync(dir, { recursive: true, force: true });
  return { perSecond: rows / seconds, perCpuSecond: rows / ((user + system) / 1e6) };
}
