import { type Clock, systemClock } from '@tocsin/contracts';
import type { MqttClient } from 'mqtt';
import { type ServedHttp, type ServeHttpOptions, serveHttp } from '../http/serve-http.ts';
import { orderSign, passSign, readSignOrder, reportSign, type Sign, type SignFault, signAtRest } from './sign.ts';

export type Face = { lines: number; columns: number };

/** A sign as its operator sees it. */
export type SignInHand = {
  /** Number of the text it really shows; 0 is blank. */
  text(): number;
  pages(): string[][];
  setFault(fault: SignFault): void;
};

function createSign(face: Face, clock: Clock) {
  let state: Sign = signAtRest;
  let fault: SignFault = 'none';
  const now = () => passSign(state, clock.monotonicMs());
  return {
    order(text: string): boolean {
      const order = readSignOrder(text);
      const next = order && orderSign(state, { order, face, atMs: clock.monotonicMs() }, fault);
      if (next !== undefined) state = next;
      return next !== undefined;
    },
    report: () => reportSign(now(), clock.monotonicMs()),
    forget() {
      state = signAtRest;
    },
    text: () => now().text,
    pages: () => now().pages,
    setFault(next: SignFault) {
      fault = next;
    },
  };
}

export type ServedSign = Omit<ServedHttp, 'vanish'> & SignInHand & { reboot(awayMs: number): void };
type HttpOptions = Pick<ServeHttpOptions, 'port' | 'clock' | 'login'> & { face?: Face };

const usualFace: Face = { lines: 3, columns: 12 };

/**
 * Serves a sign over HTTP on loopback. `POST /sign` takes `{"text":7,"pages":[["ROAD","CLOSED"]],"seconds":60}`, with text 0 for blank, and
 * `GET /sign` answers `{"showing":7,"pages":[…],"left":51}`.
 */
export async function serveSign(options: HttpOptions = {}): Promise<ServedSign> {
  const { clock = systemClock, face = usualFace } = options;
  const sign = createSign(face, clock);
  const { vanish, ...served } = await serveHttp({
    ...options,
    isOrder: ({ method }) => method !== 'GET',
    answer({ method, path, body }) {
      if (path !== '/sign') return undefined;
      if (method === 'GET') return { status: 200, body: sign.report() };
      return sign.order(body) ? { status: 200, body: { ok: true } } : { status: 400, body: { error: 'does not fit' } };
    },
  });
  const { text, pages, setFault } = sign;
  return {
    ...served,
    text,
    pages,
    setFault,
    reboot(awayMs) {
      sign.forget();
      vanish(awayMs);
    },
  };
}

/** Joins a sign to a broker: orders on `TOPIC/set`, questions on `TOPIC/get`, its reports (not kept) on `TOPIC/state`. */
export async function joinSign(
  client: MqttClient,
  { topic, clock = systemClock, face = usualFace }: { topic: string; clock?: Clock; face?: Face },
): Promise<SignInHand> {
  const sign = createSign(face, clock);
  await client.subscribeAsync([`${topic}/set`, `${topic}/get`], { qos: 1 });
  client.on('message', (about, payload) => {
    if (about === `${topic}/set`) sign.order(String(payload));
    else if (about !== `${topic}/get`) return;
    client.publish(`${topic}/state`, JSON.stringify(sign.report()), { qos: 1, retain: false });
  });
  const { text, pages, setFault } = sign;
  return { text, pages, setFault };
}
