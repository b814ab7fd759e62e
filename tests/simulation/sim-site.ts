import { DatabaseSync } from 'node:sqlite';
import { type Batch, type Clock, decodeBatch, type SiteEvent, silentLogger } from '@tocsin/contracts';
import { createEdgeAgent, type EdgeAgent, type FieldListener, type Journal, journalOn } from '@tocsin/edge-agent';
import { checkSite, type Site } from '@tocsin/edge-agent/site';
import type { Chance } from '@tocsin/simulators';
import type { LossyLink } from './lossy-link.ts';

/** A site with two sensors of which one alarms now and then and the other once, for good; and a siren that answers. */
export function siteOf(name: string, bytesMax: number): Site {
  const channel = '{ id: temp, path: $.t, unit: Cel, min: -40, max: 1000 }';
  const device = (id: string) =>
    `{ id: ${id}, format: json-path, topic: field/${id}, intervalMs: 1000, channels: [${channel}] }`;
  const checked = checkSite(
    `
site: ${name}
name: ${name}
mode: live
journal: { commitEveryMs: 100, bytesMax: ${bytesMax} }
devices: [${device('heat')}, ${device('room')}]
rules:
  - id: hot
    type: threshold
    event: It is too hot
    input: heat/temp
    direction: above
    ladder: [{ severity: Severe, at: 60, clear: 50, holdMs: 0, clearHoldMs: 2000 }]
  - id: fire
    type: threshold
    event: It burns
    input: room/temp
    direction: above
    latch: true
    ladder: [{ severity: Extreme, at: 60, clear: 50, holdMs: 0, clearHoldMs: 500 }]
actuators:
  - id: siren
    driver: mqtt-relay
    commandTopic: field/siren/set
    stateTopic: field/siren/state
    rest: off
    onSilence: off
    leaseMs: 5000
    actions: { on: { send: 'ON', state: 'ON' }, off: { send: 'OFF', state: 'OFF' } }
responses: [{ id: sound, when: { rule: hot, atLeast: Severe }, actuator: siren, action: on }]
`,
    `${name}.yaml`,
    '0'.repeat(64),
  );
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  return checked.site;
}

/** What one committed row holds, one name for each reading and event with the instant it is about. */
export type Item = { name: string; atMs: number };

export function itemsOf({ series, columns, events }: Batch): Item[] {
  const readings = Array.from(columns.value, (value, i): Item => {
    const { device, channel } = series[columns.series[i]!]!;
    const atMs = columns.takenAtMs[i]!;
    return { name: `reading ${device}/${channel} ${atMs} ${value}`, atMs };
  });
  return [...readings, ...events.map((event) => ({ name: JSON.stringify(event), atMs: instantOf(event) }))];
}

function instantOf(event: SiteEvent): number {
  if (event.kind === 'alert') return event.transition.decidedAtMs;
  if (event.kind === 'command') return event.command.notBeforeMs;
  if (event.kind === 'receipt') return event.receipt.atMs;
  if (event.kind === 'picture') return event.note.takenAtMs;
  return event.kind === 'gap' ? event.toMs : event.atMs;
}

/** Long enough to be seen between two crashes. */
const fireMs = 4_000;

/** The machine stops at this instant: nothing after it runs, writes or sends. */
class PowerCut extends Error {}

export type SimSite = {
  start(): void;
  /** The power goes; what was committed stays on the disk. */
  crash(): void;
  /** The power goes within the n-th commit from now, before or after its COMMIT. */
  crashInCommit(n: number, when: 'before' | 'after'): void;
  alive(): boolean;
  disk(): DatabaseSync;
  /** Puts another disk in; the agent must be down. */
  replaceDisk(db: DatabaseSync): void;
  queued(): number;
  agent(): EdgeAgent | undefined;
  /** Every item of every commit that returned, in order; a name may come more than once. */
  committed: Item[];
};

type Options = { site: Site; clock: Clock; chance: Chance; link: LossyLink };

