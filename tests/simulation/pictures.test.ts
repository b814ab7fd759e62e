import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import nodeDisk from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, pretendJpeg, silentLogger } from '@tocsin/contracts';
import {
  createEdgeAgent,
  type FieldListener,
  type Journal,
  journalOn,
  type TransportListener,
} from '@tocsin/edge-agent';
import { checkSite } from '@tocsin/edge-agent/site';
import { createIngest, createPictures, openQuarantine, openSites, openSqliteLog } from '@tocsin/ingest';
import { createRulesService } from '@tocsin/rules/service';
import { type Chance, chance } from '@tocsin/simulators';
import { type SimClock, simClock } from '@tocsin/simulators/time';
import { expect, test } from 'vitest';

/**
 * Goal: every frame a gateway said it kept is shown at the desk in the end, whole and once, whatever dies on the way: the gateway in the
 * middle of a write, the cloud in the middle of an upload, messages in both directions. And no alert is lost for the sake of a picture.
 */
const checked = checkSite(
  `
site: hill
name: Hill
mode: live
devices: [{ id: heat, format: json-path, topic: field/heat, intervalMs: 1000, channels: [{ id: temp, path: $.t, unit: Cel }] }]
rules:
  - { id: hot, type: threshold, event: It is too hot, input: heat/temp, direction: above,
      ladder: [{ severity: Severe, at: 60, clear: 50, holdMs: 0, clearHoldMs: 500 }] }
`,
  'hill.yaml',
  '0'.repeat(64),
);
if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
const { site } = checked;

type World = { clock: SimClock; chance: Chance; dir: string };
/** One life of a process: after `end` nothing of it runs, writes or sends. */
function newLife(clock: SimClock) {
  const life = { isOver: false };
  const never = new Promise<never>(() => {});
  const mortal: Clock = {
    nowMs: clock.nowMs,
    monotonicMs: clock.monotonicMs,
    after: (delayMs, task) => clock.after(delayMs, () => !life.isOver && task()),
  };
  // What is asked of the disk after the end never happens, and what was begun never answers: files stay half-written.
  const disk = new Proxy(nodeDisk, {
    get(target, key) {
      const act = Reflect.get(target, key) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        if (life.isOver) return never;
        const answer = await act(...args);
        if (!life.isOver) return answer;
        // The end of a process closes what it has open.
        await (answer as { close?(): Promise<void> } | undefined)?.close?.();
        return never;
      };
    },
  });
  return { life, mortal, disk };
}

function createCloud({ clock, dir }: World) {
  const at = (name: string) => join(dir, name);
  let tell: (topic: string, payload: Uint8Array) => void = () => {};
  let parts: Awaited<ReturnType<typeof open>> | undefined;

  async function open() {
    const { life, mortal, disk } = newLife(clock);
    const shared = { clock: mortal, logger: silentLogger };
    const publish = (topic: string, payload: Uint8Array | string) =>
      !life.isOver && tell(topic, Uint8Array.from(Buffer.from(payload as string)));
    const log = openSqliteLog(at('log.sqlite'), shared);
    const quarantine = openQuarantine({ path: at('quarantine.sqlite'), ...shared });
    const sites = openSites({ path: at('sites.sqlite'), ...shared });
    const service = createRulesService({ dbPath: at('state.sqlite'), log, rulesConfig: [], publish, ...shared });
    const pictures = createPictures({
      ...{ dir: at('pictures'), scenesDir: at('scenes'), book: service.pictures, publish, disk },
      ...shared,
      limits: { freeBytesMin: 0 },
    });
    const onCommitted = service.committed;
    const ingest = createIngest({ log, quarantine, sites, pictures, publish, onCommitted, ...shared });
    await service.start();
    await pictures.start();
    ingest.start();
    return { life, log, quarantine, sites, service, pictures, ingest };
  }

  return {
    onTell: (listener: typeof tell) => {
      tell = listener;
    },
    receive: (topic: string, payload: Uint8Array) => parts?.ingest.receive(topic, payload),
    async start() {
      parts = await open();
    },
    async kill() {
      if (parts === undefined) return;
      const { life, log, quarantine, sites, service } = parts;
      parts = undefined;
      life.isOver = true;
      await service.stop();
      for (const part of [log, quarantine, sites]) part.close();
    },
    idle: async () => parts?.pictures.idle(),
    parts: () => parts!,
  };
}

type Cloud = ReturnType<typeof createCloud>;
type Frame = { sha256: string; jpeg: Uint8Array };

