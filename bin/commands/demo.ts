import { resolve } from 'node:path';
import { type CliCommand, type Io, numberOption } from '../command.ts';
import { startDemo } from '../demo/demo.ts';
import { createLogger } from '../logger.ts';
import { untilStopped } from '../start-all.ts';

/** Says that the street camera is being drawn: by a line that moves in a terminal, else by one line at the beginning. */
function drawingProgress(io: Io): (share: number) => void {
  const says = 'Drawing what the street camera sees (once, about a minute)';
  let told = -1;
  return (share) => {
    const percent = Math.floor(share * 100);
    if (percent === told || (percent === 100 && told < 0)) return;
    if (io.terminal) io.err(`\r${says}: ${percent} % ${percent === 100 ? '\n' : ''}`);
    else if (told < 0) io.err(`${says} …\n`);
    told = percent;
  };
}

export const demo: CliCommand = {
  name: 'demo',
  usage: 'tocsin demo',
  example: 'tocsin demo\ntocsin demo --port 9090 --seed winter',
  options: { data: { type: 'string' }, port: { type: 'string' }, seed: { type: 'string' } },
  help: {
    data: { value: 'DIR', says: 'Where the demo keeps its data; default ./data/demo.' },
    port: { value: 'N', says: 'Port of the console; default 8080.' },
    seed: { value: 'TEXT', says: 'Seed of everything that chance decides; default "town".' },
  },
  async run({ options, io }) {
    io.out('Starting the cloud and three gateways …\n');
    const stopped = untilStopped();
    const demo = await startDemo({
      dataDir: resolve(io.cwd, (options.data as string | undefined) ?? 'data/demo'),
      httpPort: numberOption(options, 'port') ?? 8080,
      seed: (options.seed as string | undefined) ?? 'town',
      logger: createLogger('town', 'warn'),
      say: (text) => io.out(`${text}\n`),
      progress: drawingProgress(io),
      stopped,
    });
    await stopped;
    await demo.stop();
    return 0;
  },
};
