import { mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import nodeDisk from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PictureNote, pretendJpeg, silentLogger, topics } from '@tocsin/contracts';
import { type SimClock, simClock } from '@tocsin/simulators/time';
import { afterEach, expect, test } from 'vitest';
import { createEvidence, type Deleted, type Evidence, type EvidenceFrame, type EvidenceOptions } from './evidence.ts';
import { type Disk, pictureHash } from './files.ts';

const startMs = Date.UTC(2026, 10, 23);
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

const newDir = () => {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-evidence-'));
  cleanUps.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

type Told = { notes: PictureNote[]; deleted: Deleted[]; sent: string[]; views: string[] };
type Setting = Partial<EvidenceOptions> & { clock?: SimClock; journal?: () => boolean };

/** Evidence in a directory, with a link that can be cut and a journal that can fail. */
async function setUp(setting: Setting = {}) {
  const clock = setting.clock ?? simClock(startMs);
  const dir = setting.dir ?? newDir();
  const link = { isOnline: true, isFree: true };
  const told: Told = { notes: [], deleted: [], sent: [], views: [] };
  const evidence = createEvidence({
    site: 'hill',
    clock,
    logger: silentLogger,
    link: {
      publish(topic, payload, { qos }) {
        if (topic === topics.view('hill')) told.views.push(`${qos} ${payload}`);
        else told.sent.push(pictureHash(payload as Uint8Array));
      },
      online: () => link.isOnline,
      free: () => link.isFree,
    },
    told(note) {
      told.notes.push(note);
      return setting.journal?.() ?? true;
    },
    deleted: (what) => void told.deleted.push(what),
    freeBytesMin: 0,
    ...setting,
    dir,
  });
  await evidence.start();
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) {
      clock.advance(500);
      await evidence.idle();
    }
  };
  const ack = (...sha256: string[]) => evidence.acked(Buffer.from(JSON.stringify({ v: 1, sha256 })));
  const inFolder = (folder: string) => readdirSync(join(dir, folder)).sort();
  return { evidence, clock, dir, link, told, pass, ack, inFolder };
}

const frameBytes = pretendJpeg({}).byteLength;
let scans = 0;
/** A frame like no other, of an alert of the hill. */
function frame(more: Partial<EvidenceFrame> = {}): EvidenceFrame {
  scans += 1;
  const jpeg = pretendJpeg({ scan: [scans >> 8, scans & 255, 7] });
  const rest = { alert: 'hill/creep/crown', occurrence: 1, camera: 'cam-1', role: 'at', takenAtMs: startMs } as const;
  return { jpeg, ...rest, width: 640, height: 360, blurred: true, ...more };
}

async function kept(evidence: Evidence, more: Partial<EvidenceFrame> = {}): Promise<string> {
  const answer = await evidence.keep(frame(more));
  if (!answer.ok) throw new Error(answer.detail);
  return answer.note.sha256;
}

test('a frame is on disk, whole and for its owner only, before anybody is told of it', async () => {
  const seen: string[][] = [];
  const dir = newDir();
  const journal = () => seen.push(readdirSync(join(dir, 'waiting'))) > 0;
  const { evidence, told, inFolder } = await setUp({ dir, journal });
  const sha256 = await kept(evidence);
  expect(seen[0]).toContain(`${sha256}.jpg`);
  expect(told.notes).toMatchObject([
    { sha256, alert: 'hill/creep/crown', role: 'at', blurred: true, bytes: frameBytes },
  ]);
  expect(inFolder('waiting')).toEqual([`${sha256}.jpg`]);
  expect(statSync(join(dir, 'waiting', `${sha256}.jpg`)).mode & 0o777).toBe(0o600);
  await evidence.stop();
});

test.each<[string, Partial<EvidenceFrame>, string]>([
  ['that is no JPEG', { jpeg: Uint8Array.from(Array(60).fill(7)) }, 'PICTURE_INVALID'],
  ['of another size than it is said to have', { width: 641 }, 'PICTURE_INVALID'],
  ['that is too large', { jpeg: pretendJpeg({ scan: Array(200_000).fill(1) }) }, 'PAYLOAD_TOO_LARGE'],
  ['of an alert of another site', { alert: 'dale/creep/crown' }, 'SITE_MISMATCH'],
  ['of a camera without a name', { camera: 'a/b' }, 'CONTRACT_BROKEN'],
])('a frame %s is refused with a reason and leaves nothing behind', async (_, more, code) => {
  const { evidence, told, inFolder } = await setUp();
  expect(await evidence.keep(frame(more))).toMatchObject({ ok: false, code });
  expect([told.notes, inFolder('waiting'), evidence.counters().refused]).toEqual([[], [], 1]);
  await evidence.stop();
});

test('an occurrence has eight frames and no more, the next occurrence has eight of its own', async () => {
  const { evidence } = await setUp();
  for (let i = 0; i < 8; i += 1) await kept(evidence);
  expect(await evidence.keep(frame())).toMatchObject({ ok: false, code: 'TOO_MANY_REQUESTS' });
  await kept(evidence, { occurrence: 2 });
  await evidence.stop();
});

