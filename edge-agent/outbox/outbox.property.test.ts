import { type Ack, type Lane, lanes } from '@tocsin/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { startOutbox, stepOutbox } from './outbox.ts';
import { laneWindow } from './pace.ts';
import type { OutboxEvent, OutboxState } from './types.ts';

const lane = fc.constantFrom(...lanes);
const small = fc.nat({ max: 60 });
const ack: fc.Arbitrary<Ack> = fc.record(
  {
    v: fc.constant(1 as const),
    epoch: fc.constantFrom('e', 'e', 'e', 'other'),
    lane,
    storedThrough: fc.oneof(small, fc.nat()),
    conflictAt: fc.integer({ min: 1, max: 60 }),
  },
  { requiredKeys: ['v', 'epoch', 'lane', 'storedThrough'] },
);
const event: fc.Arbitrary<(atMs: number) => OutboxEvent> = fc.oneof(
  fc.constantFrom('connected' as const, 'disconnected' as const).map((kind) => (atMs: number) => ({ kind, atMs })),
  fc.tuple(lane, fc.integer({ min: 1, max: 9 })).map(([name, rows]) => (atMs: number) => ({
    kind: 'appended' as const,
    lane: name,
    rows,
    atMs,
  })),
  ack.map((said) => (atMs: number) => ({ kind: 'acked' as const, ack: said, atMs })),
  fc
    .double({ min: 0, max: 0.999, noNaN: true })
    .map((chance) => (atMs: number) => ({ kind: 'tick' as const, atMs, chance })),
);

test('whatever anybody says, nothing is sent that does not exist and nothing forgotten that was not sent', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.nat({ max: 20_000 })), { maxLength: 120 }), (steps) => {
      let state: OutboxState = startOutbox('e', {
        urgent: { storedThrough: 0, queued: 2 },
        live: { storedThrough: 7, queued: 30 },
        backlog: { storedThrough: 20, queued: 0 },
      });
      const rows: Record<Lane, number> = { urgent: 2, live: 37, backlog: 20 };
      const sent: Record<Lane, number> = { urgent: 0, live: 7, backlog: 20 };
      const forgotten: Record<Lane, number> = { urgent: 0, live: 7, backlog: 20 };
      let atMs = 0;
      for (const [make, laterMs] of steps) {
        atMs += laterMs;
        const made = make(atMs);
        if (made.kind === 'appended') rows[made.lane] += made.rows;
        const stepped = stepOutbox(state, made);
        for (const effect of stepped.effects) {
          if (effect.kind === 'send') {
            expect(stepped.state.online).toBe(true);
            expect(effect.seq).toBeGreaterThan(forgotten[effect.lane]);
            expect(effect.seq).toBeLessThanOrEqual(rows[effect.lane]);
            sent[effect.lane] = Math.max(sent[effect.lane], effect.seq);
          } else if (effect.kind === 'forget') {
            expect(effect.through).toBeGreaterThan(forgotten[effect.lane]);
            expect(effect.through).toBeLessThanOrEqual(sent[effect.lane]);
            if (made.kind === 'acked') expect(made.ack.epoch).toBe('e');
            forgotten[effect.lane] = effect.through;
          }
        }
        for (const name of lanes) {
          const { storedThrough, queued, cursor } = stepped.state.lanes[name];
          expect([storedThrough, storedThrough + queued]).toEqual([forgotten[name], rows[name]]);
          expect(cursor - 1 - storedThrough).toBeLessThanOrEqual(laneWindow[name]);
        }
        ({ state } = stepped);
      }
    }),
    { numRuns: 400 },
  );
});

/** A cloud that keeps the promise of the port `Log`: it stores what follows its mark and answers with the mark. */
test('over a line that loses, repeats and reorders, every lane arrives whole and in order', () => {
  const network = fc.record({
    fate: fc.array(fc.nat({ max: 9 }), { minLength: 40, maxLength: 400 }),
    live: small,
    urgent: small,
  });
  let delivered = 0;
  fc.assert(
    fc.property(network, ({ fate, live, urgent }) => {
      let state = startOutbox('e', {
        urgent: { storedThrough: 0, queued: urgent },
        live: { storedThrough: 0, queued: live },
        backlog: { storedThrough: 0, queued: 5 },
      });
      const stored: Record<Lane, number[]> = { urgent: [], live: [], backlog: [] };
      const wire: (() => OutboxEvent | undefined)[] = [];
      let atMs = 0;
      let storm = 0;
      const feed = (next: OutboxEvent) => {
        const stepped = stepOutbox(state, next);
        ({ state } = stepped);
        for (const effect of stepped.effects) if (effect.kind === 'send') carry(() => take(effect.lane, effect.seq));
      };
      const carry = (deliver: () => OutboxEvent | undefined) => {
        const luck = storm < fate.length ? fate[storm++]! : 9;
        if (luck === 0) return;
        wire.splice(luck < 3 ? 0 : wire.length, 0, ...(luck < 5 ? [deliver, deliver] : [deliver]));
      };
      const take = (name: Lane, seq: number) => {
        if (seq === stored[name].length + 1) stored[name].push(seq);
        const storedThrough = stored[name].length;
        carry(() => ({ kind: 'acked', ack: { v: 1, epoch: 'e', lane: name, storedThrough }, atMs }));
        return undefined;
      };
      feed({ kind: 'connected', atMs });
      for (let turn = 0; turn < 4_000 && lanes.some((name) => state.lanes[name].queued > 0); turn += 1) {
        const said = wire.shift()?.();
        if (said !== undefined) feed(said);
        if (wire.length > 0) continue;
        atMs += 1_000;
        feed({ kind: 'tick', atMs, chance: 0.5 });
      }
      expect(lanes.map((name) => stored[name].length)).toEqual([urgent, live, 5]);
      expect(lanes.map((name) => state.lanes[name].queued)).toEqual([0, 0, 0]);
      delivered += urgent + live;
    }),
    { numRuns: 200 },
  );
  expect(delivered, 'The runs must carry something.').toBeGreaterThan(1_000);
});
