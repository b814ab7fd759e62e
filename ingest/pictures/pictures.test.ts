import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import nodeDisk from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CameraView, Fault, type PictureFate, pretendJpeg, silentLogger } from '@tocsin/contracts';
import { simClock } from '@tocsin/simulators/time';
import { afterEach, expect, test } from 'vitest';
import { createPictures, type PicturesDeps } from './pictures.ts';
import { type Disk, pictureHash } from './shelf.ts';

const startMs = Date.UTC(2026, 10, 23);
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** The desk's book in memory: what is announced, and every word it was told. */
function pretendBook() {
  const fates = new Map<string, PictureFate>();
  const told: string[] = [];
  return {
    told,
    fates,
    isBusy: false,
    fate(site: string, sha256: string): PictureFate {
      if (this.isBusy) throw new Fault('STORE_BUSY', '');
      return fates.get(`${site} ${sha256}`) ?? 'unknown';
    },
    stored(site: string, sha256: string) {
      if (this.isBusy) throw new Fault('STORE_BUSY', '');
      fates.set(`${site} ${sha256}`, 'here');
    },
    gone(site: string, pictures: readonly string[], what: string) {
      told.push(`${site} ${what} ${pictures.length}`);
      for (const sha256 of pictures) fates.set(`${site} ${sha256}`, 'unwanted');
    },
  };
}

type Setting = Partial<PicturesDeps> & { dir?: string; clock?: ReturnType<typeof simClock> };

async function setUp(setting: Setting = {}) {
  const clock = setting.clock ?? simClock(startMs);
  const dir = setting.dir ?? mkdtempSync(join(tmpdir(), 'tocsin-pictures-'));
  if (setting.dir === undefined) cleanUps.push(() => rmSync(dir, { recursive: true, force: true }));
  const book = (setting.book as ReturnType<typeof pretendBook> | undefined) ?? pretendBook();
  const acks: string[] = [];
  const troubles: string[] = [];
  const pictures = createPictures({
    clock,
    logger: silentLogger,
    publish: (topic, payload) => {
      const { v, sha256 } = JSON.parse(String(payload)) as { v: number; sha256: string[] };
      acks.push(`${topic.split('/')[2]} ${v} ${sha256.join()}`);
    },
    onTrouble: (code) => void troubles.push(code),
    ...setting,
    book,
    dir: join(dir, 'pictures'),
    scenesDir: join(dir, 'scenes'),
    limits: { freeBytesMin: 0, ...setting.limits },
  });
  await pictures.start();
  await pictures.idle();
  const pass = async (ms: number) => {
    clock.advance(ms);
    await pictures.idle();
  };
  const files = (site: string) => {
    try {
      return readdirSync(join(dir, 'pictures', site)).sort();
    } catch {
      return [];
    }
  };
  const announce = (site: string, jpeg: Uint8Array) => book.fates.set(`${site} ${pictureHash(jpeg)}`, 'awaited');
  return { pictures, clock, dir, book, acks, troubles, pass, files, announce };
}

let scans = 0;
const fresh = () => {
  scans += 1;
  return pretendJpeg({ scan: [scans >> 8, scans & 255] });
};

test('a picture that was announced is on disk before it is acknowledged, and is read as it came', async () => {
  const { pictures, acks, announce, files, dir, book } = await setUp();
  const jpeg = fresh();
  const sha256 = pictureHash(jpeg);
  announce('hill', jpeg);
  pictures.receive('hill', jpeg);
  expect(acks).toEqual([]);
  await pictures.idle();
  expect([acks, files('hill'), book.fate('hill', sha256)]).toEqual([[`hill 1 ${sha256}`], [`${sha256}.jpg`], 'here']);
  expect(statSync(join(dir, 'pictures', 'hill', `${sha256}.jpg`)).mode & 0o777).toBe(0o600);
  expect(Buffer.compare((await pictures.read('hill', sha256))!, jpeg)).toBe(0);
  pictures.receive('hill', jpeg);
  expect([acks.length, pictures.counters()]).toMatchObject([2, { stored: 1, repeated: 1 }]);
  await pictures.stop();
});

