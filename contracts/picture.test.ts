import fc from 'fast-check';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import {
  CameraView,
  decodeBatch,
  encodeBatch,
  isPictureHash,
  jpegSize,
  PictureNote,
  parseUpTopic,
  type SiteEvent,
  topics,
} from './index.ts';
import { pretendJpeg } from './pretend-jpeg.ts';

const sha256 = 'ab'.repeat(32);
const note = {
  v: 1,
  alert: 'hill/creep/crown',
  occurrence: 1,
  camera: 'cam-1',
  role: 'at',
  takenAtMs: 1_000,
  sha256,
  bytes: 100,
  width: 640,
  height: 360,
  blurred: true,
} as const;
const isNote = Compile(PictureNote);

describe('a JPEG', () => {
  test('tells its size wherever its frame header stands', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 8_192 }), fc.integer({ min: 1, max: 4_882 }));
    const before = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 });
    fc.assert(
      fc.property(sizes, before, ([width, height], comments) => {
        expect(jpegSize(pretendJpeg({ width, height, comments }))).toEqual({ width, height });
      }),
    );
  });

  test.each([
    ['nothing at all', new Uint8Array()],
    ['a PNG', Uint8Array.from([0x89, 0x50, 0x4e, 0x47, ...Array(40).fill(0)])],
    ['a page that begins like a JPEG', new TextEncoder().encode('\xff\xd8<script>alert(1)</script>')],
    ['one that was cut off', pretendJpeg({}).slice(0, -2)],
    ['one with something behind its end', Uint8Array.from([...pretendJpeg({}), 0x50, 0x4b])],
    ['one that is too large to decode', pretendJpeg({ width: 8_192, height: 8_192 })],
    ['one without a size', pretendJpeg({ width: 0 })],
    ['one without a frame header', pretendJpeg({ frame: false })],
    ['one whose segment reaches beyond its end', pretendJpeg({ comments: [], segmentLength: 60_000 })],
  ])('%s is none', (_, bytes) => expect(jpegSize(bytes)).toBeUndefined());

  test('is never found in noise, and no noise makes the look throw', () => {
    const noise = fc.uint8Array({ maxLength: 400 }).map((bytes) => Uint8Array.from([0xff, 0xd8, ...bytes, 0xff, 0xd9]));
    fc.assert(fc.property(noise, (bytes) => void jpegSize(bytes)));
  });
});

describe('a note of a picture', () => {
  test('travels in a batch and comes out as it went in', () => {
    const events: SiteEvent[] = [
      { kind: 'picture', note },
      { kind: 'gap', what: 'Deleted.', readings: 0, fromMs: 1, toMs: 2, pictures: [sha256] },
    ];
    const none = { series: new Uint8Array(), takenAtMs: new Float64Array(), value: new Float64Array() };
    const columns = { ...none, quality: new Uint8Array() };
    const head = { site: 'hill', epoch: 'e', lane: 'urgent', seq: 1, sentAtMs: 5 } as const;
    const { batch, badEvents } = decodeBatch(encodeBatch({ ...head, series: [], columns, events }));
    expect([batch.events, badEvents]).toEqual([events, []]);
  });

  test.each([
    ['a hash in capitals', { sha256: sha256.toUpperCase() }],
    ['a hash that is a path', { sha256: `../${'a'.repeat(61)}` }],
    ['more bytes than a frame may have', { bytes: 200_001 }],
    ['no such role', { role: 'later' }],
    ['an alert that is a path', { alert: 'hill/../x/y' }],
    ['a width of nothing', { width: 0 }],
  ])('with %s is refused', (_, change) => expect(isNote.Check({ ...note, ...change })).toBe(false));

  test('names a file that lies where it should', () => {
    expect([isPictureHash(sha256), isPictureHash(`${sha256}\n`), isPictureHash('..'), isPictureHash(7)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

test('pictures and views have topics of their own that no lane can take', () => {
  expect(parseUpTopic(topics.picture('s1'))).toEqual({ site: 's1', leaf: 'picture' });
  expect(parseUpTopic(topics.view('s1'))).toEqual({ site: 's1', leaf: 'view' });
  for (const topic of [topics.pictureAck('s1'), `${topics.picture('s1')}/x`, 'tocsin/v1/s1/picture'])
    expect(parseUpTopic(topic), topic).toBeUndefined();
});

test('a view holds no more than its contract allows', () => {
  const isView = Compile(CameraView);
  const box = { kind: 'person', id: 1, x: -3.5, y: 0, width: 10, height: 20 };
  const view = {
    ...{ v: 1, site: 's1', camera: 'c', atMs: 1, picture: { width: 640, height: 360 }, coverage: 100, fps: 9.5 },
    boxes: [box],
    zones: [{ zone: 'z', outline: [[0, 0]], people: 0, coverage: 80 }],
    troubles: [],
  };
  expect(isView.Check(view)).toBe(true);
  expect(isView.Check({ ...view, boxes: Array(65).fill(box) })).toBe(false);
  expect(isView.Check({ ...view, boxes: [{ ...box, x: Number.NaN }] })).toBe(false);
  expect(isView.Check({ ...view, coverage: 101 })).toBe(false);
});
