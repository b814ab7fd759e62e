import { type Grid, gridColumns, gridRows } from '../../vision/types.ts';

// Own names: imported ones are looked up at every use under the test runner, which is slow in loops over cells.
const across = gridColumns;
const down = gridRows;
const cells = across * down;

/**
 * Grids of a street for tests, as a camera with automatic exposure would give them: sun, clouds, shadows, lamps,
 * infrared at night, rain, people, cars and a bus, and what can happen to a lens. No pictures: fine detail and noise
 * are reckoned from contrast and gain.
 */
type Luck = { next(): number; gauss(): number };

/** What stands in a street: brightness under even light (0 to 1) and colour by cells, and how detailed it is. */
export type Street = {
  bright: Float64Array;
  hue: Float64Array;
  detail: number;
  /** Light of the lamps and of the camera's own infrared, by cells. */
  lamps: Float64Array;
  infrared: Float64Array;
  /** Noise of a sensor, drawn once and read from anywhere. */
  noise: Float64Array;
};

/** A street of some fifty fronts, kerbs, posts and markings. */
export function drawStreet(luck: Luck): Street {
  const bright = new Float64Array(cells);
  const hue = new Float64Array(cells);
  for (let i = 0; i < cells; i += 1) bright[i] = 0.25 + 0.1 * (i / cells) + 0.03 * luck.gauss();
  for (let n = 0; n < 50; n += 1) {
    const [x, y] = [luck.next() * across, luck.next() * down];
    const [w, h] = [1 + luck.next() * luck.next() * 24, 1 + luck.next() * luck.next() * 14];
    const [tone, colour] = [0.05 + 0.75 * luck.next(), 16 * (luck.next() - 0.5)];
    fill(bright, { x, y, w, h }, tone);
    fill(hue, { x, y, w, h }, colour);
  }
  for (let i = 0; i < cells; i += 1) bright[i] = Math.min(0.95, Math.max(0.03, bright[i]! + 0.02 * luck.gauss()));
  const lamps = new Float64Array(cells);
  for (let n = 0; n < 4; n += 1) shine(lamps, [luck.next() * across, luck.next() * down], 0.05, 120);
  const infrared = new Float64Array(cells);
  shine(infrared, [32, 20], 0.06, 700);
  const noise = Float64Array.from({ length: 4 * cells }, () => luck.gauss());
  return { bright, hue, detail: 20 + 150 * luck.next(), lamps, infrared, noise };
}

function shine(map: Float64Array, [x, y]: [number, number], strength: number, width: number): void {
  for (let i = 0; i < cells; i += 1)
    map[i]! += strength * Math.exp(-(((i % across) - x) ** 2 + (Math.floor(i / across) - y) ** 2) / width);
}

/** A rectangle in cells. */
export type Patch = { x: number; y: number; w: number; h: number };
function fill(map: Float64Array, { x, y, w, h }: Patch, value: number): void {
  for (let row = Math.max(0, Math.floor(y)); row < Math.min(down, y + h); row += 1)
    for (let column = Math.max(0, Math.floor(x)); column < Math.min(across, x + w); column += 1)
      map[row * across + column] = value;
}

/** How a street is lit and what is in it at one instant. */
export type Moment = {
  /** 1 full sun, 0 none; lamps and infrared add to it. */
  sun?: number;
  /** Share of the sun that clouds take. */
  cloud?: number;
  /** Which way shadows fall, in cells. */
  shadow?: number;
  lamps?: boolean;
  infrared?: boolean;
  rain?: boolean;
  /** Things in the street with their own brightness; striped like a bus with windows. */
  things?: (Patch & { tone: number; isStriped?: boolean })[];
  headlights?: [x: number, y: number][];
  /** The camera turned by cells, sharpness lost (1 none left), and a cover over patches. */
  turned?: [x: number, y: number];
  blur?: number;
  covers?: (Patch & { level: number })[];
};

const gainMax = 40;