test('a picture waits for its note, and is let go unacknowledged when none comes within ten minutes', async () => {
  const { pictures, acks, announce, pass, files } = await setUp();
  const [early, never] = [fresh(), fresh()];
  pictures.receive('hill', early);
  pictures.receive('hill', never);
  await pass(30_000);
  expect([acks, files('hill')]).toEqual([[], []]);
  announce('hill', early);
  await pass(1_000);
  expect(files('hill')).toEqual([`${pictureHash(early)}.jpg`]);
  await pass(600_000);
  announce('hill', never);
  await pass(2_000);
  expect([files('hill').length, acks.length, pictures.counters().dropped]).toEqual([1, 1, 1]);
  await pictures.stop();
});

test('what waits is bounded for each site, and one site takes nothing from another', async () => {
  const { pictures, announce, pass, files } = await setUp();
  const theirs = fresh();
  pictures.receive('dale', theirs);
  const all = Array.from({ length: 20 }, fresh);
  for (const jpeg of all) pictures.receive('hill', jpeg);
  for (const jpeg of all) announce('hill', jpeg);
  announce('dale', theirs);
  await pass(1_000);
  expect([files('hill').length, files('dale').length, pictures.counters().dropped]).toEqual([16, 1, 4]);
  await pictures.stop();
});

test('a note of one site does not let a picture of another in', async () => {
  const { pictures, announce, pass, files } = await setUp();
  const jpeg = fresh();
  announce('hill', jpeg);
  pictures.receive('dale', jpeg);
  await pass(2_000);
  expect([files('dale'), files('hill')]).toEqual([[], []]);
  expect(await pictures.read('hill', pictureHash(jpeg))).toBeUndefined();
  await pictures.stop();
});

test.each<[string, string, Uint8Array, string]>([
  ['that is no JPEG', 'hill', Buffer.from('<script>alert(1)</script>'.repeat(4)), 'PICTURE_INVALID'],
  ['of nothing', 'hill', new Uint8Array(), 'PICTURE_INVALID'],
  ['that is too large', 'hill', pretendJpeg({ scan: Array(262_144).fill(1) }), 'PAYLOAD_TOO_LARGE'],
  ['of a site that is a path', '..', pretendJpeg({}), 'CONTRACT_BROKEN'],
])('a picture %s is refused, and answered so that it does not come again', async (_, site, bytes, code) => {
  const { pictures, acks, book, files } = await setUp();
  book.fates.set(`${site} ${pictureHash(bytes)}`, 'awaited');
  expect(() => pictures.receive(site, bytes)).toThrow(expect.objectContaining({ code }));
  await pictures.idle();
  expect([acks, files(site).filter((name) => name.endsWith('.jpg'))]).toEqual([
    [`${site} 1 ${pictureHash(bytes)}`],
    [],
  ]);
  await pictures.stop();
});

test('a picture nobody wants any more is answered and not kept', async () => {
  const { pictures, acks, book, files } = await setUp();
  const jpeg = fresh();
  book.fates.set(`hill ${pictureHash(jpeg)}`, 'unwanted');
  pictures.receive('hill', jpeg);
  await pictures.idle();
  expect([acks.length, files('hill'), pictures.counters().unwanted]).toEqual([1, [], 1]);
  await pictures.stop();
});

test('a crash between file, book and answer costs one repeat and doubles nothing', async () => {
  const first = await setUp();
  const jpeg = fresh();
  first.announce('hill', jpeg);
  first.pictures.receive('hill', jpeg);
  await first.pictures.stop();
  // The power went before the book had it.
  first.announce('hill', jpeg);
  const second = await setUp({ dir: first.dir, book: first.book, clock: first.clock });
  second.pictures.receive('hill', jpeg);
  await second.pictures.idle();
  expect([second.acks.length, second.files('hill').length, second.book.fate('hill', pictureHash(jpeg))]).toEqual([
    1,
    1,
    'here',
  ]);
  await second.pictures.stop();
});

test('while the desk does not answer a picture waits, and nothing is acknowledged', async () => {
  const { pictures, acks, announce, book, pass } = await setUp();
  const jpeg = fresh();
  announce('hill', jpeg);
  book.isBusy = true;
  pictures.receive('hill', jpeg);
  await pass(5_000);
  expect(acks).toEqual([]);
  book.isBusy = false;
  await pass(1_000);
  expect(acks.length).toBe(1);
  await pictures.stop();
});

