import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { faults } from '@tocsin/contracts';

/** The page of all faults, made from the table in contracts so that it cannot grow old. */
export function faultsPage(): string {
  const who = {
    config: 'operator, before start',
    input: 'sender',
    transient: 'Tocsin (retries)',
    permanent: 'operator',
  };
  const rows = Object.entries(faults).map(
    ([code, { kind, status, says }]) => `| \`${code}\` | ${who[kind]} | ${status} | ${says} |`,
  );
  return [
    '# Faults',
    '',
    'Every way in which Tocsin refuses or fails, from `contracts/faults.ts` (rewrite with `node docs/write-faults.ts`).',
    '',
    '| code | who acts | HTTP | what it means |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'faults.md'), faultsPage());
