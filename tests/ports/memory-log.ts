import type { AppendResult, Lane, Log, LogEntry, NewLogEntry } from '@tocsin/contracts';

/** The port `Log` in memory: the twin that says what every real log must answer. `failAfter(n)` makes the n-th write from now fail. */
export type MemoryLog = Log & { failAfter(writes: number): void };

const contentOf = ({ body, sentChecksum }: NewLogEntry) => sentChecksum ?? Buffer.from(body).toString('base64');

/** Opens an empty log that forgets everything when the program ends. */
export function openMemoryLog(): MemoryLog {
  let marks = new Map<string, number>();
  let contents = new Map<string, unknown>();
  let entries: LogEntry[] = [];
  let last = 0;
  let writesLeft = Number.POSITIVE_INFINITY;

  function write(): void {
    if (writesLeft <= 0) {
      writesLeft = Number.POSITIVE_INFINITY;
      throw new Error('The disk refused.');
    }
    writesLeft -= 1;
  }

  function appendOne(entry: NewLogEntry): AppendResult {
    const { site, epoch, lane, seq } = entry;
    const key = `${site}/${epoch}/${lane}`;
    const mark = marks.get(key) ?? 0;
    if (seq > mark + 1) return { outcome: 'early', storedThrough: mark };
    if (seq <= mark) {
      const had = contents.get(`${key}/${seq}`);
      return { outcome: had === undefined || had === contentOf(entry) ? 'duplicate' : 'conflict', storedThrough: mark };
    }
    write();
    last += 1;
    entries.push({ ...entry, offset: last });
    contents.set(`${key}/${seq}`, contentOf(entry));
    marks.set(key, seq);
    return { outcome: 'stored', storedThrough: seq, offset: last };
  }

  return {
    append(batch) {
      const before = { marks: new Map(marks), contents: new Map(contents), entries: [...entries], last };
      try {
        return batch.map(appendOne);
      } catch (error) {
        ({ marks, contents, entries, last } = before);
        throw error;
      }
    },
    read(after, entriesMax, bytesMax = Number.POSITIVE_INFINITY) {
      const found: LogEntry[] = [];
      let bytes = 0;
      for (const entry of entries) {
        if (entry.offset <= after) continue;
        if (found.length >= entriesMax || bytes >= bytesMax) break;
        found.push(entry);
        bytes += entry.body.byteLength;
      }
      return found;
    },
    end: () => last,
    mark: (site: string, epoch: string, lane: Lane) => marks.get(`${site}/${epoch}/${lane}`) ?? 0,
    trim(offset) {
      for (const entry of entries.filter((one) => one.offset <= offset))
        contents.delete(`${entry.site}/${entry.epoch}/${entry.lane}/${entry.seq}`);
      entries = entries.filter((entry) => entry.offset > offset);
    },
    close() {},
    failAfter(writes) {
      writesLeft = writes;
    },
  };
}
