/**
 * The simulated breaker panel as a process of its own. It notes when each write to a coil was seen, on the machine's monotonic clock
 * (`process.hrtime`, CLOCK_MONOTONIC on Linux), which all processes of one machine share.
 */
import { servePanel } from '../../simulators/panel/index.ts';

const { ways, kind } = JSON.parse(process.argv[2]!) as { ways: number; kind: 'shunt' | 'contactor' };
let seen: [address: number, value: number, atNs: string][] = [];
const panel = await servePanel({
  ways: Array.from({ length: ways }, () => ({ kind, openMs: 20, closeMs: 20, springMs: 20 })),
  onFrame({ fn, address, values }) {
    if (fn === 5) seen.push([address, values![0]!, String(process.hrtime.bigint())]);
  },
});
process.on('message', () => {
  process.send!({ seen, moves: panel.moves().length });
  seen = [];
});
process.on('disconnect', () => process.exit(0));
process.send!({ port: panel.port });
