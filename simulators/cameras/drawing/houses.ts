/** Two rows of houses along the street as flat facades: colours, windows, shop fronts, and lit rooms at night. */
import type { Chance } from '../../chance/chance.ts';
import type { Light } from './light.ts';
import { hash, smooth } from './noise.ts';
import type { Paint } from './shapes.ts';

export type House = {
  fromY: number;
  toY: number;
  heightM: number;
  wall: readonly [number, number, number];
  storeyM: number;
  bayM: number;
  isShop: boolean;
  number: number;
};

const walls = [
  [0.55, 0.5, 0.4],
  [0.42, 0.3, 0.22],
  [0.5, 0.52, 0.5],
  [0.6, 0.48, 0.33],
  [0.34, 0.36, 0.4],
  [0.48, 0.25, 0.2],
] as const;

/** A row of houses from 60 m before the crossing to 160 m behind it. */
export function houses(luck: Chance): House[] {
  const row: House[] = [];
  for (let y = -60; y < 160; ) {
    const wide = 8 + 9 * luck.next();
    row.push({
      fromY: y,
      toY: y + wide,
      heightM: 8 + 7 * luck.next(),
      wall: luck.pick(walls),
      storeyM: 3 + 0.5 * luck.next(),
      bayM: 1.9 + 1.1 * luck.next(),
      isShop: luck.next() < 0.55,
      number: row.length,
    });
    y += wide;
  }
  return row;
}

const plain = (r: number, g: number, b: number, glow = 0): Paint => ({ r, g, b, glow });

/** What a facade shows at a place along it and a height; undefined above the roof and beside the row. */
export function facade(row: readonly House[], y: number, z: number, light: Light): Paint | undefined {
  const house = row.find(({ fromY, toY }) => y >= fromY && y < toY);
  if (house === undefined || z > house.heightM) return undefined;
  const dirt = 0.85 + 0.15 * smooth(y * 0.8, z * 0.8) + 0.06 * smooth(y * 14, z * 14);
  const [r, g, b] = house.wall;
  const wall = plain(r * dirt * 0.8, g * dirt * 0.8, b * dirt * 0.8);
  if (z > house.heightM - 0.35 || y - house.fromY < 0.12) return plain(wall.r * 0.6, wall.g * 0.6, wall.b * 0.6);
  if (z < 0.5) return plain(0.16 * dirt, 0.155 * dirt, 0.15 * dirt);
  const storey = Math.floor(z / house.storeyM);
  const up = z / house.storeyM - storey;
  const bay = Math.floor((y - house.fromY) / house.bayM);
  const across = (y - house.fromY) / house.bayM - bay;
  const room = hash(bay, storey, house.number * 17 + 5);
  const isDark = light.sun === undefined && light.lamps.length > 0;
  const lamp = isDark && room < 0.3 ? 0.4 : 0;
  const isShop = storey === 0 && house.isShop;
  const [low, high, left, right] = isShop ? [0.16, 0.78, 0.06, 0.94] : [0.28, 0.78, 0.24, 0.76];
  if (up < low || up > high || across < left || across > right) {
    if (isShop && up > 0.82) return plain(0.1 + 0.4 * room, 0.12 + 0.2 * hash(bay, 3), 0.2);
    return up > low - 0.05 && up < low && !isShop ? plain(0.55, 0.54, 0.5) : wall;
  }
  const frame = Math.min(up - low, high - up, across - left, right - across) < 0.035 || Math.abs(across - 0.5) < 0.02;
  if (frame) return plain(0.5, 0.5, 0.48);
  const sky = 0.05 + 0.1 * up + 0.05 * smooth(y * 2, z * 2);
  return { r: sky * 0.8, g: sky * 0.95, b: sky * 1.1, gloss: 0.08, glow: lamp * (room < 0.15 ? 8 : 5) };
}
