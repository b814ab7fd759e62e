import { Fault } from '@tocsin/contracts';
import { type FeedbackFault, type ServerFault, servePanel } from '@tocsin/simulators';
import { oneOf, type Simulated, wholeNumber } from './words.ts';

const contactFaults = ['none', 'stick', 'lie', 'lag', 'bounce', 'both', 'neither'] as const;
const wireFaults = [
  'none',
  'slow',
  'silent',
  'stall',
  'refuse',
  'exception',
  'garbage',
  'noise',
  'otherValue',
] as const;
const kinds = ['shunt', 'undervoltage', 'contactor'] as const;
const timeMsMax = 600_000;

/** What `feedback WAY KIND [MS]` asks for; undefined ends the fault. */
function contactFault(kind: string | undefined, ms: string | undefined): FeedbackFault | undefined {
  const known = oneOf(kind, contactFaults);
  if (known === 'none') return undefined;
  if (known === 'lag') return { kind: known, byMs: wholeNumber(ms, timeMsMax) };
  if (known === 'bounce') return { kind: known, everyMs: Math.max(1, wholeNumber(ms, timeMsMax)) };
  return { kind: known };
}

/** What `fault KIND [NUMBER]` asks for; undefined ends the fault. */
function wireFault(kind: string | undefined, number: string | undefined): ServerFault | undefined {
  const known = oneOf(kind, wireFaults);
  if (known === 'none') return undefined;
  if (known === 'slow') return { kind: known, byMs: wholeNumber(number, timeMsMax) };
  if (known === 'exception') return { kind: known, code: wholeNumber(number, 255) };
  return { kind: known };
}

/** Serves a Modbus breaker panel on loopback. Throws ARGUMENT_INVALID. */
export async function simulatePanel(options: {
  port: number;
  ways?: string;
  kind?: string;
  framing?: string;
}): Promise<Simulated> {
  const ways = wholeNumber(options.ways ?? '1', 20);
  if (ways === 0)
    throw new Fault('ARGUMENT_INVALID', 'A panel has at least one way.', { remedy: 'Give --ways 1 to 20.' });
  const kind = oneOf(options.kind ?? 'shunt', kinds);
  const framing = oneOf(options.framing ?? 'tcp', ['tcp', 'rtu-over-tcp'] as const);
  const panel = await servePanel({ ways: Array.from({ length: ways }, () => ({ kind })), port: options.port, framing });
  const way = (word: string | undefined) => wholeNumber(word, ways - 1);
  return {
    where: `Modbus ${framing} at 127.0.0.1:${panel.port}, ${ways} ${kind}`,
    look: () => ({
      places: Array.from({ length: ways }, (_, at) => panel.place(at)),
      writes: panel.writes().length,
    }),
    deeds: {
      hand: {
        usage: 'hand WAY open|closed',
        says: 'Somebody moves the breaker on site.',
        run: ([at, to]) => panel.touch(way(at), { kind: 'hand', to: oneOf(to, ['open', 'closed']) }),
      },
      jam: {
        usage: 'jam WAY on|off',
        says: 'The mechanism stays where it is.',
        run: ([at, on]) => panel.touch(way(at), { kind: 'jam', on: oneOf(on, ['on', 'off']) === 'on' }),
      },
      power: {
        usage: 'power WAY on|off',
        says: 'Control voltage of the way.',
        run: ([at, on]) => panel.touch(way(at), { kind: 'power', on: oneOf(on, ['on', 'off']) === 'on' }),
      },
      feedback: {
        usage: 'feedback WAY none|stick|lie|lag MS|bounce MS|both|neither',
        says: 'How its contacts go wrong.',
        run: ([at, fault, ms]) => panel.feedback(way(at), contactFault(fault, ms)),
      },
      fault: {
        usage: 'fault none|slow MS|silent|stall|refuse|exception CODE|garbage|noise|otherValue',
        says: 'How the wire goes wrong.',
        run: ([fault, number]) => panel.fault(wireFault(fault, number)),
      },
      cut: { usage: 'cut', says: 'Ends every connection.', run: () => panel.cut() },
    },
    stop: () => panel.stop(),
  };
}
