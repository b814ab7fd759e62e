import { sharedMs } from './now.ts';
import { numbered } from './numbers.ts';
import type { OpenGateway } from './open-gateway.ts';
import { lateMs, picturesOf } from './pictures.ts';
import { clearanceMs } from './site.ts';

const frameMs = 100;
/** Walk, then the clearance in which somebody steps out late, then don't walk for longer than the 3 s after which vehicles have green. */
const walkMs = 1_000;
/** One round: somebody slow crosses, and the road is empty for a while. */
export const cycleMs = 8_600;
const travelMs = 20;

/** What the street saw and did, on the clock that all processes share. */
export type Street = {
  /** When each picture was published; the index is its number. */
  publishedMs: number[];
  orders: { payload: string; atMs: number }[];
  stop(): void;
};

function phaseAt(tMs: number): { phase: 0 | 1 | 2; leftS: number } {
  if (tMs < walkMs) return { phase: 1, leftS: 0 };
  const leftMs = walkMs + clearanceMs - tMs;
  return leftMs > 0 ? { phase: 2, leftS: leftMs / 1000 } : { phase: 0, leftS: 0 };
}

/** Calls `beat` ten times a second until it is stopped; what comes late is made up for, so that the rate holds. */
export function everyFrame(beat: (n: number) => void): () => void {
  const beganMs = performance.now();
  let n = 0;
  let timer: NodeJS.Timeout;
  const go = () => {
    beat(n);
    n += 1;
    timer = setTimeout(go, Math.max(0, beganMs + n * frameMs - performance.now()));
  };
  timer = setTimeout(go, 0);
  return () => clearTimeout(timer);
}

/** The street in real time before a gateway: its camera, its controller and the relay, round after round. */
export async function playStreet(gateway: OpenGateway): Promise<Street> {
  const [late, empty] = [await picturesOf('late'), await picturesOf('empty')];
  const [camera, signal] = [await gateway.client('street'), await gateway.client('signal')];
  const publishedMs: number[] = [];
  const orders: Street['orders'] = [];
  signal.on('message', (_topic, payload) => {
    const atMs = sharedMs();
    const text = payload.toString();
    orders.push({ payload: text, atMs });
    setTimeout(() => signal.publish('field/hold/state', text, { qos: 1 }), travelMs);
  });
  await signal.subscribeAsync('field/hold/set', { qos: 1 });
  signal.publish('field/hold/state', 'OFF', { qos: 1 });
  let told = -1;
  const stop = everyFrame((n) => {
    const tMs = (n * frameMs) % cycleMs;
    const { phase, leftS } = phaseAt(tMs);
    if (n % 5 === 0 || phase !== told)
      signal.publish('field/signal/state', JSON.stringify({ phase, leftS }), { qos: 1 });
    told = phase;
    const jpeg = tMs < lateMs ? late[Math.round(tMs / frameMs)]! : empty[n % empty.length]!;
    const payload = numbered(jpeg, n);
    publishedMs.push(sharedMs());
    camera.publish('field/cam-1/jpeg', payload, { qos: 0 });
  });
  return { publishedMs, orders, stop };
}
