import { Decoder, Encoder } from 'cbor-x';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Batch, batchBytesMax, decodeBatch, encodeBatch, Fault, type Lane, readingsPerBatchMax } from './index.ts';
import { readWire } from './wire.ts';

const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
const unit = fc.string({ minLength: 1, maxLength: 32, unit: 'grapheme' }).filter((text) => text.length <= 32);
const note = fc.record({
  kind: fc.constant('note' as const),
  code: fc.string({ maxLength: 64 }),
  text: fc.string({ maxLength: 100 }),
  atMs: fc.integer({ min: 0, max: 4e12 }),
});

/** Any legal batch; values may be anything a float can be, because ingest judges them one by one. */
const batch: fc.Arbitrary<Batch> = fc
  .record({
    site: name,
    epoch: name,
    lane: fc.constantFrom<Lane>('urgent', 'live', 'backlog'),
    seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    sentAtMs: fc.oneof(fc.integer({ min: 0, max: 4e12 }), fc.double({ min: 0, max: 4e12, noNaN: true })),
    series: fc.array(
      fc.record({ device: name, channel: name, unit: fc.oneof(fc.constantFrom('mm', '%', 'Cel'), unit) }),
      {
        minLength: 1,
        maxLength: 300,
      },
    ),
    baseMs: fc.integer({ min: 0, max: 4e12 }),
    spanMs: fc.constantFrom(1, 200, 60_000, 1e7, 2 ** 33),
    rows: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        pick: fc.nat(),
        value: fc.double(),
        quality: fc.nat(255),
      }),
      { maxLength: 60 },
    ),
    whole: fc.boolean(),
    good: fc.boolean(),
    events: fc.array(note, { maxLength: 3 }),
  })
  .map(({ rows, series, baseMs, spanMs, whole, good, ...head }) => ({
    ...head,
    series,
    columns: {
      series: Uint16Array.from(rows, ({ pick }) => pick % series.length),
      takenAtMs: Float64Array.from(rows, ({ at }) => (whole ? Math.floor(baseMs + at * spanMs) : baseMs + at * spanMs)),
      value: Float64Array.from(rows, ({ value }) => value),
      quality: Uint8Array.from(rows, ({ quality }) => (good ? 0 : quality)),
    },
  }));

const plain = ({ columns, ...head }: Batch) => ({
  ...head,
  series: [...columns.series],
  takenAtMs: [...columns.takenAtMs].map((t) => Math.round(t * 1_000) / 1_000),
  value: [...columns.value],
  quality: [...columns.quality],
  names: head.series,
});

const limits = { readings: readingsPerBatchMax, series: 10_000 };
const example: Batch = {
  site: 'quarry',
  epoch: 'e1',
  lane: 'live',
  seq: 7,
  sentAtMs: 1_790_000_000_000,
  series: [{ device: 'crack-1', channel: 'opening', unit: 'mm' }],
  columns: {
    series: Uint8Array.of(0, 0),
    takenAtMs: Float64Array.of(1_790_000_000_000, 1_790_000_000_250),
    value: Float64Array.of(1.25, -0),
    quality: Uint8Array.of(0, 64),
  },
  events: [],
};
const general = new Encoder({ useRecords: false, tagUint8Array: true, variableMapSize: true });
/** The wire form of the example as a plain map, to be changed and encoded again. */
const wire = (changes: Record<string, unknown> = {}) => ({
  v: 1,
  site: 'quarry',
  epoch: 'e1',
  lane: 'live',
  seq: 7,
  sentAtMs: 1_790_000_000_000,
  series: [['crack-1', 'opening', 'mm']],
  baseMs: 1_790_000_000_000,
  s: Uint8Array.of(0, 0),
  t: Uint8Array.of(0, 250),
  x: Float64Array.of(1.25, -0),
  q: Uint8Array.of(0, 64),
  events: [],
  ...changes,
});
const codeOf = (bytes: Uint8Array): string => {
  try {
    decodeBatch(bytes);
    return 'taken';
  } catch (error) {
    return error instanceof Fault ? error.code : `not a Fault: ${String(error)}`;
  }
};

