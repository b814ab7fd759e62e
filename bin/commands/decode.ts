import { readFileSync } from 'node:fs';
import { type DecodedBatch, decodeBatch, Fault, flagsOf } from '@tocsin/contracts';
import { type CliCommand, fileArgument } from '../command.ts';

/** A batch as plain JSON: readings as rows a person can read, events as they are. */
export function batchAsJson({ batch, badEvents }: DecodedBatch): object {
  const { columns, series, events, ...head } = batch;
  const readings = Array.from(columns.series, (index, row) => ({
    ...series[index]!,
    takenAt: new Date(columns.takenAtMs[row]!).toISOString(),
    value: columns.value[row]!,
    ...(columns.quality[row] ? { quality: flagsOf(columns.quality[row]!) } : {}),
  }));
  return { v: 1, ...head, readings, events, ...(badEvents.length > 0 ? { badEvents } : {}) };
}

const usage = 'tocsin decode FILE   (FILE is - for standard input)';

export const decode: CliCommand = {
  name: 'decode',
  usage,
  example: 'mosquitto_sub -t tocsin/v1/hillside/up/live -C 1 > batch.cbor\ntocsin decode batch.cbor',
  options: { json: { type: 'boolean' } },
  help: { json: { says: 'One line instead of indented text.' } },
  async run({ args, options, io }) {
    const file = fileArgument(args, 'file', usage);
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(file === '-' ? 0 : file);
    } catch (cause) {
      throw new Fault('FILE_UNREADABLE', `${file}: ${(cause as Error).message}.`, { cause });
    }
    io.out(`${JSON.stringify(batchAsJson(decodeBatch(bytes)), null, options.json ? 0 : 2)}\n`);
    return 0;
  },
};
