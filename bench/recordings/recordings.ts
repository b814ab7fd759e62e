/**
 * Replays every public recording there is here through the packs, exactly as `tocsin replay --pack` would and with nothing tuned to a
 * file, and holds what was said against what really happened; truths are computed here, never by the product. `--svg=FOLDER` draws
 * each replay. The clips go through the eyes of a gateway and the chain behind them. The recordings are not part of the project;
 * without them only the made-up cases run.
 */
import { existsSync } from 'node:fs';
import { benchArguments, printReport, progress } from '../harness/report.ts';
import { clipsSeen } from './clips.ts';
import { crossings } from './crossing.ts';
import { fires } from './fire.ts';
import { data, type Finding } from './play.ts';
import { rains } from './rain.ts';
import { rooms } from './rooms.ts';
import { slopes } from './slope.ts';
import { synthetics } from './synthetic.ts';

const { quick, json, svg } = benchArguments();

type Part = (svg: string | undefined) => Promise<Finding[]>;
const recorded: Record<string, Part> = { slopes, rains, fires, rooms, crossings, clips: clipsSeen };
const parts: Record<string, Part> = { ...(existsSync(data) ? recorded : {}), synthetics };

if (!existsSync(data)) console.log('The recordings are not here; only what is made up is judged.');
for (const [name, part] of Object.entries(parts)) {
  progress(`recordings: ${name}`);
  const findings = await part(svg);
  const rows = findings.flatMap((finding) => finding.rows);
  const claims = findings.flatMap((finding) => finding.claims);
  // One line a row: texts are too long for a table.
  for (const { recording, ...said } of rows) {
    console.log(`\n${recording}`);
    for (const [what, text] of Object.entries(said)) console.log(`  ${what}: ${text}`);
  }
  printReport({ bench: `recordings: ${name}`, quick, rows: [], claims, notes: [] }, false);
  if (json) console.log(JSON.stringify({ name, rows, claims }));
}
console.log('\nNot used: waMVD116_14d.txt (soil water, which no model reads).');
