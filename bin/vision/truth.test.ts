import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTruth } from './truth.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'truth-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (text: string) => {
  const path = join(folder, 'truth');
  writeFileSync(path, text);
  return readTruth(path, { files: ['000001.jpg', '000002.jpg'], map: { person: 'person', truck: 'vehicle' } });
};
const coco = (annotations: unknown[]) =>
  JSON.stringify({
    images: [
      { id: 7, file_name: 'some/folder/000002.jpg' },
      { id: 9, file_name: 'elsewhere.jpg' },
    ],
    categories: [
      { id: 1, name: 'person' },
      { id: 8, name: 'truck' },
      { id: 3, name: 'flame' },
      { id: 44, name: 'bottle' },
    ],
    annotations,
  });

test('COCO annotations become boxes of Tocsin’s kinds; other frames and classes are passed over and counted', () => {
  const at = { image_id: 7, bbox: [1, 2, 3, 4] };
  const set = read(
    coco([
      { ...at, category_id: 1 },
      { ...at, category_id: 8, iscrowd: 1 },
      { ...at, category_id: 3 },
      { ...at, category_id: 44 },
      { ...at, image_id: 9, category_id: 1 },
    ]),
  );
  const box = { x: 1, y: 2, width: 3, height: 4 };
  expect(set).toEqual({
    frames: ['000002.jpg'],
    truths: [
      { frame: '000002.jpg', kind: 'person', box, isCrowd: false, isIgnored: false },
      { frame: '000002.jpg', kind: 'vehicle', box, isCrowd: true, isIgnored: false },
      { frame: '000002.jpg', kind: 'flame', box, isCrowd: false, isIgnored: false },
    ],
    passedOver: 2,
  });
});

test('a MOT ground truth is read by frame number; what MOT does not judge is ignored here too', () => {
  const set = read(
    [
      '1,1,10,20,30,40,1,1,0.9',
      '2,1,10,20,30,40,0,1,0.9',
      '2,2,1,1,5,5,1,3,1',
      '2,3,1,1,5,5,1,8,1',
      '2,4,1,1,5,5,1,11,1',
      '9,1,1,1,5,5,1,1,1',
      '',
    ].join('\n'),
  );
  expect(set.frames).toEqual(['000001.jpg', '000002.jpg']);
  expect(set.truths.map(({ frame, kind, isIgnored }) => [frame, kind, isIgnored])).toEqual([
    ['000001.jpg', 'person', false],
    ['000002.jpg', 'person', true],
    ['000002.jpg', 'vehicle', false],
    ['000002.jpg', 'person', true],
  ]);
  expect([set.truths[0]!.box, set.passedOver]).toEqual([{ x: 10, y: 20, width: 30, height: 40 }, 2]);
});

test.each([
  ['JSON that is cut', '{"images": [', 'PAYLOAD_MALFORMED'],
  ['JSON of something else', '{"a": 1}', 'no images, categories and annotations'],
  ['a box of three numbers', coco([{ image_id: 7, category_id: 1, bbox: [1, 2, 3] }]), 'annotation 1 has no bbox'],
  ['a line of text', '1,1,10,20,30,40\nhello', 'line 2'],
])('%s is refused with its place', (_, text, says) => {
  expect(() => read(text)).toThrow(
    says === 'PAYLOAD_MALFORMED'
      ? expect.objectContaining({ code: says })
      : expect.objectContaining({ message: expect.stringContaining(says) }),
  );
});

test('a truth that is not there is a file that cannot be read', () => {
  expect(() => readTruth(join(folder, 'nowhere'), { files: [], map: {} })).toThrow(
    expect.objectContaining({ code: 'FILE_UNREADABLE' }),
  );
});
