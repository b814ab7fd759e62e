import { flagsOf } from '@tocsin/contracts';
import { expect, test } from 'vitest';
import type { DeviceConfig } from '../../site/types.ts';
import stories from './cases/stories.json' with { type: 'json' };
import { createValidator, type IncomingReading, type Judgement, type Trouble } from './validation.ts';

/**
 * Stories are data: a feed of what happens (times in seconds after a fixed start) and what must come of it, by
 * number of the reading. at: device time = arrival; bare: no device time; skew: device clock ahead by so many
 * seconds; raw: device time as sent, in ms; raws: device time in seconds after the start; late: marked backlog;
 * even: several at an interval; flood: many; tick.
 */
type Step = [kind: string, atS: number, ...rest: (number | number[])[]];
type Story = {
  title: string;
  channel: object;
  feed: Step[];
  flags?: Record<string, string[]>;
  takenS?: Record<string, number>;
  dropped?: number[];
  refused?: number[];
  refusedFrom?: number;
  troubles?: string[];
};

const startMs = Date.UTC(2026, 10, 23);
const site = (channel: object): DeviceConfig[] => [
  {
    id: 'd',
    format: 'json-path',
    topic: 't',
    intervalMs: 10_000,
    latenessMs: 60_000,
    clockSkewMs: 300_000,
    channels: [{ id: 'c', unit: 'mm', ...channel }],
  },
];

function readingsOf([kind, atS, first = 0, second = 0]: Step): Omit<IncomingReading, 'device' | 'channel'>[] {
  const receivedAtMs = startMs + atS * 1000;
  const a = first as number;
  const b = second as number;
  switch (kind) {
    case 'at':
      return [{ value: a, atMs: receivedAtMs, receivedAtMs }];
    case 'bare':
      return [{ value: a, receivedAtMs }];
    case 'skew':
      return [{ value: b, atMs: receivedAtMs + a * 1000, receivedAtMs }];
    case 'raw':
      return [{ value: b, atMs: a, receivedAtMs }];
    case 'raws':
      return [{ value: b, atMs: startMs + a * 1000, receivedAtMs }];
    case 'late':
      return [{ value: b, atMs: startMs + a * 1000, receivedAtMs, late: true }];
    case 'nan':
      return [{ value: Number.NaN, receivedAtMs }];
    case 'infiniteTime':
      return [{ value: 1, atMs: Number.POSITIVE_INFINITY, receivedAtMs }];
    case 'flood':
      return Array.from({ length: b }, (_, i) => ({ value: i, receivedAtMs: receivedAtMs + i * a * 1000 }));
    default: {
      const everyMs = atS * 1000;
      return (first as number[]).map((value, i) => {
        const atMs = startMs + i * everyMs;
        return { value, atMs, receivedAtMs: atMs };
      });
    }
  }
}

for (const {
  title,
  channel,
  feed,
  flags = {},
  takenS = {},
  dropped,
  refused,
  refusedFrom,
  troubles,
} of stories as Story[]) {
  test(title, () => {
    const validator = createValidator(site(channel));
    const judgements: Judgement[] = [];
    const told: Trouble[] = [];
    for (const step of feed) {
      if (step[0] === 'tick') told.push(...validator.tick(startMs + step[1] * 1000));
      else
        for (const reading of readingsOf(step)) {
          const judgement = validator.reading({ device: 'd', channel: 'c', ...reading });
          judgements.push(judgement);
          told.push(...judgement.troubles);
        }
    }
    const found: Record<string, string[]> = {};
    const numbers: Record<Judgement['verdict'], number[]> = { accept: [], drop: [], refuse: [] };
    for (const [i, judgement] of judgements.entries()) {
      numbers[judgement.verdict].push(i);
      if (judgement.verdict !== 'accept') continue;
      if (judgement.quality !== 0) found[i] = flagsOf(judgement.quality);
      expect(judgement.late).toBe(flagsOf(judgement.quality).includes('late'));
      if (takenS[i] !== undefined) expect(judgement.takenAtMs, `reading ${i}`).toBe(startMs + takenS[i] * 1000);
    }
    expect(found).toEqual(flags);
    expect(numbers.drop).toEqual(dropped ?? []);
    if (refusedFrom === undefined) expect(numbers.refuse).toEqual(refused ?? []);
    else expect(numbers.refuse[0]).toBeGreaterThanOrEqual(refusedFrom);
    if (troubles !== undefined)
      expect(told.map(({ kind, raised }) => `${kind}${raised ? '+' : '-'}`)).toEqual(troubles);
    for (const { detail } of told) expect(detail).toMatch(/^[A-Z].*\.$/);
  });
}