test('pictures end with their time; the book has it first, and a restart goes on counting', async () => {
  const limits = { keepMs: 86_400_000, freeBytesMin: 0 };
  const first = await setUp({ limits });
  const old = fresh();
  first.announce('hill', old);
  first.pictures.receive('hill', old);
  await first.pictures.idle();
  await first.pass(43_200_000);
  const young = fresh();
  first.announce('hill', young);
  first.pictures.receive('hill', young);
  await first.pictures.idle();
  await first.pictures.stop();
  const second = await setUp({ limits, dir: first.dir, book: first.book, clock: first.clock });
  await second.pass(43_200_000 + 1_000);
  expect([second.book.told, second.files('hill')]).toEqual([['hill age 1'], [`${pictureHash(young)}.jpg`]]);
  expect(await second.pictures.read('hill', pictureHash(old))).toBeUndefined();
  await second.pictures.stop();
});

test('a site that sends too much loses its own oldest, and no other site loses anything to it', async () => {
  const size = pretendJpeg({ scan: [0, 0] }).byteLength;
  const limits = { siteBytesMax: 10 * size, bytesMax: 16 * size, freeBytesMin: 0 };
  const { pictures, announce, files, book } = await setUp({ limits });
  const send = async (site: string, jpeg: Uint8Array) => {
    announce(site, jpeg);
    pictures.receive(site, jpeg);
    await pictures.idle();
  };
  const theirs = Array.from({ length: 5 }, fresh);
  for (const jpeg of theirs) await send('dale', jpeg);
  const flood = Array.from({ length: 40 }, fresh);
  for (const jpeg of flood) await send('hill', jpeg);
  expect(files('dale').length).toBe(5);
  expect(files('hill').length).toBeLessThanOrEqual(10);
  expect(files('hill')).toContain(`${pictureHash(flood.at(-1)!)}.jpg`);
  expect(new Set(book.told.map((line) => line.split(' ').slice(0, 2).join(' ')))).toEqual(new Set(['hill budget']));
  for (const site of ['east', 'west']) for (let i = 0; i < 4; i += 1) await send(site, fresh());
  // With four sites in so little room each ends with its quarter.
  expect(['hill', 'dale', 'east', 'west'].map((site) => files(site).length)).toEqual([4, 4, 4, 4]);
  await pictures.stop();
});

test('a picture that was altered on the disk is never shown, is told once, and ends with its time', async () => {
  const { pictures, announce, dir, book, files, pass } = await setUp({ limits: { keepMs: 86_400_000 } });
  const jpeg = fresh();
  const sha256 = pictureHash(jpeg);
  announce('hill', jpeg);
  pictures.receive('hill', jpeg);
  await pictures.idle();
  writeFileSync(join(dir, 'pictures', 'hill', `${sha256}.jpg`), fresh());
  await expect(pictures.read('hill', sha256)).rejects.toMatchObject({ code: 'PICTURE_INVALID' });
  expect(await pictures.read('hill', sha256)).toBeUndefined();
  expect([book.told, files('hill')]).toEqual([['hill altered 1'], [`${sha256}.jpg.altered`]]);
  pictures.receive('hill', jpeg);
  await pictures.idle();
  expect(files('hill')).toEqual([`${sha256}.jpg.altered`]);
  await nodeDisk.utimes(join(dir, 'pictures', 'hill', `${sha256}.jpg.altered`), startMs / 1_000, startMs / 1_000);
  await pass(86_400_000 + 600_000);
  expect(files('hill')).toEqual([]);
  await pictures.stop();
});

