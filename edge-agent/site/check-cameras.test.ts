import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkSite } from './load.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cameras-'));
  const points = [
    { px: [100, 350], m: [0, 0] },
    { px: [540, 350], m: [4, 0] },
    { px: [440, 150], m: [4, 8] },
    { px: [200, 150], m: [0, 8] },
  ];
  const file = { version: 1, camera: 'cam', picture: { width: 640, height: 360 }, points };
  writeFileSync(join(folder, 'plain.json'), JSON.stringify(file));
  writeFileSync(join(folder, 'whole.json'), JSON.stringify({ ...file, reference: 'cam.jpg' }));
  writeFileSync(join(folder, 'gone.json'), JSON.stringify({ ...file, reference: 'gone.jpg' }));
  writeFileSync(join(folder, 'broken.json'), '{');
  writeFileSync(join(folder, 'cam.jpg'), 'jpeg');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Checks a site of one device, one user and these cameras, each a line of YAML. */
function check(...cameras: string[]) {
  const text = `
site: s
name: S
broker: { listen: { host: 127.0.0.1, port: 1883 }, users: [{ username: u, password: { env: X }, publish: [field/sig, field/cam] }] }
devices:
  - { id: sig, format: json-path, topic: field/sig, intervalMs: 500, channels: [{ id: phase, path: $.p, unit: '{state}', min: 0, max: 2 }] }
cameras:
${cameras.map((camera) => `  - { ${camera} }`).join('\n')}
`;
  const loaded = checkSite(text, join(folder, 'site.yaml'), '');
  const words = (list: readonly { message: string; remedy: string }[]) =>
    list.map(({ message, remedy }) => `${message} ${remedy}`);
  return { problems: loaded.ok ? [] : words(loaded.problems), warnings: loaded.ok ? words(loaded.warnings) : [] };
}
const mqtt = 'source: { kind: mqtt, topic: field/cam }';

test('a camera that is complete is accepted without a word', () => {
  expect(check(`id: cam, ${mqtt}, calibration: whole.json, zones: [{ id: r, outline: [[0,0],[4,0],[4,8]] }]`)).toEqual({
    problems: [],
    warnings: [],
  });
});

test.each<[string, string[], string]>([
  ['with the topic of a device', ['id: cam, source: { kind: mqtt, topic: field/sig }'], 'also the topic of sig'],
  ['with the topic of another camera', [`id: cam, ${mqtt}`, `id: two, ${mqtt}`], 'also the topic of cam'],
  ['with the name of a device', [`id: sig, ${mqtt}`], 'two devices called “sig”'],
  ['of a kind that does not exist', ['id: cam, source: { kind: rstp, url: "rtsp://h/x" }'], 'Did you mean rtsp?'],
  ['that nobody looks at', [`id: cam, ${mqtt}, model: none`], 'Nobody looks at the pictures'],
  ['whose model is not there', [`id: cam, ${mqtt}, model: nanodet-x`], 'no model named “nanodet-x”'],
  [
    'whose classifier is a detector',
    [`id: cam, ${mqtt}, classifier: nanodet-g-256x416-int8`],
    'finds boxes. Name it as model.',
  ],
  [
    'with zones and no calibration',
    [`id: cam, ${mqtt}, zones: [{ id: r, outline: [[0,0],[4,0],[4,8]] }]`],
    'tocsin camera calibrate SITE.yaml cam',
  ],
  [
    'with a zone that crosses itself',
    [`id: cam, ${mqtt}, calibration: whole.json, zones: [{ id: r, outline: [[0,0],[1,1],[1,0],[0,1]] }]`],
    'cross each other',
  ],
  ['with a damaged calibration', [`id: cam, ${mqtt}, calibration: broken.json`], 'not JSON'],
  ['with pictures for a rule that is not there', [`id: cam, ${mqtt}, evidence: { rules: [x] }`], 'no rule “x”'],
])('a camera %s is refused with a remedy', (_, cameras, says) => {
  expect(check(...cameras).problems.join('\n')).toContain(says);
});

test('a login in an address is refused and not repeated', () => {
  const { problems } = check('id: cam, source: { kind: rtsp, url: "rtsp://u:hunter2@h/x" }');
  expect(problems.join()).toContain('a secret never stands in this file');
  expect(problems.join()).not.toContain('hunter2');
});

test.each<[string, string, string]>([
  ['has no reference view', 'calibration: plain.json', 'a turned camera is not told'],
  ['has lost its reference view', 'calibration: gone.json', 'a turned camera is not told'],
  ['is not calibrated yet', 'calibration: later.json', 'so nobody is placed'],
  ['gives too few pictures to follow people by', 'calibration: whole.json, fps: 2', 'lose people'],
])('a camera that %s is accepted with a warning', (_, more, says) => {
  const { problems, warnings } = check(`id: cam, ${mqtt}, ${more}`);
  expect([problems, warnings]).toEqual([[], [expect.stringContaining(says)]]);
});

test('a calibration of another camera, and a camera that may not publish, are warned of', () => {
  const { warnings } = check('id: two, source: { kind: mqtt, topic: field/two }, calibration: whole.json');
  expect(warnings.join('\n')).toContain('was made for “cam”, not for “two”');
  expect(warnings.join('\n')).toContain('No user of the broker may publish on “field/two”');
});
