import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { silentLogger, systemClock } from '@tocsin/contracts';
import { createEdgeAgent, type FieldListener } from '@tocsin/edge-agent';
import modbusSerial from 'modbus-serial';
import { startFork } from '../harness/child.ts';
import { progress } from '../harness/report.ts';
import { coincidenceSite } from './site.ts';

export type Reaction = {
  /** From the deciding reading's arrival in the agent until the panel saw the trip coil written. */
  reactionMs: number[];
  /** Bare modbus-serial: from the call until its promise resolves, on a connection of its own. */
  roundTripMs: number[];
  /** One durable commit of one row on the same disk (SQLite, WAL, synchronous FULL). */
  commitMs: number[];
  missed: number;
  moves: number;
};

const eventWithinMs = 5_000;
const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
const encode = (value: number) => new TextEncoder().encode(JSON.stringify({ s: value }));
/** Events in the beginning that are not counted, while code is compiled. */
const warmUp = 10;

/** Lets two detectors agree `events` times; each time a bare write and a bare commit are measured too. */
export async function react(events: number): Promise<Reaction> {
  const folder = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  const panel = await startFork<{ port: number }>(new URL('./panel-process.ts', import.meta.url), {
    ways: 1,
    kind: 'shunt',
  });
  const { port } = panel.ready;
  let hear: FieldListener = () => {};
  let confirmed: string | undefined;
  let standing: string | undefined;
  const agent = createEdgeAgent({
    site: coincidenceSite(port),
    field: {
      publish() {},
      subscribe() {},
      onMessage(listener) {
        hear = listener;
      },
    },
    ...{ journalPath: join(folder, 'journal.sqlite'), clock: systemClock, logger: silentLogger, random: Math.random },
    version: 'bench',
    onDecision(effect) {
      if (effect.kind === 'receipt') {
        confirmed = effect.receipt.confirmed;
        standing = effect.receipt.state;
      }
    },
  });
  const bare = new modbusSerial.default();
  await bare.connectTCP('127.0.0.1', { port });
  const floor = floorOf(join(folder, 'floor.sqlite'));
  const result: Reaction = { reactionMs: [], roundTripMs: [], commitMs: [], missed: 0, moves: 0 };
  const decided: bigint[] = [];
  const say = (detector: 'a' | 'b', value: number) => hear(`field/${detector}`, encode(value), false);
  const verified = (state: string) => () => confirmed === state && standing === 'verified';
  await agent.start();
  try {
    await pause(700);
    for (let n = -warmUp; n < events; n += 1) {
      say('a', 0.5);
      // Uneven, so that the event falls anywhere between two looks at the contacts.
      await pause(100 + ((n * 37) % 100));
      const fromNs = process.hrtime.bigint();
      say('b', 0.5);
      await until(verified('cut'));
      const roundTripMs = await bareWrite(bare, n);
      const commitMs = floor.commit();
      if (n >= 0) {
        decided.push(fromNs);
        result.roundTripMs.push(roundTripMs);
        result.commitMs.push(commitMs);
      }
      if (n > 0 && n % 50 === 0) progress(`${n} of ${events} events`);
      for (let again = 0; again < 2; again += 1) {
        await pause(5);
        say('a', 0);
        say('b', 0);
      }
      if (!(await until(verified('supply')))) throw new Error('The breaker did not close again.');
      // The pulses have ended and the spring is charged.
      await pause(80);
    }
    const { seen, moves } = await panel.ask<{ seen: [number, number, string][]; moves: number }>({});
    const trips = seen.filter(([address, value]) => address === 0 && value === 1).map(([, , atNs]) => BigInt(atNs));
    for (const [i, fromNs] of decided.entries()) {
      const trip = trips.find((atNs) => atNs > fromNs);
      if (trip === undefined || trip > (decided[i + 1] ?? trip)) result.missed += 1;
      else result.reactionMs.push(Number(trip - fromNs) / 1e6);
    }
    return { ...result, moves };
  } finally {
    await agent.stop();
    bare.destroy(() => {});
    floor.close();
    await panel.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function until(holds: () => boolean): Promise<boolean> {
  for (const untilMs = performance.now() + eventWithinMs; performance.now() < untilMs; await pause(2))
    if (holds()) return true;
  return false;
}

/** Writes the coil of the lamp test, which moves nothing. */
async function bareWrite(client: InstanceType<typeof modbusSerial.default>, n: number): Promise<number> {
  const fromNs = process.hrtime.bigint();
  await client.writeCoil(50_000, n % 2 === 0);
  return Number(process.hrtime.bigint() - fromNs) / 1e6;
}

function floorOf(path: string) {
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE intent (at REAL NOT NULL) STRICT;');
  const insert = db.prepare('INSERT INTO intent VALUES (?)');
  return {
    commit() {
      const fromNs = process.hrtime.bigint();
      insert.run(Number(fromNs));
      return Number(process.hrtime.bigint() - fromNs) / 1e6;
    },
    close: () => db.close(),
  };
}
