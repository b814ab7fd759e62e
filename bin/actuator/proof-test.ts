import type { Clock, Receipt } from '@tocsin/contracts';
import type { Site } from '@tocsin/edge-agent/site';
import { type Errand, errand, type Stage } from './errand.ts';
import type { Gateway, Ordered } from './gateway.ts';

/** Longest stay of the arming that a test asks for; it is taken back when the test ends. */
const armedMs = 300_000;

export type ProofTest = {
  site: Site;
  device: string;
  action: string;
  /** Move the device, after the person typed its name. */
  live: boolean;
  /** Arm it for the length of the test. */
  arm: boolean;
  by: string;
  /** The other person, where the site file asks for two. */
  second?: string;
  /** How long devices are given to speak before the guards are asked. */
  listenMs: number;
  gateway: Gateway;
  clock: Clock;
  say(line: string): void;
  ask(question: string): Promise<string>;
};

type Outcome = { good: boolean; text: string };
const settled = ['verified', 'unverified', 'refused', 'expired', 'failed'] as const;

/**
 * Walks a person through the proof test of one actuator: what would move and what forbids it, an exercise that moves nothing, and, when
 * asked for, the act and the rest with the device's own word on both. Answers whether all of it was good.
 */
export async function walkProofTest(test: ProofTest): Promise<boolean> {
  const { gateway, clock, say, listenMs, live } = test;
  introduce(test);
  say(`Listening to the site for ${seconds(listenMs)} …`);
  await new Promise<void>((resolve) => void clock.after(listenMs, resolve));
  if (live && test.arm) await order(test, { action: 'arm', value: clock.nowMs() + armedMs }, ['executed', 'refused']);
  try {
    if (!(await exercise(test))) return false;
    if (!live) {
      say('Exercise only: nothing moved, and no proof test is recorded. To move it for real: --live.');
      return true;
    }
    const typed = await test.ask(`This moves ${test.device} now. Type its name to go on: `);
    if (typed.trim() !== test.device) {
      say('That is not its name: nothing moved, and no proof test is recorded.');
      return false;
    }
    const abandoned = watchRules(test);
    const outcome = await moveAndRest(test, abandoned);
    if (outcome === undefined) return false;
    await record(test, outcome);
    return outcome.good;
  } finally {
    // It was armed for the test alone.
    if (live && test.arm) gateway.order({ ...about(test), action: 'arm', mode: 'live', value: clock.nowMs() + 1 });
  }
}

