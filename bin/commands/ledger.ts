import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Fault } from '@tocsin/contracts';
import { verifyLedger } from '@tocsin/rules/ledger';
import type { CliCommand } from '../command.ts';

const usage = 'tocsin ledger verify|head|show FILE';

function openLedger(file: string): DatabaseSync {
  if (!existsSync(file)) {
    throw new Fault('FILE_UNREADABLE', `${file} does not exist.`, {
      remedy: 'The cloud keeps its ledger in <dataDir>/state.sqlite, a gateway in <dataDir>/journal.sqlite.',
    });
  }
  const db = new DatabaseSync(file, { readOnly: true });
  const table = db.prepare("SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = 'ledger'").get();
  if (!table) throw new Fault('FILE_UNREADABLE', `${file} holds no ledger.`);
  return db;
}

export const ledger: CliCommand = {
  name: 'ledger',
  usage,
  example: 'tocsin ledger verify data/cloud/state.sqlite\ntocsin ledger verify --head 3f1c… data/cloud/state.sqlite',
  options: {
    head: { type: 'string' },
    json: { type: 'boolean' },
    after: { type: 'string' },
    limit: { type: 'string' },
  },
  help: {
    head: { value: 'HASH', says: 'The hash the last entry must have, as noted earlier: finds a ledger cut short.' },
    after: { value: 'N', says: 'With show: begin after this entry.' },
    limit: { value: 'N', says: 'With show: at most this many entries; default 100.' },
    json: { says: 'The answer as JSON.' },
  },
  async run({ args, options, io }) {
    const [act, file, ...rest] = args;
    if (!act || !['verify', 'head', 'show'].includes(act) || !file || rest.length > 0) {
      throw new Fault('ARGUMENT_INVALID', 'Say what to do with which file.', { remedy: `Usage: ${usage}` });
    }
    const db = openLedger(file);
    try {
      if (act === 'show') {
        const rows = db
          .prepare('SELECT number, at_ms, kind, actor, body, hash FROM ledger WHERE number > ? ORDER BY number LIMIT ?')
          .iterate(Number(options.after ?? 0), Number(options.limit ?? 100));
        for (const row of rows)
          io.out(`${JSON.stringify({ ...row, at: new Date(Number(row.at_ms)).toISOString() })}\n`);
        return 0;
      }
      const result = verifyLedger(db, { head: options.head as string | undefined });
      if (options.json) io.out(`${JSON.stringify(result)}\n`);
      else if (!result.ok) throw new Fault('LEDGER_BROKEN', `${file}: broken at entry ${result.number}: ${result.why}`);
      else if (act === 'head') io.out(`${result.head}\n`);
      else io.out(`${file}: whole. ${result.entries} entries, head ${result.head}.\n`);
      return result.ok ? 0 : 1;
    } finally {
      db.close();
    }
  },
};
