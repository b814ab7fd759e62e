/** A street drawn through a known pin-hole camera, so that a test knows where every metre of it is in the picture. */
import sharp from 'sharp';
import type { Pair } from '../../dashboard/web/calibrate/words.ts';

const camera = { heightM: 5, downRad: 0.42, focalPx: 900, at: [3, -6] as Pair };
export const street = {
  width: 1280,
  height: 720,
  farKerb: [
    [-2, 7.5],
    [8, 7.5],
    [8, 10],
    [-2, 10],
  ] as Pair[],
};

/** Corners of the zebra, as a tape would measure them: the outer four, then two within. */
export const measured: Pair[] = [
  [0, 0.3],
  [5.5, 0.3],
  [5.5, 6.7],
  [0, 6.7],
  [2.5, 6.7],
  [3, 0.3],
];

/** Where the camera shows a place on the ground, to a tenth of a pixel. */
export function pixelOf([x, y]: Pair): Pair {
  const [right, away] = [x - camera.at[0], y - camera.at[1]];
  const [cos, sin] = [Math.cos(camera.downRad), Math.sin(camera.downRad)];
  const depth = away * cos + camera.heightM * sin;
  const below = camera.heightM * cos - away * sin;
  const px = [
    street.width / 2 + (camera.focalPx * right) / depth,
    street.height / 2 + (camera.focalPx * below) / depth,
  ];
  return px.map((value) => Math.round(value * 10) / 10) as Pair;
}

/** Draws the street with its zebra into a JPEG. */
export async function drawStreet(file: string): Promise<void> {
  const area = (corners: Pair[], fill: string) =>
    `<polygon fill="${fill}" points="${corners.map((m) => pixelOf(m).join(',')).join(' ')}"/>`;
  const across = (y0: number, y1: number, x0 = -60, x1 = 60): Pair[] => [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ];
  const stripes = [0, 1, 2, 3, 4, 5].map((x) => area(across(0.3, 6.7, x, x + 0.5), '#e8e8e4'));
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${street.width}" height="${street.height}">`,
    '<rect width="100%" height="100%" fill="#8fa3b5"/>',
    area(across(-2, 80), '#7a7a72'),
    area(across(0, 7), '#55585c'),
    ...stripes,
    '</svg>',
  ].join('');
  await sharp(Buffer.from(svg)).jpeg({ quality: 92 }).toFile(file);
}
