/** Rewrites docs/site.schema.json and every table made from schemas: `node edge-agent/site/write-docs.ts`. */
import { writeFileSync } from 'node:fs';
import { generated } from './generated.ts';

for (const { path, present, wanted } of generated()) {
  if (wanted === '') throw new Error(`${path} lacks its markers.`);
  if (wanted === present) continue;
  writeFileSync(path, wanted);
  console.log(`wrote ${path}`);
}