function light(street: Street, moment: Moment): Float64Array {
  const { sun = 1, cloud = 0, shadow = 3, lamps = false, infrared = false, headlights = [] } = moment;
  const [byX, byY] = moment.turned ?? [0, 0];
  const { bright } = street;
  const lit = new Float64Array(cells);
  for (let row = 0; row < down; row += 1) {
    for (let column = 0; column < across; column += 1) {
      // What a turned camera sees beyond the street is more street.
      const from = ((row - byY + down) % down) * across + ((column - byX + across) % across);
      const behind = bright[(from + Math.round(shadow) + cells) % cells]!;
      const direct = behind > 0.55 ? 0.5 : 1;
      let here = sun * (0.4 + 0.6 * direct * (1 - cloud)) * (1 - 0.6 * cloud);
      const i = row * across + column;
      if (lamps) here += street.lamps[i]!;
      if (infrared) here += street.infrared[i]!;
      lit[i] = bright[from]! * (here + 0.002);
    }
  }
  for (const { tone, isStriped, ...patch } of moment.things ?? []) {
    const level = tone * (sun * (1 - 0.6 * cloud) + (lamps || infrared ? 0.04 : 0) + 0.002);
    fill(lit, patch, level);
    if (isStriped)
      for (let x = patch.x + 1; x < patch.x + patch.w; x += 5)
        fill(lit, { x, y: patch.y + 3, w: 3, h: patch.h / 3 }, level / 3);
  }
  for (const [x, y] of headlights) fill(lit, { x, y, w: 2, h: 2 }, 2);
  return lit;
}

const meanOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** Texture of a street by day, in which it has the detail it is drawn with. */
const plainTexture = 11;

function textureOf(y: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i + across < cells; i += 1) sum += Math.abs(y[i + 1]! - y[i]!) + Math.abs(y[i + across]! - y[i]!);
  return sum / (2 * cells);
}

function soften(y: Float64Array, rounds: number): void {
  for (let n = 0; n < rounds; n += 1)
    for (let i = across + 1; i < cells - across - 1; i += 1)
      y[i] = (4 * y[i]! + y[i - 1]! + y[i + 1]! + y[i - across]! + y[i + across]!) / 8;
}

/** The grid of a street at one instant; `luck` is the noise of the sensor. */
export function drawGrid(street: Street, moment: Moment, luck: Luck): Grid {
  const { infrared = false, rain = false, blur = 0, covers = [] } = moment;
  const lit = light(street, moment);
  const gain = Math.min(gainMax, 0.22 / meanOf(lit));
  const deviation = 0.5 + 2.5 * (gain / gainMax) + (rain ? 0.7 : 0);
  const y = lit.map((value) => 255 * Math.sqrt(Math.min(1, gain * value)) * (rain ? 0.8 : 1) + (rain ? 20 : 0));
  if (blur > 0) soften(y, Math.round(6 * blur));
  for (const { level, ...patch } of covers) fill(y, patch, level);
  const covered = 1 - covers.reduce((sum, { w, h }) => sum + (w * h) / cells, 0);
  const detail = street.detail * (textureOf(y) / plainTexture) ** 2 * (1 - blur) ** 3 * Math.max(0, covered);
  const wobble = () => 1 + 0.004 * luck.gauss();
  const grid: Grid = {
    columns: across,
    rows: down,
    y: new Uint8Array(cells),
    cb: new Uint8Array(cells).fill(128),
    cr: new Uint8Array(cells).fill(128),
    sharpness: (detail + 20 * deviation ** 2) * wobble(),
    noise: 0.75 * deviation * wobble(),
  };
  const from = Math.floor(3 * cells * luck.next());
  for (let i = 0; i < cells; i += 1) {
    grid.y[i] = Math.round(Math.min(255, Math.max(0, y[i]! + (deviation / 10) * street.noise[from + i]!)));
    const colour = infrared || covers.length > 0 ? 0 : street.hue[i]! * Math.min(1, y[i]! / 100);
    grid.cb[i] = 128 + Math.round(colour);
    grid.cr[i] = 128 - Math.round(colour);
  }
  return grid;
}