/** A disk that refuses the n-th act that changes something, once. */
function failingDisk() {
  const fuse: { left?: number } = {};
  const burn = () => {
    if (fuse.left === undefined) return;
    fuse.left -= 1;
    if (fuse.left >= 0) return;
    delete fuse.left;
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  };
  const disk: Disk = {
    ...nodeDisk,
    async mkdir(path: string, options: object) {
      burn();
      return nodeDisk.mkdir(path, options);
    },
    async open(path, flags, mode) {
      burn();
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
  } as Disk;
  return { fuse, disk };
}

test('whichever write fails, nothing is acknowledged that is not whole on the disk, and the repeat is stored', async () => {
  const { fuse, disk } = failingDisk();
  let failures = 0;
  for (let n = 0; ; n += 1) {
    const { pictures, announce, acks, troubles, files, pass, book } = await setUp({ disk });
    const jpeg = fresh();
    announce('hill', jpeg);
    fuse.left = n;
    pictures.receive('hill', jpeg);
    await pictures.idle();
    const isDone = fuse.left !== undefined;
    delete fuse.left;
    if (!isDone) {
      failures += 1;
      expect([acks, troubles, book.fate('hill', pictureHash(jpeg))], `write ${n}`).toEqual([
        [],
        ['STORE_FULL'],
        'awaited',
      ]);
      await pass(10_000);
      pictures.receive('hill', jpeg);
      await pictures.idle();
    }
    expect([acks.length, files('hill')], `write ${n}`).toEqual([1, [`${pictureHash(jpeg)}.jpg`]]);
    await pictures.stop();
    if (isDone) break;
  }
  expect(failures).toBeGreaterThan(5);
});

test('a disk that is nearly full belongs to alerts: pictures are not stored, not answered, and told about once an hour', async () => {
  const { pictures, announce, acks, troubles, pass } = await setUp({
    limits: { freeBytesMin: Number.MAX_SAFE_INTEGER },
  });
  for (let i = 0; i < 5; i += 1) {
    const jpeg = fresh();
    announce('hill', jpeg);
    pictures.receive('hill', jpeg);
    await pass(11_000);
  }
  expect([acks, troubles, pictures.counters().notStored]).toEqual([[], ['STORE_FULL'], 5]);
  await pictures.stop();
});

const view = (more: Partial<CameraView> = {}): CameraView => ({
  ...{ v: 1, site: 'hill', camera: 'cam-1', atMs: startMs, picture: { width: 640, height: 360 } },
  ...{ boxes: [], zones: [], troubles: [], coverage: 100, fps: 10 },
  ...more,
});
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

test('a view is shown while it is fresh; then only since when there is none, and after a day nothing', async () => {
  const { pictures, clock } = await setUp();
  pictures.view('hill', json(view()));
  pictures.view('hill', json(view({ camera: 'cam-0', coverage: 40 })));
  expect(pictures.cameras('hill')).toEqual([
    { camera: 'cam-0', heardAtMs: startMs, view: view({ camera: 'cam-0', coverage: 40 }) },
    { camera: 'cam-1', heardAtMs: startMs, view: view() },
  ]);
  expect(pictures.cameras('dale')).toEqual([]);
  clock.advance(10_001);
  expect(pictures.cameras('hill')).toEqual([
    { camera: 'cam-0', heardAtMs: startMs },
    { camera: 'cam-1', heardAtMs: startMs },
  ]);
  clock.advance(86_400_000);
  expect(pictures.cameras('hill')).toEqual([]);
  await pictures.stop();
});

test.each([
  ['of another site', json(view({ site: 'dale' })), 'SITE_MISMATCH'],
  ['that is not JSON', Buffer.from('{'), 'PAYLOAD_MALFORMED'],
  ['that is too large', Buffer.alloc(16_385, 32), 'PAYLOAD_TOO_LARGE'],
  ['with more than its contract allows', json(view({ troubles: Array(13).fill('x') })), 'CONTRACT_BROKEN'],
])('a view %s is refused and changes nothing', async (_, payload, code) => {
  const { pictures } = await setUp();
  expect(() => pictures.view('hill', payload)).toThrow(expect.objectContaining({ code }));
  expect(pictures.cameras('hill')).toEqual([]);
  await pictures.stop();
});

test('of more cameras than a site may have is heard nothing', async () => {
  const { pictures } = await setUp();
  for (let i = 0; i < 16; i += 1) pictures.view('hill', json(view({ camera: `cam-${i}` })));
  expect(() => pictures.view('hill', json(view({ camera: 'one-more' })))).toThrow(
    expect.objectContaining({ code: 'TOO_MANY_REQUESTS' }),
  );
  await pictures.stop();
});

test('the still of an empty street is kept when a view names it, whichever comes first, and only its own site’s', async () => {
  const { pictures, acks, pass } = await setUp();
  const [first, second] = [fresh(), fresh()];
  pictures.receive('hill', first);
  pictures.view('hill', json(view({ scene: pictureHash(first) })));
  pictures.view('dale', json(view({ site: 'dale', scene: pictureHash(first) })));
  expect(pictures.cameras('hill')[0]?.scene).toBeUndefined();
  await pass(1_000);
  expect(pictures.cameras('hill')[0]?.scene).toBe(pictureHash(first));
  expect(Buffer.compare((await pictures.scene('hill', 'cam-1'))!, first)).toBe(0);
  expect(await pictures.scene('dale', 'cam-1')).toBeUndefined();
  pictures.view('hill', json(view({ scene: pictureHash(second) })));
  pictures.receive('hill', second);
  await pictures.idle();
  expect(Buffer.compare((await pictures.scene('hill', 'cam-1'))!, second)).toBe(0);
  expect(acks.length).toBe(2);
  await pictures.stop();
});