test('pictures go up one at a time, again until the cloud has answered, and then stay for a while', async () => {
  const { evidence, told, pass, ack, inFolder } = await setUp();
  const [a, b] = [await kept(evidence), await kept(evidence)];
  await pass(5_000);
  expect(told.sent).toEqual([a]);
  await pass(30_000);
  expect(told.sent).toEqual([a, b]);
  ack(b);
  await pass(2_000);
  expect(told.sent).toEqual([a, b, a]);
  ack(a, 'f'.repeat(64));
  await pass(700_000);
  expect([told.sent.length, inFolder('waiting'), inFolder('kept')]).toEqual([3, [], [`${a}.jpg`, `${b}.jpg`].sort()]);
  expect(evidence.counters()).toMatchObject({ acknowledged: 3, acksInvalid: 0 });
  await evidence.stop();
});

test('nothing is sent while urgent rows wait or the link is away, and everything is due when a new link is there', async () => {
  const { evidence, told, link, pass, ack } = await setUp();
  link.isFree = false;
  const a = await kept(evidence);
  await pass(60_000);
  expect(told.sent).toEqual([]);
  link.isFree = true;
  await pass(500);
  link.isOnline = false;
  await pass(200_000);
  expect(told.sent).toEqual([a]);
  link.isOnline = true;
  await pass(1_000);
  expect(told.sent).toEqual([a, a]);
  ack(a);
  await evidence.stop();
});

test('a restart goes on with what the directory holds, and nothing of it is told twice', async () => {
  const first = await setUp();
  const a = await kept(first.evidence);
  const b = await kept(first.evidence);
  first.ack(b);
  await first.evidence.idle();
  await first.evidence.stop();
  const second = await setUp({ dir: first.dir, clock: simClock(startMs + 60_000) });
  await second.pass(1_000);
  expect([second.told.sent, second.told.notes]).toEqual([[a], []]);
  await second.evidence.stop();
});

test('a note the journal could not take is told again at the next start, until the journal has it', async () => {
  const first = await setUp({ journal: () => false });
  const a = await kept(first.evidence);
  await first.evidence.stop();
  const second = await setUp({ dir: first.dir });
  expect(second.told.notes.map(({ sha256 }) => sha256)).toEqual([a]);
  await second.evidence.stop();
  const third = await setUp({ dir: first.dir });
  expect(third.told.notes).toEqual([]);
  await third.evidence.stop();
});

test('frames end with their time, and one the cloud never got is told as lost', async () => {
  const { evidence, told, clock, pass, ack, inFolder } = await setUp({ keepMs: 3_600_000 });
  const a = await kept(evidence);
  const b = await kept(evidence);
  ack(a);
  await evidence.idle();
  clock.advance(3_600_001);
  await pass(60_500);
  expect([inFolder('waiting'), inFolder('kept')]).toEqual([[], []]);
  const span = { why: 'age', fromMs: startMs, toMs: startMs };
  expect(told.deleted).toEqual([
    { ...span, pictures: [b], unsent: true },
    { ...span, pictures: [a], unsent: false },
  ]);
  expect(evidence.counters()).toMatchObject({ deleted: 2, deletedUnsent: 1 });
  await evidence.stop();
});

test('when the room is used up, frames the cloud has go before those it has not, the oldest first', async () => {
  const { evidence, told, ack } = await setUp({ bytesMax: 3 * frameBytes });
  const all = [];
  for (let i = 0; i < 3; i += 1) all.push(await kept(evidence, { takenAtMs: startMs + i }));
  ack(all[2]!);
  await evidence.idle();
  await kept(evidence, { takenAtMs: startMs + 3 });
  await kept(evidence, { takenAtMs: startMs + 4 });
  expect(told.deleted.map(({ pictures, unsent }) => [pictures, unsent])).toEqual([
    [[all[2]], false],
    [[all[0]], true],
  ]);
  await evidence.stop();
});

test('a file that was altered or taken away is not sent; it is told as lost', async () => {
  const { evidence, told, dir, pass } = await setUp();
  const a = await kept(evidence);
  truncateSync(join(dir, 'waiting', `${a}.jpg`), 10);
  await pass(1_000);
  expect(told.sent).toEqual([]);
  expect(told.deleted).toMatchObject([{ pictures: [a], why: 'damaged', unsent: true }]);
  await evidence.stop();
});

test('what a crash left half-written is tidied away, and strangers in the folder with it', async () => {
  const first = await setUp();
  await first.evidence.stop();
  for (const name of ['7.part', 'notes.txt', `${'a'.repeat(64)}-${'b'.repeat(32)}.json`])
    writeFileSync(join(first.dir, 'waiting', name), '{');
  const { inFolder, evidence } = await setUp({ dir: first.dir });
  expect(inFolder('waiting')).toEqual([]);
  await evidence.stop();
});

