/**
 * The light of a weather and what a surface sends to the sensor in it. All light is linear; `display` turns it into
 * the levels of a picture with the camera's exposure in it. One key light throws shadows: the sun, or the lamp over
 * the crossing at night.
 */
import type { Point } from '../camera.ts';
import type { Paint } from './shapes.ts';

export type Weather = {
  light: 'day' | 'overcast' | 'dusk' | 'night';
  /** 0 dry … 1 heavy rain: streaks, wet ground that mirrors, less contrast. */
  rain?: number;
  /** Multiplies the sensor's noise; 1 is a usual camera in this light. */
  noise?: number;
  /** Direction the sun stands in, degrees counter-clockwise from +x; -60 unless said. */
  sunDeg?: number;
};

type Rgb = readonly [number, number, number];
export type Light = {
  /** Direction to the sun, of length 1. Undefined without one. */
  sun?: Point;
  sunRgb: Rgb;
  skyRgb: Rgb;
  lamps: readonly { at: Point; rgb: Rgb; reachM: number }[];
  /** How much of the key light a shadow takes, 0…1. */
  shadow: number;
  zenith: Rgb;
  horizon: Rgb;
  exposure: number;
  /** Standard deviation of the noise in levels, at mid grey. */
  noise: number;
  rain: number;
};

const elevated = (azimuthDeg: number, elevationDeg: number): Point => {
  const [a, e] = [(azimuthDeg * Math.PI) / 180, (elevationDeg * Math.PI) / 180];
  return [Math.cos(a) * Math.cos(e), Math.sin(a) * Math.cos(e), Math.sin(e)];
};

/** The light of a weather; `lampsAt` are the street lamps that burn at dusk and night. */
export function lightOf(weather: Weather, lampsAt: readonly Point[]): Light {
  const { light, rain = 0, noise = 1, sunDeg = -60 } = weather;
  const lamps = (power: number) =>
    lampsAt.map((at) => ({ at, rgb: [power, power * 0.82, power * 0.6] as const, reachM: 5 }));
  const dark = 1 - 0.35 * rain;
  const grey: Rgb = [0.62, 0.66, 0.7];
  if (light === 'night')
    return {
      sunRgb: [0, 0, 0],
      skyRgb: [0.02, 0.023, 0.032],
      lamps: lamps(0.5),
      shadow: 0.75,
      zenith: [0.008, 0.01, 0.02],
      horizon: [0.05, 0.045, 0.045],
      exposure: 1.25,
      noise: 5 * noise,
      rain,
    };
  if (light === 'dusk')
    return {
      sunRgb: [0, 0, 0],
      skyRgb: [0.27, 0.3, 0.42],
      lamps: lamps(0.3),
      shadow: 0.3,
      zenith: [0.1, 0.13, 0.28],
      horizon: [0.5, 0.36, 0.3],
      exposure: 1.15,
      noise: 3.2 * noise,
      rain,
    };
  const isClear = light === 'day' && rain < 0.2;
  return {
    ...(isClear && { sun: elevated(sunDeg, 44) }),
    sunRgb: isClear ? [0.95, 0.88, 0.76] : [0, 0, 0],
    skyRgb: isClear ? [0.38, 0.43, 0.52] : [0.66 * dark, 0.7 * dark, 0.76 * dark],
    lamps: [],
    shadow: isClear ? 0.92 : 0.35,
    zenith: isClear ? [0.2, 0.36, 0.72] : grey,
    horizon: isClear ? [0.62, 0.72, 0.85] : grey,
    exposure: isClear ? 0.95 : 1.1,
    noise: (isClear ? 1.6 : 2) * noise,
    rain,
  };
}

const steps = 4096;
const lightMax = 4;
const levels = Uint8Array.from({ length: steps + 1 }, (_, i) => {
  const light = (i / steps) * lightMax;
  // A soft shoulder keeps white coats from burning out, as cameras do; below it the sRGB curve's power.
  const soft = light < 0.6 ? light : 0.6 + 0.4 * (1 - Math.exp(-(light - 0.6) / 0.4));
  return Math.round(255 * soft ** (1 / 2.2));
});

/** Level 0…255 of an amount of light. */
export function display(light: number): number {
  return levels[light >= lightMax ? steps : (light * (steps / lightMax)) | 0]!;
}

/** The light from a level 0…255, for paints given as sRGB. */
export function linear(level: number): number {
  return (level / 255) ** 2.2;
}

/** A paint from sRGB levels. */
export function paintOf([r, g, b]: readonly [number, number, number], gloss = 0): Paint {
  return { r: linear(r), g: linear(g), b: linear(b), gloss };
}

/** What the last `shade` sent to the sensor: red, green, blue, before `display`. */
export const sent = new Float64Array(3);

/**
 * Fills `sent` with the light of a surface of a paint at a place x, y, z with a normal of length 1; `open` is its
 * share of key light. Plain numbers, since every drawn sample comes through here.
 */
export function shade(
  light: Light,
  paint: Paint,
  open: number,
  x: number,
  y: number,
  z: number,
  nx: number,
  ny: number,
  nz: number,
): void {
  const { sun, sunRgb, skyRgb, lamps, exposure } = light;
  const up = 0.62 + 0.38 * nz;
  let r = skyRgb[0] * up;
  let g = skyRgb[1] * up;
  let b = skyRgb[2] * up;
  if (sun !== undefined) {
    const facing = Math.max(0, (nx * sun[0] + ny * sun[1] + nz * sun[2]) * 0.92 + 0.08) * open;
    r += sunRgb[0] * facing;
    g += sunRgb[1] * facing;
    b += sunRgb[2] * facing;
  }
  for (let i = 0; i < lamps.length; i += 1) {
    const lamp = lamps[i]!;
    const tx = lamp.at[0] - x;
    const ty = lamp.at[1] - y;
    const tz = lamp.at[2] - z;
    const far2 = tx * tx + ty * ty + tz * tz;
    const facing = Math.max(0, (nx * tx + ny * ty + nz * tz) / Math.sqrt(far2) + 0.25) / 1.25;
    const power = (facing * open * lamp.reachM * lamp.reachM) / far2;
    r += lamp.rgb[0] * power;
    g += lamp.rgb[1] * power;
    b += lamp.rgb[2] * power;
  }
  const glow = paint.glow ?? 0;
  sent[0] = paint.r * (r * exposure + glow);
  sent[1] = paint.g * (g * exposure + glow);
  sent[2] = paint.b * (b * exposure + glow);
  if (paint.gloss) {
    // Glossy surfaces mirror the sky above them.
    const mirror = paint.gloss * (0.25 + 0.75 * Math.max(0, nz)) * exposure;
    sent[0] += mirror * skyRgb[0];
    sent[1] += mirror * skyRgb[1];
    sent[2] += mirror * skyRgb[2];
  }
}