describe('a batch', () => {
  test('comes back as it was sent, also for values no sensor should send', () => {
    fc.assert(
      fc.property(batch, (given) => {
        const { batch: back, badEvents } = decodeBatch(encodeBatch(given));
        expect(badEvents).toEqual([]);
        expect(plain(back)).toEqual(plain(given));
      }),
    );
  });

  test('is read alike whether its table of series is met for the first time or again', () => {
    fc.assert(
      fc.property(batch, (given) => {
        const bytes = encodeBatch(given);
        expect(plain(decodeBatch(bytes).batch)).toEqual(plain(decodeBatch(bytes).batch));
      }),
    );
  });

  test('is read alike when another program wrote it in another order with fields of its own', () => {
    const { v, ...rest } = wire();
    const reordered = general.encode({
      later: [1, { x: 2 }],
      ...Object.fromEntries(Object.entries(rest).reverse()),
      v,
    });
    expect(readWire(reordered, limits)).toBeUndefined();
    expect(plain(decodeBatch(reordered).batch)).toEqual(plain(example));
    expect(readWire(encodeBatch(example), limits)).toBeDefined();
  });

  test('of random bytes is refused with a reason and never throws anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(codeOf(bytes)).toMatch(/^(PAYLOAD_MALFORMED|VERSION_UNKNOWN|CONTRACT_BROKEN)$/);
      }),
      { numRuns: 2_000 },
    );
  });

  test('with damaged bytes is refused, or read as the general decoder reads it', () => {
    const good = encodeBatch(example);
    let taken = 0;
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, cut) => {
        const bytes = Uint8Array.from(good.subarray(0, cut < good.length / 8 ? good.length - cut : good.length));
        if (at < bytes.length) bytes[at] = byte;
        const code = codeOf(bytes);
        expect(code).toMatch(/^(taken|PAYLOAD_MALFORMED|VERSION_UNKNOWN|CONTRACT_BROKEN)$/);
        const quick = readWire(bytes, limits);
        if (quick === undefined || code !== 'taken') return;
        taken += 1;
        const whole = new Decoder({ useRecords: false, mapsAsObjects: true }).decode(bytes) as ReturnType<typeof wire>;
        const { site, epoch, lane, seq, sentAtMs, s, x, q } = whole;
        expect({ ...quick, events: [], series: [], takenAtMs: [...quick.takenAtMs] }).toEqual({
          ...{ site, epoch, lane, seq, sentAtMs, s, x, q, events: [], series: [] },
          takenAtMs: [...whole.t].map((t) => whole.baseMs + t),
        });
        expect(quick.series.map((one) => [one.device, one.channel, one.unit])).toEqual(whole.series);
      }),
      { numRuns: 3_000 },
    );
    expect(taken, 'Some damage must leave a readable batch, or nothing was compared.').toBeGreaterThan(100);
  });

  test.each([
    ['a version from the future', { v: 2 }, 'VERSION_UNKNOWN'],
    ['no version', { v: undefined }, 'VERSION_UNKNOWN'],
    ['an absurd version', { v: { deep: [1n] } }, 'VERSION_UNKNOWN'],
    ['an illegal site', { site: 'a/b' }, 'CONTRACT_BROKEN'],
    ['an unknown lane', { lane: 'fast' }, 'CONTRACT_BROKEN'],
    ['number zero', { seq: 0 }, 'CONTRACT_BROKEN'],
    ['a number beyond 2^53', { seq: 2n ** 60n }, 'CONTRACT_BROKEN'],
    ['a fraction as number', { seq: 1.5 }, 'CONTRACT_BROKEN'],
    ['a base that is no number', { baseMs: Number.NaN }, 'CONTRACT_BROKEN'],
    ['an instant beyond the year 9999', { sentAtMs: 1e15 }, 'CONTRACT_BROKEN'],
    ['an empty unit', { series: [['a', 'b', '']] }, 'CONTRACT_BROKEN'],
    ['a series of two names', { series: [['a', 'b']] }, 'CONTRACT_BROKEN'],
    ['an index beyond the series', { s: Uint8Array.of(0, 1) }, 'CONTRACT_BROKEN'],
    ['columns of different lengths', { x: Float64Array.of(1) }, 'CONTRACT_BROKEN'],
    ['qualities of another length', { q: Uint8Array.of(1) }, 'CONTRACT_BROKEN'],
    ['values as a plain list', { x: [1, 2] }, 'CONTRACT_BROKEN'],
    ['single floats', { x: Float32Array.of(1, 2) }, 'CONTRACT_BROKEN'],
    ['events that are no list', { events: 'none' }, 'CONTRACT_BROKEN'],
    ['too many events', { events: new Array(257).fill({}) }, 'CONTRACT_BROKEN'],
  ])('with %s is refused', (_, change, code) => {
    expect(codeOf(general.encode(wire(change)))).toBe(code);
  });

  test('that is too large is refused before it is read', () => {
    expect(codeOf(new Uint8Array(batchBytesMax + 1))).toBe('PAYLOAD_TOO_LARGE');
  });

  test('with more readings than allowed is refused', () => {
    const n = readingsPerBatchMax + 1;
    const many = { s: new Uint8Array(n), t: new Uint8Array(n), x: new Float64Array(n), q: new Uint8Array(n) };
    expect(codeOf(general.encode(wire(many)))).toBe('CONTRACT_BROKEN');
  });

  test('keeps its good events when one of them is bad', () => {
    const fine = { kind: 'note', code: 'x', text: 'y', atMs: 1 };
    const { batch: read, badEvents } = decodeBatch(general.encode(wire({ events: [fine, { kind: 'note' }, 7, fine] })));
    expect(read.events).toEqual([fine, fine]);
    expect(badEvents.map(({ event }) => event)).toEqual([{ kind: 'note' }, 7]);
  });
});