function createGateway({ clock, chance, dir }: World, cloud: Cloud, weather: { loss: number }) {
  const db = new DatabaseSync(':memory:');
  const kept: Frame[] = [];
  let occurrences = 0;
  let parts: ReturnType<typeof open> | undefined;
  let scans = 0;

  function open() {
    const { life, mortal, disk } = newLife(clock);
    let listener: TransportListener | undefined;
    let hear: FieldListener = () => {};
    const lost = () => chance.next() < weather.loss;
    const guarded = (journal: Journal) =>
      new Proxy(journal, {
        get(target, key) {
          const act = Reflect.get(target, key) as unknown;
          if (typeof act !== 'function') return act;
          return (...args: unknown[]) => {
            if (life.isOver) throw new Error('The power is off.');
            return (act as (...all: unknown[]) => unknown).apply(target, args);
          };
        },
      });
    const agent = createEdgeAgent({
      site,
      field: {
        publish: () => {},
        subscribe: () => {},
        onMessage(next) {
          hear = next;
        },
      },
      transport: {
        start(next) {
          listener = next;
          mortal.after(100, () => listener?.connected());
        },
        publish(topic, payload) {
          if (life.isOver || lost()) return;
          const bytes = Uint8Array.from(Buffer.from(payload as Uint8Array));
          for (let copies = lost() ? 2 : 1; copies > 0; copies -= 1)
            clock.after(chance.integer(1, 400), () => cloud.receive(topic, bytes));
        },
        stop: async () => {},
      },
      journalPath: ':memory:',
      openJournal: () =>
        guarded(
          journalOn(db, { site: 'hill', path: ':memory:', bytesMax: 1e9, nowMs: clock.nowMs, newEpoch: () => 'e1' }),
        ),
      evidence: { dir: join(dir, 'evidence'), disk: disk as never },
      clock: mortal,
      logger: silentLogger,
      random: () => chance.next(),
      version: 'simulated',
      onDecision(effect) {
        if (effect.kind !== 'alert' || effect.transition.rule !== 'hot' || effect.transition.kind !== 'raise') return;
        const { key, occurrence, takenAtMs } = effect.transition;
        occurrences = Math.max(occurrences, occurrence);
        for (const role of ['before', 'at', 'after'] as const) {
          scans += 1;
          const jpeg = pretendJpeg({ scan: [scans >> 8, scans & 255] });
          const frame = { jpeg, alert: key, occurrence, camera: 'cam', role, takenAtMs, width: 640, height: 360 };
          void agent
            .evidence()!
            .keep({ ...frame, blurred: true })
            .then((answer) => {
              if (answer.ok && !life.isOver) kept.push({ sha256: answer.note.sha256, jpeg });
            });
        }
      },
    });
    cloud.onTell((topic, payload) => {
      if (life.isOver || lost()) return;
      clock.after(chance.integer(1, 400), () => !life.isOver && listener?.message(topic, payload, false));
    });
    void agent.start();
    return { life, agent, say: (t: number) => hear('field/heat', Buffer.from(JSON.stringify({ t })), false) };
  }

  return {
    kept,
    occurrences: () => occurrences,
    start() {
      parts = open();
    },
    kill() {
      if (parts === undefined) return;
      parts.life.isOver = true;
      parts = undefined;
      if (db.isTransaction) db.exec('ROLLBACK');
    },
    say: (t: number) => parts?.say(t),
    idle: async () => parts?.agent.evidence()?.idle(),
    waiting: () => readdirSync(join(dir, 'evidence', 'waiting')),
  };
}

/** Lets a random share of what was begun happen, so that a kill comes in the middle of it. */
async function someTurns(chance: Chance): Promise<void> {
  for (let i = chance.integer(0, 12); i > 0; i -= 1) await new Promise((resolve) => setImmediate(resolve));
}

test.each([1, 2, 3])(
  'seed %i: every frame that was kept is shown in the end, whole and once',
  async (seed) => {
    const dir = mkdtempSync(join(tmpdir(), 'tocsin-sim-pictures-'));
    const luck = chance(seed);
    const world: World = { clock: simClock(Date.UTC(2026, 10, 23)), chance: luck, dir };
    const weather = { loss: 0.25 };
    const cloud = createCloud(world);
    const gateway = createGateway(world, cloud, weather);
    const pass = async (steps: number, step: () => Promise<void> = async () => {}) => {
      for (let i = 0; i < steps; i += 1) {
        world.clock.advance(500);
        await step();
        // The log commits at the end of a turn.
        await new Promise((resolve) => setImmediate(resolve));
        await Promise.all([gateway.idle(), cloud.idle()]);
      }
    };
    try {
      await cloud.start();
      gateway.start();
      await pass(120, async () => {
        gateway.say(luck.next() < 0.2 ? 80 : 20);
        await someTurns(luck);
        if (luck.next() < 0.06) {
          gateway.kill();
          gateway.start();
        }
        if (luck.next() < 0.05) {
          await cloud.kill();
          await cloud.start();
        }
      });
      weather.loss = 0;
      // Twenty minutes are two of the longest pauses between repeats.
      for (let i = 0; i < 25 && (i < 2 || gateway.waiting().length > 0); i += 1) await pass(100);
      const { service, pictures, log } = cloud.parts();
      const notes = service.ledger
        .entries(0, 100_000)
        .flatMap(({ kind, body }) => (kind === 'evidence' ? [JSON.parse(body) as { sha256: string }] : []))
        .map(({ sha256 }) => sha256);
      expect(gateway.kept.length, 'The run must do enough to mean something.').toBeGreaterThan(10);
      expect(new Set(notes).size, 'A note is on the record once.').toBe(notes.length);
      for (const { sha256, jpeg } of gateway.kept) {
        expect(notes).toContain(sha256);
        expect(service.pictures.fate('hill', sha256)).toBe('here');
        expect(Buffer.compare((await pictures.read('hill', sha256))!, jpeg)).toBe(0);
      }
      const files = readdirSync(join(dir, 'pictures', 'hill')).map((name) => name.replace('.jpg', ''));
      expect(
        files.filter((sha256) => !notes.includes(sha256)),
        'Nothing is kept that was not announced.',
      ).toEqual([]);
      expect(gateway.waiting()).toEqual([]);
      const raises = service.desk.alert('hill/hot/heat')!.alert.occurrence;
      expect(raises, 'No alert is lost for the sake of a picture.').toBe(gateway.occurrences());
      const bodies = log.read(0, 100_000).map(({ body }) => Buffer.from(body));
      const marker = Buffer.from([0xff, 0xd8, 0xff, 0xc0]);
      expect(
        bodies.some((body) => body.includes(marker)),
        'No picture is in the log.',
      ).toBe(false);
    } finally {
      gateway.kill();
      await cloud.kill();
      rmSync(dir, { recursive: true, force: true });
    }
  },
  60_000,
);
