import { BIGINT, DOUBLE, type DuckDBAppender, DuckDBDataChunk, INTEGER, UTINYINT } from '@duckdb/node-api';
import type { Columns } from '@tocsin/contracts';

/** Rows of one DuckDB vector; a data chunk holds no more. */
const chunkRows = 2_048;
const high = 2 ** 32;

/** What of a vector is used here: its memory as a typed array, filled directly because values one by one cost three times as much. */
type Memory = {
  items: Int32Array | Float64Array | Uint8Array | BigInt64Array;
  flush(): void;
};

/** Fills columns of the hot table chunk by chunk and hands them to an appender. */
export function createRowFiller() {
  const chunk = DuckDBDataChunk.create([INTEGER, BIGINT, DOUBLE, UTINYINT], chunkRows);
  let appender: DuckDBAppender | undefined;
  let used = 0;
  let vectors: Memory[] = [];
  let id: Int32Array;
  let time: Uint32Array;
  let value: Float64Array;
  let quality: Uint8Array;

  function size(rows: number): void {
    chunk.rowCount = rows;
    vectors = [0, 1, 2, 3].map((column) => chunk.getColumnVector(column) as unknown as Memory);
    id = vectors[0]!.items as Int32Array;
    const wide = vectors[1]!.items;
    time = new Uint32Array(wide.buffer, wide.byteOffset, rows * 2);
    value = vectors[2]!.items as Float64Array;
    quality = vectors[3]!.items as Uint8Array;
  }

  function emit(): void {
    for (const vector of vectors) vector.flush();
    appender!.appendDataChunk(chunk);
    used = 0;
  }

  return {
    begin(to: DuckDBAppender): void {
      appender = to;
      used = 0;
      size(chunkRows);
    },
    /** `ids` gives the series id of each index of the batch's series table; 0 leaves the reading out. Answers how many were left out. */
    add(columns: Columns, ids: Int32Array): number {
      const n = columns.series.length;
      let left = 0;
      for (let i = 0; i < n; i += 1) {
        const series = ids[columns.series[i]!]!;
        if (series === 0) {
          left += 1;
          continue;
        }
        const t = Math.round(columns.takenAtMs[i]!);
        id[used] = series;
        // A 64-bit integer as two halves, little end first; times are never negative.
        time[2 * used] = t % high;
        time[2 * used + 1] = Math.floor(t / high);
        value[used] = columns.value[i]!;
        quality[used] = columns.quality[i]!;
        used += 1;
        if (used === chunkRows) emit();
      }
      return left;
    },
    end(): void {
      if (used > 0 && used < chunkRows) {
        const rows = used;
        const kept = [
          id.slice(0, rows),
          time.slice(0, rows * 2),
          value.slice(0, rows),
          quality.slice(0, rows),
        ] as const;
        size(rows);
        id.set(kept[0]);
        time.set(kept[1]);
        value.set(kept[2]);
        quality.set(kept[3]);
        emit();
      }
      appender!.flushSync();
      appender!.closeSync();
      appender = undefined;
    },
  };
}
