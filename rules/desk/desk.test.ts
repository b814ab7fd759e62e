import { readFileSync } from 'node:fs';
import { AlertView, isOpen, type Receipt } from '@tocsin/contracts';
import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { type AlertRecord, acknowledge, applyReceipt, applyTransition, dueAtMs, setAside, settle } from './desk.ts';
import { receipt, type Said, transition } from './pretend.ts';
import { viewOf } from './view.ts';

type Step =
  | { say: Said; atMs: number; rank?: number }
  | { receipt: Partial<Receipt> & Pick<Receipt, 'state'> }
  | { tickAtMs: number }
  | { acknowledge: { by: string; atMs: number; note?: string }; refused?: object };
type Case = { story: string; events: Step[]; expect: Record<string, unknown> & { ladder?: object } };
const cases = JSON.parse(readFileSync(new URL('./cases/desk.json', import.meta.url), 'utf8')) as Case[];
const View = Compile(AlertView);

function follow(record: AlertRecord | undefined, step: Step): AlertRecord {
  if ('say' in step) {
    const { say, atMs: receivedAtMs, rank = 1 } = step;
    return applyTransition(record, { transition: transition(say), rank, receivedAtMs });
  }
  if ('receipt' in step) return applyReceipt(record!, receipt(step.receipt), step.receipt.atMs ?? 1000);
  if ('tickAtMs' in step) return settle(record!, step.tickAtMs);
  const answer = acknowledge(record!, step.acknowledge);
  if (step.refused) expect(answer).toEqual({ refused: step.refused });
  return 'record' in answer ? answer.record : record!;
}

const after = (steps: Step[]) => steps.reduce<AlertRecord | undefined>(follow, undefined)!;

describe('the desk', () => {
  test.each(cases)('$story', ({ events, expect: { ladder, open, ...fields } }) => {
    const view = viewOf(after(events), [], 1);
    for (const [field, value] of Object.entries(fields))
      expect(view[field as keyof AlertView] ?? null, field).toEqual(value);
    if (ladder !== undefined) expect(view.ladder).toEqual(ladder);
    if (open !== undefined) expect(isOpen(view)).toBe(open);
    expect(View.Check(view), JSON.stringify(View.Errors(view))).toBe(true);
  });

  test('a disagreement has a moment at which time alone will show it', () => {
    const record = after([
      { say: { kind: 'raise' }, atMs: 1000 },
      { say: { kind: 'clear', origin: 'cloud', takenAtMs: 2000 }, atMs: 2000 },
    ]);
    expect(dueAtMs(record)).toBe(7000);
    expect(settle(record, 6999)).toBe(record);
    expect(dueAtMs(settle(record, 7000))).toBeUndefined();
  });

  test('the last word of a decider that is gone can be set aside, and its successor is heard again', () => {
    const held = after([{ say: { kind: 'raise', latch: 'latched' }, atMs: 1000 }]);
    const aside = setAside(held, 'edge', { by: 'Ada', atMs: 5000 });
    expect(viewOf(aside, [], 1)).toMatchObject({ condition: 'normal', latch: 'none' });
    const again = follow(aside, { say: { kind: 'raise' }, atMs: 6000, rank: 2 });
    expect(viewOf(again, [], 1)).toMatchObject({ condition: 'active', occurrence: 2 });
  });
});

const kinds = ['raise', 'escalate', 'stepDown', 'update', 'recover', 'clear', 'acknowledge', 'reset'] as const;
const severities = ['Minor', 'Moderate', 'Severe', 'Extreme'] as const;

/** A life of one origin: every (rank, occurrence, number) at most once, in the order in which it happened. */
const life = fc
  .array(
    fc.record({
      kind: fc.constantFrom(...kinds),
      severity: fc.constantFrom(...severities),
      late: fc.boolean(),
      jump: fc.constantFrom(0, 0, 0, 1, 2),
      takenAtMs: fc.integer({ min: 1, max: 30 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((steps) => {
    let rank = 1;
    let occurrence = 1;
    let number = 0;
    return steps.map(({ jump, ...said }, i) => {
      number += 1;
      if (jump > 0) number = 1;
      if (jump === 1) occurrence += 1;
      if (jump === 2) {
        rank += 1;
        occurrence = 1;
      }
      return {
        transition: transition({ ...said, occurrence, number, decidedAtMs: 100 + i }),
        rank,
        receivedAtMs: 5000,
      };
    });
  });

describe('laws of the desk', () => {
  test('any order and any repetition of one origin’s transitions end in the same memory of it', () => {
    const orders = life.chain((heard) => {
      const shuffled = fc.shuffledSubarray([...heard, ...heard], { minLength: heard.length * 2 });
      return fc.tuple(fc.constant(heard), shuffled);
    });
    let deep = 0;
    fc.assert(
      fc.property(orders, ([heard, shuffled]) => {
        const one = heard.reduce<AlertRecord | undefined>(applyTransition, undefined)!;
        const other = shuffled.reduce<AlertRecord | undefined>(applyTransition, undefined)!;
        expect(other.origins).toEqual(one.origins);
        const rows = [one, other].map((record) => viewOf(record, [], 1));
        const [a, b] = rows.map(({ condition, severity, latch, operator }) => [condition, severity, latch, operator]);
        expect(b).toEqual(a);
        deep += Number(heard.length > 5);
      }),
      { numRuns: 500 },
    );
    expect(deep, 'The run must try long lives.').toBeGreaterThan(50);
  });

  test('edge and cloud heard in any interleaving give the same words of each', () => {
    const both = fc.tuple(life, life, fc.infiniteStream(fc.boolean()));
    fc.assert(
      fc.property(both, ([edge, cloudLife, turns]) => {
        const cloud = cloudLife.map((heard) => ({
          ...heard,
          transition: { ...heard.transition, origin: 'cloud' as const },
        }));
        const inOrder = [...edge, ...cloud].reduce<AlertRecord | undefined>(applyTransition, undefined)!;
        const mixed: typeof edge = [];
        const queues = [[...edge], [...cloud]];
        for (const turn of turns) {
          const next = queues[turn ? 0 : 1]!.shift() ?? queues[turn ? 1 : 0]!.shift();
          if (next === undefined) break;
          mixed.push(next);
        }
        const other = mixed.reduce<AlertRecord | undefined>(applyTransition, undefined)!;
        expect(other.origins).toEqual(inOrder.origins);
      }),
    );
  });

  test('hearing a transition again changes nothing at all', () => {
    fc.assert(
      fc.property(life, (heard) => {
        const record = heard.reduce<AlertRecord | undefined>(applyTransition, undefined)!;
        for (const one of heard) expect(applyTransition(record, one)).toBe(record);
      }),
    );
  });

  test('a late step down never makes an occurrence look better than its newest active sample', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 50 }), fc.integer({ min: 1, max: 60 }), (activeAtMs, clearAtMs) => {
        const record = after([
          { say: { kind: 'raise', takenAtMs: activeAtMs }, atMs: 100 },
          { say: { kind: 'clear', number: 2, takenAtMs: clearAtMs, late: true }, atMs: 200 },
        ]);
        expect(viewOf(record, [], 1).condition).toBe(clearAtMs < activeAtMs ? 'active' : 'normal');
      }),
    );
  });
});