export function createSimSite({ site, clock, chance, link }: Options): SimSite {
  let db = new DatabaseSync(':memory:');
  let agent: EdgeAgent | undefined;
  let life = 0;
  let alive = false;
  let fuse: { left: number; when: 'before' | 'after' } | undefined;
  const committed: Item[] = [];
  const fireAtMs = clock.nowMs() + chance.integer(10, 45) * 1_000;
  const burns = () => clock.nowMs() >= fireAtMs && clock.nowMs() < fireAtMs + fireMs;

  function crash(): void {
    life += 1;
    alive = false;
    agent = undefined;
    fuse = undefined;
    link.transport();
    if (db.isTransaction) db.exec('ROLLBACK');
  }

  function burn(when: 'before' | 'after'): void {
    if (fuse === undefined || fuse.when !== when) return;
    fuse.left -= 1;
    if (fuse.left > 0) return;
    crash();
    throw new PowerCut();
  }

  /** A journal whose commits are noted, and that a dead agent cannot write any more. */
  function openJournal(mine: number): Journal {
    const journal = journalOn(db, {
      site: site.site,
      path: ':memory:',
      bytesMax: site.journal.bytesMax,
      nowMs: () => clock.nowMs(),
      newEpoch: () => `e${chance.integer(0, 2 ** 31).toString(16)}`,
      beforeCommit: () => burn('before'),
    });
    const guard = () => {
      if (mine !== life) throw new PowerCut();
    };
    return new Proxy(journal, {
      get(target, key) {
        const value = Reflect.get(target, key) as unknown;
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          guard();
          const answer = (value as (...all: unknown[]) => unknown).apply(target, args);
          if (key === 'commit') {
            const [{ rows = [] }] = args as [{ rows?: { body: Uint8Array }[] }];
            for (const { body } of rows) committed.push(...itemsOf(decodeBatch(body).batch));
            burn('after');
          }
          return answer;
        };
      },
    });
  }

  function start(): void {
    life += 1;
    const mine = life;
    alive = true;
    let hear: FieldListener = () => {};
    const mortal: Clock = {
      nowMs: () => clock.nowMs(),
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs, task) => clock.after(delayMs, () => mine === life && run(task)),
    };
    const run = (task: () => void) => {
      try {
        task();
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
      }
    };
    agent = createEdgeAgent({
      site,
      field: {
        publish(topic, payload) {
          if (mine !== life || topic !== 'field/siren/set') return;
          mortal.after(50, () => hear('field/siren/state', new TextEncoder().encode(String(payload)), false));
        },
        onMessage(listener) {
          hear = listener;
        },
        subscribe() {},
      },
      transport: link.transport(),
      journalPath: ':memory:',
      openJournal: () => openJournal(mine),
      clock: mortal,
      logger: silentLogger,
      random: () => chance.next(),
      version: 'simulated',
    });
    const sense = (device: string, everyMs: number, value: () => number): void => {
      hear(`field/${device}`, new TextEncoder().encode(JSON.stringify({ t: value() })), false);
      mortal.after(everyMs * (0.8 + 0.4 * chance.next()), () => sense(device, everyMs, value));
    };
    // `start` runs to its end without waiting, so its promise only carries an error.
    agent.start().catch((error) => {
      if (!(error instanceof PowerCut)) throw error;
    });
    mortal.after(1, () => hear('field/siren/state', new TextEncoder().encode('OFF'), false));
    mortal.after(10, () =>
      sense('heat', 1_000, () => (chance.next() < 0.15 ? 80 : 20) + chance.integer(0, 999) / 1000),
    );
    mortal.after(20, () => sense('room', 700, () => (burns() ? 80 : 20) + chance.integer(0, 999) / 1000));
  }

  return {
    start,
    crash,
    crashInCommit(n, when) {
      fuse = { left: n, when };
    },
    alive: () => alive,
    disk: () => db,
    replaceDisk(next) {
      db = next;
    },
    queued: () => Number(db.prepare('SELECT count(*) AS n FROM outbox').get()!.n),
    agent: () => agent,
    committed,
  };
}