const seconds = (ms: number) => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`);
const about = ({ device, by: issuer }: ProofTest): Pick<Ordered, 'device' | 'issuer' | 'reason'> => ({
  ...{ device, issuer },
  reason: 'proof test',
});

function actuatorOf({ site, device }: ProofTest) {
  return site.actuators.find(({ id }) => id === device)!;
}

function introduce(test: ProofTest): void {
  const { say, site, device, action } = test;
  const { name, driver, rest, onSilence, leaseMs, irreversible, interlocks, feeds = [] } = actuatorOf(test);
  say(`Proof test of ${device}${name === undefined ? '' : ` (${name})`} at site ${site.site}, driver ${driver}.`);
  say(`  It would go to ${action} and back to ${rest}.`);
  if (irreversible.includes(action)) say(`  ${action} has no lease: it stays until ${rest} is ordered.`);
  else say(`  It is held for ${seconds(leaseMs)} at most. On silence: ${onSilence}.`);
  if (feeds.length > 0) say(`  It feeds ${feeds.join(', ')}: these lose their supply during the test.`);
  for (const { refuse, why } of interlocks) say(`  Interlock on ${[refuse].flat().join(', ')}: ${why}`);
}

function order(test: ProofTest, what: Partial<Ordered> & { action: string }, until: readonly Receipt['state'][]) {
  const { readBackWithinMs } = actuatorOf(test);
  const ordered = { mode: 'live' as const, ...about(test), ...what };
  // One repeat, and the time for its answer.
  return errand(test, ordered, { until, withinMs: readBackWithinMs * 4 + 2000 });
}

/** Asks every guard without moving anything. */
async function exercise(test: ProofTest): Promise<boolean> {
  const { last } = await order(test, { action: test.action, mode: 'exercise' }, ['authorised', 'refused', 'expired']);
  const { say, action } = test;
  say(
    last.confirmed === undefined
      ? '  The device has not said how it stands.'
      : `  It says that it stands at ${last.confirmed}.`,
  );
  if (last.state === 'authorised') {
    say(`Exercise (${last.mode}): ${action} would be done${last.why === undefined ? '.' : `, but: ${last.why}`}`);
    return true;
  }
  say(`Exercise: ${action} is ${last.state}: ${last.why}`);
  return false;
}

/** A real alarm goes before a test. */
function watchRules({ gateway, device }: ProofTest): { by?: string; end(): void } {
  const watched: { by?: string; end(): void } = { end: () => {} };
  watched.end = gateway.onReceipt((receipt) => {
    if (receipt.device === device && receipt.state === 'requested' && receipt.alert !== undefined)
      watched.by = receipt.alert;
  });
  return watched;
}

async function moveAndRest(test: ProofTest, abandoned: ReturnType<typeof watchRules>): Promise<Outcome | undefined> {
  const { say, action } = test;
  const { rest } = actuatorOf(test);
  const act = await both(test, action);
  tell(test, action, act);
  const moved = act.stages.some(({ state, mode }) => state === 'sent' && mode === 'live');
  if (!moved) {
    abandoned.end();
    say(
      act.last.mode === 'live'
        ? 'Nothing was sent.'
        : 'It is disarmed: nothing moved. With --arm it is armed for the test.',
    );
    return undefined;
  }
  if (abandoned.by !== undefined) {
    abandoned.end();
    say(`Alert ${abandoned.by} wants it now: the test ends here, and what the alert holds is left alone.`);
    return undefined;
  }
  const back = await both(test, rest);
  tell(test, rest, back);
  abandoned.end();
  const seen = /^y/i.test((await test.ask('Did you see or hear it act, and go back? [y/N] ')).trim());
  const good = act.last.state === 'verified' && back.last.state === 'verified' && seen;
  const text = `${wordsOf(action, act.last)}, ${wordsOf(rest, back.last)}; ${seen ? 'seen' : 'not seen'} by ${test.by}`;
  return { good, text };
}

/** Orders as one person, and as the second one where the first order waits for them. */
async function both(test: ProofTest, action: string): Promise<Errand> {
  const first = await order(test, { action }, settled);
  const waits = first.last.state === 'requested' && first.last.why !== undefined;
  if (!waits) return first;
  test.say(`${action}: ${first.last.why}.`);
  if (test.second === undefined) {
    test.say('Give the second person: --second NAME.');
    return first;
  }
  const typed = await test.ask(`${test.second}, type ${test.device} to confirm ${action}: `);
  if (typed.trim() !== test.device) return first;
  return order(test, { action, issuer: test.second }, settled);
}

const wordsOf = (action: string, { state, afterMs }: Stage) => `${action} ${state} after ${afterMs} ms`;

function tell({ say }: ProofTest, action: string, { stages }: Errand): void {
  for (const { state, why, afterMs } of stages)
    say(`  ${String(afterMs).padStart(6)} ms  ${action} ${state}${why === undefined ? '' : `: ${why}`}`);
}

async function record(test: ProofTest, { good, text }: Outcome): Promise<void> {
  const ordered = { action: 'proof-test', value: good ? 1 : 0, reason: text };
  const { last } = await order(test, ordered, ['executed', 'refused']);
  test.say(`${good ? 'Good' : 'Not good'}: ${text}.`);
  test.say(last.state === 'executed' ? `Recorded: ${last.why}.` : `It could not be recorded: ${last.why}`);
}
