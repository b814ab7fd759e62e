import type { ModelInput } from '../../dashboard/web/calibrate/words.ts';

/** Tocsin's own detectors, by the sizes in their names (vision.md §7). */
const own: ModelInput[] = [
  { name: '640 × 384 (default)', width: 640, height: 384 },
  { name: '416 × 256 (light)', width: 416, height: 256 },
];

/** The inputs the 25 px rule can be held against, and the place of the one the site uses; a name such as nanodet-g-384x640-int8 tells its size. */
export function inputsFor(model: string): { inputs: ModelInput[]; input: number } {
  const size = /(\d{2,4})x(\d{2,4})/.exec(model);
  if (!size) return { inputs: own, input: 0 };
  const [height, width] = [Number(size[1]), Number(size[2])];
  const known = own.findIndex((input) => input.width === width && input.height === height);
  if (known >= 0) return { inputs: own, input: known };
  return {
    inputs: [...own, { name: `${width} × ${height} (${model})`.slice(0, 60), width, height }],
    input: own.length,
  };
}
