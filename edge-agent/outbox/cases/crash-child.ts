import { systemClock } from '@tocsin/contracts';
import { encodeRow } from '../draft.ts';
import { openJournal } from '../journal.ts';

/**
 * Commits rows to the journal named by the first argument as fast as it can and says each number on standard output after its commit
 * returned, until it is killed. A test kills it in the middle.
 */
const journal = openJournal({ site: 'mill', path: process.argv[2]!, bytesMax: 1e9, nowMs: () => systemClock.nowMs() });
const { storedThrough, queued } = journal.lengths().live;
for (let seq = storedThrough + queued + 1; ; seq += 1) {
  const events = [{ kind: 'note' as const, code: 'N', text: 'x'.repeat(3_000), atMs: seq }];
  const row = encodeRow({ site: 'mill', epoch: journal.load().epoch, seq, sentAtMs: seq }, { lane: 'live', events });
  const entries = [{ atMs: seq, kind: 'alert' as const, actor: 'edge:mill', body: { seq } }];
  journal.commit({ rows: [row], states: [['last', JSON.stringify(seq)]], entries });
  process.stdout.write(`${seq}\n`);
}
