import { expect, test } from 'vitest';
import { orderRelay, relayAtRest, stepRelay } from './relay.ts';

const story = { autoOffMs: 3_000, travelMs: 100 };

test('a relay obeys after its travel time and not before', () => {
  const ordered = orderRelay(relayAtRest, story, { wanted: 'ON', nowMs: 1_000 });
  expect(stepRelay(ordered, story, { nowMs: 1_050, fault: 'none' }).contact).toBe('OFF');
  expect(stepRelay(ordered, story, { nowMs: 1_100, fault: 'none' }).contact).toBe('ON');
});

test('a hold that nobody renews lapses by itself, and a renewed one stays', () => {
  let state = stepRelay(orderRelay(relayAtRest, story, { wanted: 'ON', nowMs: 0 }), story, {
    nowMs: 200,
    fault: 'none',
  });
  state = orderRelay(state, story, { wanted: 'ON', nowMs: 2_000 });
  expect(stepRelay(state, story, { nowMs: 4_900, fault: 'none' }).contact).toBe('ON');
  state = stepRelay(state, story, { nowMs: 5_000, fault: 'none' });
  expect(stepRelay(state, story, { nowMs: 5_100, fault: 'none' }).contact).toBe('OFF');
});

test('a stuck contact tells the truth about itself: it does not move', () => {
  const ordered = orderRelay(relayAtRest, story, { wanted: 'ON', nowMs: 0 });
  expect(stepRelay(ordered, story, { nowMs: 2_000, fault: 'stuck' }).contact).toBe('OFF');
});
