import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Runs every bench in turn: `npm run bench`, with `-- --quick` for a first look and `-- --json` for machines. */
const benches = [
  'reaction/reaction.ts',
  'broker/broker.ts',
  'pipeline/pipeline.ts',
  'rules/rules.ts',
  'models/models.ts',
  'footprint/footprint.ts',
  'recordings/recordings.ts',
  'vision/vision.ts',
  'actuators/modbus.ts',
];

const words = process.argv.slice(2);
const named = words.filter((word) => !word.startsWith('--'));
const flags = words.filter((word) => word.startsWith('--'));
let failed = 0;
for (const bench of benches) {
  if (named.length > 0 && !named.some((name) => bench.startsWith(name))) continue;
  console.log(`\n== ${bench}`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, bench), ...flags], { stdio: 'inherit' });
  if (status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