/** A disk whose n-th act that changes something fails, counted from `fuse.left`; undefined never fails. */
function failingDisk() {
  const fuse: { left?: number } = {};
  const burn = () => {
    if (fuse.left === undefined) return;
    fuse.left -= 1;
    if (fuse.left < 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  };
  const disk: Disk = {
    ...nodeDisk,
    async open(path, flags, mode) {
      if (flags === 'w') burn();
      const file = await nodeDisk.open(path, flags, mode);
      return new Proxy(file, {
        get(target, key) {
          const value = Reflect.get(target, key) as unknown;
          if (typeof value !== 'function') return value;
          return (...args: unknown[]) => {
            if (key === 'writeFile' || key === 'sync') burn();
            return (value as (...all: unknown[]) => unknown).apply(target, args);
          };
        },
      });
    },
    async rename(from, to) {
      burn();
      return nodeDisk.rename(from, to);
    },
  };
  return { fuse, disk };
}

test('whichever write fails, a frame is told of only when it is there whole, and the next one is kept', async () => {
  const { fuse, disk } = failingDisk();
  let failures = 0;
  for (let n = 0; ; n += 1) {
    const { evidence, told, inFolder } = await setUp({ disk });
    fuse.left = n;
    const answer = await evidence.keep(frame());
    delete fuse.left;
    if (answer.ok) {
      await evidence.stop();
      break;
    }
    failures += 1;
    expect([answer.code, told.notes], `write ${n}`).toEqual(['STORE_FULL', []]);
    const good = await kept(evidence, { occurrence: 2 });
    expect(
      told.notes.map(({ sha256 }) => sha256),
      `write ${n}`,
    ).toEqual([good]);
    await evidence.stop();
    expect(inFolder('waiting'), `write ${n}`).toEqual([`${good}.jpg`]);
  }
  expect(failures).toBeGreaterThan(6);
});

test('a disk that is nearly full belongs to the journal', async () => {
  const { evidence } = await setUp({ freeBytesMin: Number.MAX_SAFE_INTEGER });
  expect(await evidence.keep(frame())).toMatchObject({ ok: false, code: 'STORE_FULL' });
  await evidence.stop();
});

test('a still is kept once, sent at each start, and told as no evidence', async () => {
  const first = await setUp();
  const jpeg = pretendJpeg({ scan: [9] });
  const sha256 = await first.evidence.scene(jpeg);
  expect(await first.evidence.scene(jpeg)).toBe(sha256);
  await first.pass(1_000);
  first.ack(sha256!);
  expect([first.told.sent, first.told.notes, first.inFolder('scenes')]).toEqual([[sha256], [], [`${sha256}.jpg`]]);
  await first.evidence.stop();
  const second = await setUp({ dir: first.dir });
  await second.evidence.scene(jpeg);
  await second.pass(1_000);
  expect(second.told.sent).toEqual([sha256]);
  expect(await second.evidence.scene(Uint8Array.from([1]))).toBeUndefined();
  await second.evidence.stop();
});

test('views go twice a second, unacknowledged, and not at all while something urgent waits', async () => {
  const { evidence, told, clock, link } = await setUp();
  const view = (camera: string, troubles: string[] = []) =>
    evidence.view({
      ...{ v: 1, site: 'hill', camera, atMs: clock.nowMs(), picture: { width: 640, height: 360 } },
      ...{ boxes: [], zones: [], troubles, coverage: 100, fps: 10 },
    });
  for (let i = 0; i < 20; i += 1) {
    view('a');
    view('b');
    clock.advance(100);
  }
  expect(told.views.length).toBe(8);
  expect(told.views[0]).toMatch(/^0 \{/);
  view('c', Array(200).fill('x'.repeat(160)));
  link.isFree = false;
  view('d');
  expect([told.views.length, evidence.counters().viewsRefused]).toEqual([8, 1]);
  await evidence.stop();
});

test('a gateway that stands alone keeps its frames and sends nothing', async () => {
  const dir = newDir();
  const told: PictureNote[] = [];
  const evidence = createEvidence({
    ...{ site: 'hill', dir, clock: simClock(startMs), logger: silentLogger, freeBytesMin: 0 },
    told: (note) => told.push(note) > 0,
    deleted: () => {},
  });
  await evidence.start();
  const sha256 = await kept(evidence);
  expect([told.length, readdirSync(join(dir, 'kept'))]).toEqual([1, [`${sha256}.jpg`]]);
  await evidence.stop();
  expect(await evidence.keep(frame())).toMatchObject({ ok: false, code: 'STORE_BUSY' });
});

test.each(['', 'null', '{"v":1,"sha256":[]}', '{"v":1,"sha256":["../x"]}', 'x'.repeat(9_000)])(
  'an answer that is none (%#) changes nothing and is counted',
  async (text) => {
    const { evidence, inFolder } = await setUp();
    const sha256 = await kept(evidence);
    evidence.acked(Buffer.from(text));
    await evidence.idle();
    expect([evidence.counters().acksInvalid, inFolder('waiting')]).toEqual([1, [`${sha256}.jpg`]]);
    await evidence.stop();
  },
);
